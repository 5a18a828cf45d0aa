"""Choosing between accounts (T20), and what is said to those who have none (T18, T19)."""

from __future__ import annotations

from typing import Any

from flask import redirect, request

from portal.client import ApiError
from portal.web import Area, render, visit
from portal.web.paths import next_path

area = Area("accounts")


@area.page("/konto", needs="registered")
def choose_account() -> str:
    """The accounts of the person."""
    return render("accounts/choose.html", next=next_path(request.args.get("next")), error=None)


@area.page("/konto", needs="registered", methods=("POST",))
def take_account() -> Any:
    """Go on with one of them. It is said on every page which one it is (B-10)."""
    chosen = request.form.get("choose", "")
    wanted = next_path(request.form.get("next"))
    try:
        visit().send("PUT", "/identity/v1/session/account", headers={"Minasidor-Account": chosen})
    except ApiError as error:
        if error.code not in {"no-access", "account-not-found", "account-missing"}:
            raise
        return render("accounts/choose.html", next=wanted, error=error), error.status
    return redirect(wanted, 303)

"""Choosing between accounts (T20), and what is said to those who have none (T18, T19)."""

from __future__ import annotations

from typing import Any

from flask import redirect, request

from portal.client import ApiError
from portal.pages.shares import shared_with_me
from portal.web import Area, flash, render, visit
from portal.web.paths import next_path

area = Area("accounts")


@area.page("/konto", needs="registered")
def choose_account() -> str:
    """The accounts of the person."""
    shared = shared_with_me(visit())
    return render("accounts/choose.html", next=next_path(request.args.get("next")), error=None, shared=shared)


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
        return render("accounts/choose.html", next=wanted, error=error, shared=False), error.status
    return redirect(wanted, 303)


@area.page("/konto/lamna", needs="person", methods=("POST",))
def leave_account() -> Any:
    """Go on without an account; customer service goes back to its desk (FK9)."""
    present = visit()
    present.send("DELETE", "/identity/v1/session/account")
    if (present.session or {}).get("staff"):
        flash("staff.viewing_left")
        return redirect("/personal", 303)
    return redirect("/konto", 303)

"""A company's account, created by its signatory (T21-T32, D9-D11)."""

from __future__ import annotations

from typing import Any

from flask import request

from portal.client import ApiError
from portal.web import Area, Form, render, visit

area = Area("company")
OPENED = "opened"


@area.page("/foretagskonto", needs="registered", methods=("GET", "POST"))
def create_company_account() -> Any:
    """Ask for the number, and say what Bolagsverket's answer means."""
    form = Form.posted() if request.method == "POST" else Form.empty()
    if request.method == "GET":
        return render("company/create.html", form=form, refused=None)
    if not form["organisation_number"]:
        form.wrong("organisation_number", visit().t("company.number_missing"))
        return render("company/create.html", form=form, refused=None), form.status
    try:
        made = visit().send(
            "POST", "/org-registry/v1/company-accounts", {"organisation_number": form["organisation_number"]}
        )
    except ApiError as error:
        if error.code == "not-signatory":
            # T30-T32: the refusal, and the ways that are left.
            return render("company/refused.html", error=error), error.status
        if error.code != "register-unavailable":
            form.refuse(error)
        form.error = error
        return render("company/create.html", form=form, refused=error), error.status
    if made["status"] == OPENED:
        return render("company/opened.html", made=made)
    return render("company/waiting.html", made=made)

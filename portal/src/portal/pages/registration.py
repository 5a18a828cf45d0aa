"""The question of the first login: confirm, with the terms to read (T14-T16)."""

from __future__ import annotations

from typing import Any

from flask import redirect, request

from portal.client import ApiError
from portal.pages.login import land
from portal.web import Area, Form, render, visit
from portal.web.paths import next_path

area = Area("registration")


@area.page("/registrera", needs="person", methods=("GET", "POST"))
def register() -> Any:
    """Show the terms and take the answer."""
    present = visit()
    wanted = next_path(request.values.get("next"))
    if present.session is not None and present.session["registered"]:
        return redirect(land(wanted) if request.method == "POST" else wanted, 303)
    form = Form.posted() if request.method == "POST" else Form.empty()
    if request.method == "POST" and _submitted(form):
        present.forget()
        return redirect(land(wanted), 303)
    terms = present.get("/identity/v1/terms")
    return render("registration/register.html", form=form, terms=terms, next=wanted), form.status


def _submitted(form: Form) -> bool:
    present = visit()
    if form["accept_terms"] != "yes":
        form.wrong("accept_terms", present.t("registration.must_accept"))
        return False
    body = {
        "accept_terms": True,
        "terms_version": form["terms_version"],
        "email": form["email"] or None,
        "phone": form["phone"] or None,
        "locale": present.language,
    }
    try:
        present.send("POST", "/identity/v1/registrations", body)
    except ApiError as error:
        if error.code != "registration-exists":
            form.refuse(error)
            return False
    return True

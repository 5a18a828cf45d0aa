"""Contact details: a new address or number counts once its owner has typed the code that came there (T66, T67, FJ2)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request

from portal.client import ApiError
from portal.pages.login import LOGIN_AGAIN
from portal.web import Area, Form, flash, render, visit

area = Area("contact", menu="settings")
HERE = "/installningar/kontaktuppgifter"
CHANGES = "/identity/v1/contact-changes"
KINDS = {"epost": "email", "mobil": "phone"}


@area.page(HERE, needs="registered")
def show() -> Any:
    """What we have, and whether it works."""
    return _page(Form.empty())


@area.page(HERE + "/<any(epost, mobil):kind>", needs="registered", methods=("POST",))
def change(kind: str) -> Any:
    """Take the new one and send a code there."""
    form = Form.posted()
    name = KINDS[kind]
    try:
        begun = visit().send("POST", CHANGES, {name: form[name]})
    except ApiError as error:
        form.refuse(error)
        return _page(form)
    return redirect(f"{HERE}/kod/{begun['contact_change_id']}", 303)


@area.page(HERE + "/kod/<uuid:change_id>", needs="registered", methods=("GET", "POST"))
def confirm(change_id: UUID) -> Any:
    """Ask for the code."""
    form = Form.posted() if request.method == "POST" else Form.empty()
    if request.method == "POST":
        try:
            # A space in the middle, as codes are often shown, is nobody's fault.
            code = "".join(form["code"].split())
            visit().send("POST", f"{CHANGES}/{change_id}/confirmations", {"code": code})
        except ApiError as error:
            form.refuse(error)
        else:
            flash("contact.confirmed")
            return redirect(HERE, 303)
    asked = visit().get(f"{CHANGES}/{change_id}")
    return render("contact/code.html", form=form, asked=asked), form.status


@area.page(HERE + "/stammer", needs="registered", methods=("POST",))
def review() -> Any:
    """Say that they are right; asked again in a year (FJ5)."""
    visit().send("POST", "/identity/v1/contact-reviews")
    flash("contact.reviewed")
    return redirect(HERE, 303)


def _page(form: Form) -> Any:
    me = visit().get("/identity/v1/me")
    form.values = {"email": "", "phone": ""} | form.values
    again = form.error is not None and form.error.code == LOGIN_AGAIN
    return render("contact/show.html", form=form, me=me, again=again, here=HERE), form.status

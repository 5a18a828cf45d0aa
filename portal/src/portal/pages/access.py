"""Asking to be let in to an account, and answering those who ask (FC16)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request

from portal.client import ApiError
from portal.pages.members import areas_to_give, every_row
from portal.web import Area, Form, flash, render, visit

area = Area("access", menu="members")
MINE = "/org-registry/v1/access-requests"
THEIRS = "/org-registry/v1/account-access-requests"
KINDS = {"company": "organisation_number", "household": "customer_number"}
TAGS = {"sent": "info", "granted": "success", "denied": "danger", "withdrawn": "neutral", "expired": "neutral"}


@area.page("/be-om-behorighet", needs="registered", methods=("GET", "POST"))
def ask() -> Any:
    """Ask by a number, and see what became of the requests that one has sent; nothing tells who is a customer (C30)."""
    form = Form.posted() if request.method == "POST" else Form.empty(kind="company")
    if request.method == "POST":
        field = KINDS.get(form["kind"], KINDS["company"])
        if not form["number"]:
            form.wrong("number", visit().t("access.number_missing"))
        if form.ok:
            try:
                visit().send("POST", MINE, {field: form["number"], "message": form["message"] or None})
            except ApiError as error:
                form.refuse(error, organisation_number="number", customer_number="number")
            else:
                flash("access.sent")
                return redirect("/be-om-behorighet", 303)
    return render("access/ask.html", form=form, rows=every_row(MINE), tags=TAGS), form.status


@area.page("/be-om-behorighet/<uuid:request_id>/ta-tillbaka", needs="registered", methods=("POST",))
def withdraw(request_id: UUID) -> Any:
    """Take one back."""
    form = Form.posted()
    try:
        visit().send("DELETE", f"{MINE}/{request_id}")
    except ApiError as error:
        form.refuse(error)
        return render("access/ask.html", form=form, rows=every_row(MINE), tags=TAGS), form.status
    flash("access.withdrawn")
    return redirect("/be-om-behorighet", 303)


@area.page("/behorigheter/forfragningar/<uuid:request_id>", acts=True, methods=("GET", "POST"))
def answer(request_id: UUID) -> Any:
    """Who asks, and how much is to be given; here the mail leads (D5, D22)."""
    form = Form.posted() if request.method == "POST" else Form.empty(extent="full")
    areas = areas_to_give()
    if request.method == "POST":
        body = {
            "read_only": form["extent"] == "read",
            "services": [name for name in form.all("services") if name in areas] or None,
            "ends_on": form["ends_on"] or None,
        }
        try:
            visit().send("POST", f"{THEIRS}/{request_id}/grants", body)
        except ApiError as error:
            form.refuse(error)
        else:
            flash("access.granted")
            return redirect("/behorigheter", 303)
    return _shown(request_id, form, areas)


@area.page("/behorigheter/forfragningar/<uuid:request_id>/neka", acts=True, methods=("POST",))
def deny(request_id: UUID) -> Any:
    """Do not let the person in (T52)."""
    form = Form.posted()
    try:
        visit().send("POST", f"{THEIRS}/{request_id}/denials")
    except ApiError as error:
        form.refuse(error)
        return _shown(request_id, form, areas_to_give())
    flash("access.denied")
    return redirect("/behorigheter", 303)


def _shown(request_id: UUID, form: Form, areas: list[str]) -> Any:
    row = next((one for one in every_row(THEIRS) if one["id"] == str(request_id)), None)
    if row is None:
        # Answered by another, taken back or expired meanwhile; or it is nobody's whom the reader answers for.
        flash("access.gone", good=False)
        return redirect("/behorigheter", 303)
    return render("access/answer.html", form=form, row=row, areas=areas), form.status

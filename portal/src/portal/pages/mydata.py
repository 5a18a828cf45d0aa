"""My data over all services: a file with it, and erasure where the law allows (B-21, FJ8, FJ10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, redirect

from portal.client import ApiError
from portal.pages.login import LOGIN_AGAIN
from portal.web import Area, Form, render, visit

area = Area("mydata", menu="settings")
HERE = "/installningar/mina-uppgifter"
EXPORTS, ERASURES, RECEIPTS = "/identity/v1/data-exports", "/identity/v1/erasures", "/identity/v1/erasure-receipts"
ANOTHERS = {403, 404}
"""Somebody else reads it, or the same one who has come back as a stranger."""


@area.page(HERE, needs="registered")
def show() -> Any:
    """What has been asked for, and its state."""
    return _page(Form.empty())


@area.page(HERE + "/hamta", needs="registered", methods=("POST",))
def export() -> Any:
    """Ask every service for what it holds."""
    form = Form.posted()
    try:
        visit().send("POST", EXPORTS)
    except ApiError as error:
        form.refuse(error)
        return _page(form)
    return redirect(HERE, 303)


@area.page(HERE + "/fil/<uuid:export_id>", needs="registered")
def fetch(export_id: UUID) -> Any:
    """The file, through this server: the browser keeps no copy but the one that is saved."""
    answer = visit().call("GET", f"{EXPORTS}/{export_id}/file")
    return Response(
        answer.content,
        mimetype="application/zip",
        headers={"Content-Disposition": 'attachment; filename="mina-uppgifter.zip"'},
    )


@area.page(HERE + "/radera", needs="registered", methods=("POST",))
def erase() -> Any:
    """Erase what may be erased; needs a mark that it is meant."""
    form = Form.posted()
    if form["confirm"] != "yes":
        form.wrong("confirm", visit().t("mydata.confirm_first"))
        return _page(form)
    try:
        begun = visit().send("POST", ERASURES, {"confirm": True})
    except ApiError as error:
        form.refuse(error)
        return _page(form)
    return redirect(f"/radering/{begun['id']}", 303)


@area.page("/radering/<uuid:erasure_id>", needs="anyone")
def receipt(erasure_id: UUID) -> Any:
    """How an erasure goes, and its receipt, which is read without a login: there is nobody left to log in."""
    return render("mydata/receipt.html", row=_own(erasure_id) or visit().get(f"{RECEIPTS}/{erasure_id}"))


def _own(erasure_id: UUID) -> Any:
    # Before the receipt: who is erased between the two questions has a receipt by the second.
    if visit().session is None:
        return None
    try:
        return visit().get(f"{ERASURES}/{erasure_id}")
    except ApiError as error:
        if error.status not in ANOTHERS:
            raise
        return None


def _page(form: Form) -> Any:
    return render(
        "mydata/show.html",
        form=form,
        exports=visit().get(EXPORTS)["items"],
        erasures=visit().get(ERASURES)["items"],
        kept=visit().get("/identity/v1/retention")["items"],
        again=form.error is not None and form.error.code == LOGIN_AGAIN,
        here=HERE,
    ), form.status

"""What customer service does about an account: suspend it, part a wrong customer number from it, and undo both.

Rows FB12 and FK16; the forms stand beside the account that a search has found.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request

from portal.client import ApiError
from portal.pages.staff import pages_of
from portal.web import Area, Form, flash, render, visit

area = Area("measures")
page = pages_of(area)
HERE = "/personal/atgarder"
SUSPENSIONS = "/org-registry/v1/staff/account-suspensions"
CORRECTIONS = "/org-registry/v1/staff/link-corrections"
PAGE_SIZE = 20


@page(HERE)
def list_measures() -> str:
    """Suspensions and corrected links, newest first, also those that are undone."""
    return _page(Form.empty())


def _page(form: Form) -> str:
    present = visit()
    number = max(request.args.get("sida", 1, type=int), 1)
    return render(
        "measures/list.html",
        form=form,
        suspensions=present.get(SUSPENSIONS, page=number, limit=PAGE_SIZE),
        corrections=present.get(CORRECTIONS, page=number, limit=PAGE_SIZE),
    )


def _do(path: str, body: dict[str, Any], message: str) -> Any:
    form = Form.posted()
    try:
        visit().send("POST", path, body)
    except ApiError as error:
        form.refuse(error)
        return _page(form), form.status
    flash(message)
    return redirect(HERE, 303)


@page("/personal/atgarder/sparr", methods=("POST",))
def suspend() -> Any:
    """Nobody of the account has access from now on; they are told why (FB12)."""
    form = Form.posted()
    body = {"account_id": form["account_id"], "reason": form["sparr"], "note": form["note"]}
    return _do(SUSPENSIONS, body, "measures.suspended")


@page("/personal/atgarder/sparr/<uuid:suspension_id>/hav", methods=("POST",))
def resume(suspension_id: UUID) -> Any:
    """Everybody has what he had."""
    return _do(f"{SUSPENSIONS}/{suspension_id}/resumptions", {"note": Form.posted()["note"]}, "measures.resumed")


@page("/personal/atgarder/rattelse", methods=("POST",))
def correct() -> Any:
    """The customer number does not belong to the account (FK16)."""
    form = Form.posted()
    body = {"customer_number": form["customer_number"], "reason": form["note"]}
    return _do(CORRECTIONS, body, "measures.corrected")


@page("/personal/atgarder/rattelse/<uuid:correction_id>/hav", methods=("POST",))
def lift(correction_id: UUID) -> Any:
    """The correction was wrong."""
    return _do(f"{CORRECTIONS}/{correction_id}/lifts", {"reason": Form.posted()["note"]}, "measures.lifted")

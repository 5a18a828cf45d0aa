"""Customer service: the queue of powers of attorney, customers, the view of an account by consent (D13, FK8-FK10)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import abort, redirect, request

from portal.client import ApiError
from portal.pages.mandate import take_file
from portal.web import Area, Form, Visit, flash, render, visit

area = Area("staff")
ROLE = "customer-service"
QUEUE = "/org-registry/v1/staff/powers-of-attorney"
SEARCH = "/org-registry/v1/staff/customer-searches"
PAGE_SIZE = 20
CHECKLIST = ("organisation", "signatures", "dates", "administrator")
STATUSES = ("submitted", "under-review", "needs-completion", "approved", "rejected")
WAYS = ("customer_number", "organisation_number", "personal_number")
PAPER = {
    "organisation_number": "orgnummer",
    "organisation_name": "orgnamn",
    "email": "epost",
    "administrator_name": "namn",
    "name": "namn",
    "personal_number": "personnummer",
}
FOUND, NOT_FOUND = 200, 404


def pages_of(area: Area) -> Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]]:
    """``Area.page`` for customer service; for everybody else the page does not exist."""

    def page(rule: str, *, methods: tuple[str, ...] = ("GET",)) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def declare(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def guarded(**arguments: Any) -> Any:
                if ROLE not in ((visit().session or {}).get("staff") or ()):
                    abort(NOT_FOUND)
                return view(**arguments)

            return area.page(rule, needs="person", methods=methods)(guarded)

        return declare

    return page


page = pages_of(area)


@page("/personal")
def desk() -> str:
    """What waits, and the ways on."""
    present = visit()
    counts = {
        status: present.get(QUEUE, status=status, limit=1)["total"]
        for status in ("submitted", "under-review", "needs-completion")
    }
    return render("staff/desk.html", counts=counts)


# -- powers of attorney ---------------------------------------------------------------------------
@page("/personal/fullmakter")
def queue() -> str:
    """The queue, oldest first."""
    status = request.args.get("status", "submitted")
    status = status if status in STATUSES else ""
    number = max(request.args.get("sida", 1, type=int), 1)
    listed = visit().get(QUEUE, status=status, page=number, limit=PAGE_SIZE)
    return render("staff/queue.html", listed=listed, form=Form.empty(status=status), statuses=STATUSES)


@page("/personal/fullmakter/ny", methods=("GET", "POST"))
def register() -> Any:
    """Register one that came by post or mail, into the same queue (T38, T39, D13)."""
    form = Form.posted() if request.method == "POST" else Form.empty()
    if request.method == "POST":
        for name in ("orgnummer", "orgnamn", "personnummer", "namn", "epost"):
            if not form[name]:
                form.wrong(name, visit().t("staff.fill_in"))
        if form.ok:
            try:
                made = _register(visit(), form)
            except ApiError as error:
                form.refuse(error, **PAPER)
            else:
                flash("staff.registered")
                return redirect(f"/personal/fullmakter/{made['id']}", 303)
    return render("staff/register.html", form=form), form.status


def _register(present: Visit, form: Form) -> dict[str, Any]:
    person = present.send(
        "POST",
        "/identity/v1/staff/persons",
        {"personal_number": form["personnummer"], "name": form["namn"], "reason": present.t("staff.paper_reason")},
    )
    body = {
        "organisation_number": form["orgnummer"],
        "organisation_name": form["orgnamn"],
        "email": form["epost"],
        "administrator_person_id": person["person_id"],
        "administrator_name": form["namn"],
    }
    made: dict[str, Any] = present.send("POST", QUEUE, body)
    return made


@page("/personal/fullmakter/<uuid:power_id>")
def review(power_id: UUID) -> str:
    """One of them: what it says, what has happened, the checklist and the decision (FK8)."""
    return _review(power_id, Form.empty())


def _review(power_id: UUID, form: Form) -> str:
    present = visit()
    power = present.get(f"{QUEUE}/{power_id}")
    mine = power["reviewer_id"] == (present.session or {})["person"]["id"]
    return render("staff/review.html", power=power, form=form, mine=mine, checklist=CHECKLIST)


@page("/personal/fullmakter/<uuid:power_id>/dokument", methods=("POST",))
def add_document(power_id: UUID) -> Any:
    """The scanned paper."""
    return take_file(
        f"{QUEUE}/{power_id}/document", f"/personal/fullmakter/{power_id}", lambda form: _review(power_id, form)
    )


@page("/personal/fullmakter/<uuid:power_id>/granska", methods=("POST",))
def take(power_id: UUID) -> Any:
    """Begin the review, or take it over."""
    return _decide(power_id, "reviews", None, "staff.taken")


@page("/personal/fullmakter/<uuid:power_id>/godkann", methods=("POST",))
def approve(power_id: UUID) -> Any:
    """Approve, with every line of the list checked (FK8)."""
    form = Form.posted()
    ticked = form.all("kontroll")
    body = {"checklist": {line: line in ticked for line in CHECKLIST}, "ends_on": form["ends_on"] or None}
    return _decide(power_id, "approvals", body, "staff.approved")


@page("/personal/fullmakter/<uuid:power_id>/avsla", methods=("POST",))
def reject(power_id: UUID) -> Any:
    """Reject, with the reason that the administrator reads."""
    return _decide(power_id, "rejections", {"reason": Form.posted()["reason"]}, "staff.rejected")


@page("/personal/fullmakter/<uuid:power_id>/komplettera", methods=("POST",))
def ask_for_more(power_id: UUID) -> Any:
    """Ask for what is missing."""
    return _decide(power_id, "completion-requests", {"message": Form.posted()["message"]}, "staff.asked")


@page("/personal/fullmakter/<uuid:power_id>/aterkalla", methods=("POST",))
def revoke(power_id: UUID) -> Any:
    """An approved one holds no longer."""
    return _decide(power_id, "revocations", {"reason": Form.posted()["reason"]}, "staff.revoked")


def _decide(power_id: UUID, what: str, body: dict[str, Any] | None, message: str) -> Any:
    form = Form.posted()
    try:
        visit().send("POST", f"{QUEUE}/{power_id}/{what}", body)
    except ApiError as error:
        form.refuse(error)
        return _review(power_id, form), form.status
    flash(message)
    return redirect(f"/personal/fullmakter/{power_id}", 303)


# -- customers ------------------------------------------------------------------------------------
@page("/personal/kunder", methods=("GET", "POST"))
def search() -> Any:
    """Find a customer, for a reason that the customer may read. A POST: no number stands in an address."""
    if request.method == "GET":
        return render("staff/search.html", form=Form.empty(way=WAYS[0]), ways=WAYS, found=None, person=None)
    form, found, person = Form.posted(), None, None
    if not form["number"]:
        form.wrong("number", visit().t("staff.fill_in"))
    if form.ok:
        try:
            person, found = _search(visit(), form)
        except ApiError as error:
            form.refuse(error, **dict.fromkeys((*WAYS, "person_id"), "number"))
    return render("staff/search.html", form=form, ways=WAYS, found=found, person=person), form.status


def _search(present: Visit, form: Form) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    way, number, reason = form["way"], form["number"], form["reason"]
    person = None
    if way == "personal_number":
        try:
            person = present.send(
                "POST", "/identity/v1/staff/person-lookups", {"personal_number": number, "reason": reason}
            )
        except ApiError as error:
            if error.status != NOT_FOUND:
                raise
            return None, []
        way, number = "person_id", person["person_id"]
    elif way not in WAYS:
        way = WAYS[0]
    found: list[dict[str, Any]] = present.send("POST", SEARCH, {way: number, "reason": reason})["items"]
    return person, found


@page("/personal/visning", methods=("POST",))
def look() -> Any:
    """Open the customer's pages, by the customer's consent (FK9, FK10)."""
    present, form = visit(), Form.posted()
    account = form["account_id"]
    try:
        present.send("POST", "/org-registry/v1/staff/support-views", {"account_id": account, "reason": form["reason"]})
        present.send("PUT", "/identity/v1/session/account", headers={"Minasidor-Account": account})
    except ApiError as error:
        form.refuse(error)
        return render("staff/search.html", form=form, ways=WAYS, found=None, person=None), form.status
    return redirect("/oversikt", 303)

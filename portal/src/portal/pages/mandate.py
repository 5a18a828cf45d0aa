"""Fullmakt: the account of an organisation without signatories, from form to decision (T22, T34-T40, D13)."""

from __future__ import annotations

from contextlib import closing, nullcontext
from typing import Any
from uuid import UUID

from flask import redirect, request

from portal.client import ApiError
from portal.web import Area, Form, Visit, flash, render, visit

area = Area("mandate")
BASE = "/org-registry/v1/powers-of-attorney"
PAGE_SIZE = 20
LARGEST = 10 * 1024 * 1024
MEDIA_TYPES = ("application/pdf", "image/jpeg", "image/png")
EDITABLE = ("draft", "needs-completion")
WITHDRAWABLE = ("draft", "submitted", "needs-completion")
REVIEWED = frozenset({"approved", "rejected", "expired", "revoked"})
GRANTED = frozenset({"approved", "expired", "revoked"})
ENDED = frozenset({"rejected", "withdrawn", "expired", "revoked"})
FIELDS = {"organisation_number": "orgnummer", "organisation_name": "orgnamn", "email": "epost"}


@area.page("/fullmakt", needs="anyone")
def about() -> str:
    """For whom it is, how it is done, the form; and one's own when one is logged in."""
    present = visit()
    mine = {"items": [], "total": 0, "page": 1, "limit": PAGE_SIZE}
    if present.session is not None and present.session["registered"]:
        number = max(request.args.get("sida", 1, type=int), 1)
        mine = present.get(BASE, page=number, limit=PAGE_SIZE)
    return render("mandate/about.html", mine=mine)


@area.page("/fullmakt/ny", needs="registered", methods=("GET", "POST"))
def begin() -> Any:
    """Name the organisation; whoever is logged in becomes its administrator (T34)."""
    present = visit()
    if request.method == "GET":
        return render("mandate/begin.html", form=Form.empty(epost=_own_address(present)))
    form = Form.posted()
    body = {name: form[ours] for name, ours in FIELDS.items()}
    for name, ours in FIELDS.items():
        if not body[name]:
            form.wrong(ours, present.t(f"mandate.no_{name}"))
    if form.ok:
        try:
            made = present.send("POST", BASE, body)
        except ApiError as error:
            form.refuse(error, **FIELDS)
        else:
            return redirect(f"/fullmakt/{made['id']}", 303)
    return render("mandate/begin.html", form=form), form.status


def _own_address(present: Visit) -> str:
    try:
        return str(present.get("/identity/v1/prefill")["email"] or "")
    except ApiError as error:
        # The address is a help: without it the field is empty.
        if error.status in {401, 403}:
            raise
        return ""


@area.page("/fullmakt/<uuid:power_id>", needs="registered")
def follow(power_id: UUID) -> str:
    """Where it is, what is missing, and what can be done now."""
    return _page(power_id, Form.empty())


def _page(power_id: UUID, form: Form) -> str:
    present = visit()
    power = present.get(f"{BASE}/{power_id}")
    return render(
        "mandate/follow.html",
        power=power,
        steps=_steps(present, power),
        form=form,
        may_edit=power["status"] in EDITABLE,
        may_withdraw=power["status"] in WITHDRAWABLE,
        is_complete=is_complete(power),
    )


def _steps(present: Visit, power: dict[str, Any]) -> list[tuple[str, str, str]]:
    """How far it has come: title, text and state of each step. What the end cut off is shown as stopped."""
    texts, formats, status = present.t, present.formats, power["status"]
    document, complete, editable = power["document"], is_complete(power), status in EDITABLE
    sent = bool(power["submitted_at"]) and not editable
    reviewed = status in REVIEWED
    about = texts("mandate.no_document")
    if document:
        kind = texts(f"mandate.type_{document['media_type'].split('/')[1]}")
        about = texts("mandate.document_is", kind=kind, size=formats.number(round(document["size"] / 1024), "kB"))
    again = texts("mandate.step_submitted_again") if status == "needs-completion" else ""
    reached = [complete, sent, reviewed, status in GRANTED]
    going = [editable and not complete, editable and complete, status in {"submitted", "under-review"}, False]
    states = [
        "done" if done else "failed" if status in ENDED else "current" if now else "coming"
        for done, now in zip(reached, going, strict=True)
    ]
    return [
        (texts("mandate.step_begun"), formats.moment(power["created_at"]), "done"),
        (texts("mandate.step_document"), about, states[0]),
        (texts("mandate.step_submitted"), formats.moment(power["submitted_at"]) if sent else again, states[1]),
        (texts("mandate.step_review"), texts("mandate.step_review_text"), states[2]),
        (
            texts("mandate.step_decided"),
            formats.moment(power["decided_at"]) if power["decided_at"] else texts("mandate.step_decided_text"),
            states[3],
        ),
    ]


def is_complete(power: dict[str, Any]) -> bool:
    """Whether there is a document to send in: after a question, one that is newer than the question."""
    document = power["document"]
    if document is None:
        return False
    asked: str | None = None
    for step in power["history"]:
        # Adding a document is a step too, in the state that it was in.
        asked = None if step["status"] != "needs-completion" else asked or step["at"]
    return asked is None or document["submitted_at"] > asked


@area.page("/fullmakt/<uuid:power_id>/dokument", needs="registered", methods=("POST",))
def upload(power_id: UUID) -> Any:
    """Add the signed document, or exchange it."""
    return take_file(f"{BASE}/{power_id}/document", f"/fullmakt/{power_id}", lambda form: _page(power_id, form))


def take_file(api_path: str, done: str, show: Any) -> Any:
    """Hand an uploaded file on; ``show(form)`` gives the page again where it was refused.

    The browser's name of the file goes no further. Type and size are said here in the page's words; the API looks
    into the bytes.
    """
    present, form = visit(), Form.posted()
    file = request.files.get("fil")
    with closing(file) if file is not None else nullcontext():
        data = file.read(LARGEST + 1) if file is not None else b""
    if not data:
        form.wrong("fil", present.t("mandate.no_file"))
    elif len(data) > LARGEST:
        form.wrong("fil", present.t("mandate.too_large"))
    elif file is None or file.mimetype not in MEDIA_TYPES:
        form.wrong("fil", present.t("mandate.wrong_type"))
    if form.ok and file is not None:
        try:
            present.send("PUT", api_path, content=data, content_type=file.mimetype)
        except ApiError as error:
            form.refuse(error)
        else:
            flash("mandate.uploaded")
            return redirect(done, 303)
    return show(form), form.status


@area.page("/fullmakt/<uuid:power_id>/skicka", needs="registered", methods=("POST",))
def submit(power_id: UUID) -> Any:
    """Send it in: into customer service's queue."""
    return _act(power_id, "POST", "/submissions", "mandate.submitted")


@area.page("/fullmakt/<uuid:power_id>/aterkalla", needs="registered", methods=("POST",))
def withdraw(power_id: UUID) -> Any:
    """Take it back while nobody has decided."""
    return _act(power_id, "DELETE", "", "mandate.withdrawn")


def _act(power_id: UUID, method: str, ending: str, message: str) -> Any:
    form = Form.posted()
    try:
        visit().send(method, f"{BASE}/{power_id}{ending}")
    except ApiError as error:
        form.refuse(error)
        return _page(power_id, form), form.status
    flash(message)
    return redirect(f"/fullmakt/{power_id}", 303)

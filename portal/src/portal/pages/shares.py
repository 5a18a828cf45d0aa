"""One invoice shared with somebody outside the account (FC22): for the sharer, and for whom it is shared with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request

from portal.client import ApiError
from portal.pages.invoice_lines import lines_of
from portal.pages.secret_links import SecretLink
from portal.web import Area, Form, Visit, flash, render, visit
from portal.web.paths import with_next

area = Area("shares", menu="invoices")
LINK = SecretLink("shared-invoice")
PATH = "/delad-faktura/svar"
LIST = "/delade-fakturor"
SHARED = "/billing/v1/shared-invoices"
DAYS, MOST_DAYS = 14, 90
OVER = "invoice-share-over"
MISSING, GONE = 404, 410


# -- on the account's invoice -----------------------------------------------------------------------------------------


def may_share(present: Visit) -> bool:
    """Whether this person lets others in (D22); customer service only looks (B-22)."""
    account = present.account
    return account is not None and not account.read_only and account.role != "support"


def share(invoice_id: UUID, form: Form) -> bool:
    """Share the invoice as the form says; False where the form is to be shown again with what is wrong."""
    days = form["days"]
    if not (days.isascii() and days.isdigit() and 1 <= int(days[:4]) <= MOST_DAYS):
        form.wrong("days", visit().t("shares.days_wrong", most=MOST_DAYS))
        return False
    try:
        visit().send("POST", f"/billing/v1/invoices/{invoice_id}/shares", {"email": form["email"], "days": int(days)})
    except ApiError as error:
        form.refuse(error)
        return False
    flash("shares.sent")
    return True


def shares_of(present: Visit, invoice_id: UUID) -> list[dict[str, Any]]:
    """With whom the invoice has been shared, newest first."""
    listed: dict[str, Any] = present.get(f"/billing/v1/invoices/{invoice_id}/shares", limit=50)
    rows: list[dict[str, Any]] = listed["items"]
    return rows


@area.page("/fakturor/<uuid:invoice_id>/delningar/<uuid:share_id>/avsluta", acts=True, methods=("POST",))
def end_share(invoice_id: UUID, share_id: UUID) -> Any:
    """Stop sharing; one that is over already is what was wanted."""
    try:
        visit().send("DELETE", f"/billing/v1/invoice-shares/{share_id}")
    except ApiError as error:
        if error.code != OVER:
            raise
    flash("shares.was_ended")
    return redirect(f"/fakturor/{invoice_id}", 303)


# -- for whom it is shared with, who may have no account here ---------------------------------------------------------


@area.page("/delad-faktura", needs="anyone", methods=("GET", "POST"))
def open_link() -> Any:
    """Where the link of the mail leads. Opening it changes nothing, so a mail scanner uses nothing up (C11)."""
    form = Form.posted() if request.method == "POST" else Form.empty()
    if request.method == "POST":
        if LINK.take(form["link"]):
            return redirect(PATH, 303)
        form.wrong("link", visit().t("shares.not_a_link"))
    return render("shares/open.html", form=form), form.status


@area.page(PATH, needs="anyone", methods=("GET", "POST"))
def answer() -> Any:
    """Log in, and open it: the first who does is the only one who can (C12)."""
    form = Form.posted() if request.method == "POST" else Form.empty()
    if not LINK.token:
        return redirect("/delad-faktura", 303)
    login = with_next("/logga-in", PATH)
    if request.method == "POST":
        if visit().session is None:
            return redirect(login, 303)
        try:
            opened = visit().send("POST", "/billing/v1/invoice-share-openings", {"token": LINK.token})
        except ApiError as error:
            if error.status != MISSING and not error.is_about_the_form():
                raise
            # An unknown link is something to explain here, not a page that does not exist.
            form.error = error
        else:
            LINK.forget()
            return redirect(f"{LIST}/{opened['id']}", 303)
    return render("shares/answer.html", form=form, login=login), form.status


@area.page(LIST, needs="person")
def show_list() -> str:
    """What others share with me now."""
    page = max(request.args.get("sida", 1, type=int), 1)
    return render("shares/list.html", listed=visit().get(SHARED, page=page))


@area.page(LIST + "/<uuid:share_id>", needs="person")
def show_shared(share_id: UUID) -> Any:
    """The invoice, to read; or that it is not shared any more."""
    present = visit()
    try:
        invoice = present.get(f"{SHARED}/{share_id}")
    except ApiError as error:
        if error.status != GONE:
            raise
        return render("shares/over.html", error=error), error.status
    return render("shares/show.html", invoice=invoice, lines=lines_of(invoice, present.formats))


def shared_with_me(present: Visit) -> bool:
    """Whether there is anything; a service that does not answer keeps nobody from choosing an account."""
    try:
        listed: dict[str, Any] = present.get(SHARED, limit=1)
    except ApiError:
        return False
    return bool(listed["total"])


__all__ = ["DAYS", "may_share", "share", "shared_with_me", "shares_of"]

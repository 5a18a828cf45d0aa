"""Who else gets the account's notices: a company's own address, or somebody who helps (FC21, FB11)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request

from portal.client import ApiError
from portal.pages.secret_links import SecretLink
from portal.web import Area, Form, flash, render, visit

area = Area("copies", menu="settings")
HERE = "/installningar/kopior"
PATH = "/notify/v1/notice-copies"
SUBJECTS = ("invoices", "payments", "readings")
HOLDERS = frozenset({"owner", "signatory"})
LINK = SecretLink("copies")
MISSING = 404


@area.page(HERE, methods=("GET", "POST"))
def show() -> Any:
    """The addresses, and one more; nothing is copied before the address itself has said yes."""
    form = Form.posted() if request.method == "POST" else Form.empty()
    chosen = [name for name in SUBJECTS if name in form.all("subjects")] if request.method == "POST" else list(SUBJECTS)
    if request.method == "POST":
        if not chosen:
            form.wrong("subjects", visit().t("copies.choose_subject"))
        if form.ok:
            try:
                visit().send("POST", PATH, {"email": form["email"], "subjects": chosen})
            except ApiError as error:
                form.refuse(error)
            else:
                flash("copies.added")
                return redirect(HERE, 303)
    account = visit().account
    may = account is not None and account.role in HOLDERS and not account.read_only
    rows = visit().get(PATH)["items"]
    page = render("copies/show.html", form=form, rows=rows, subjects=SUBJECTS, chosen=chosen, may=may)
    return page, form.status


@area.page(HERE + "/<uuid:copy_id>/ta-bort", methods=("POST",))
def remove(copy_id: UUID) -> Any:
    """No more copies go there."""
    visit().send("DELETE", f"{PATH}/{copy_id}")
    flash("copies.removed")
    return redirect(HERE, 303)


@area.page("/kopior", needs="anyone", methods=("GET", "POST"))
def open_link() -> Any:
    """Where the mail's link leads the one who is to get copies. Opening it changes nothing."""
    form = Form.posted() if request.method == "POST" else Form.empty()
    if request.method == "POST":
        if LINK.take(form["link"]):
            return redirect("/kopior/svar", 303)
        form.wrong("link", visit().t("copies.not_a_link"))
    return render("copies/open.html", form=form), form.status


@area.page("/kopior/svar", needs="anyone", methods=("GET", "POST"))
def answer() -> Any:
    """Yes, or no more; the same link stops the copies later."""
    form = Form.posted() if request.method == "POST" else Form.empty()
    if not LINK.token:
        return redirect("/kopior", 303)
    if request.method == "POST" and form["wanted"] in {"yes", "no"}:
        try:
            body = {"token": LINK.token, "wanted": form["wanted"] == "yes"}
            visit().send("POST", "/notify/v1/notice-copy-answers", body)
        except ApiError as error:
            if error.status != MISSING and not error.is_about_the_form():
                raise
            # An unknown link is something to explain here, not a page that does not exist.
            form.error = error
        else:
            return redirect(f"/kopior/tack?svar={'ja' if form['wanted'] == 'yes' else 'nej'}", 303)
    return render("copies/answer.html", form=form), form.status


@area.page("/kopior/tack", needs="anyone")
def thanks() -> Any:
    """What happens now."""
    return render("copies/thanks.html", wanted=request.args.get("svar") == "ja")

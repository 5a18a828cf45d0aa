"""The invited person's pages (T46-T48, B-24); the secret of the link goes the way of ``secret_links``."""

from __future__ import annotations

from typing import Any

from flask import redirect, request

from portal.client import ApiError
from portal.pages.secret_links import SecretLink
from portal.web import Area, Form, render, visit
from portal.web.paths import with_next

area = Area("invitation")
LINK = SecretLink("invitation")
PATH = "/inbjudan/svar"
MISSING = 404


@area.page("/inbjudan", needs="anyone", methods=("GET", "POST"))
def open_link() -> Any:
    """Where the link of the mail leads. Opening it changes nothing, so a mail scanner uses nothing up (C11)."""
    form = Form.posted() if request.method == "POST" else Form.empty()
    if request.method == "POST":
        if LINK.take(form["link"]):
            return redirect(PATH, 303)
        form.wrong("link", visit().t("invitation.not_a_link"))
    return render("invitation/open.html", form=form), form.status


@area.page("/inbjudan/svar", needs="anyone")
def answer() -> Any:
    """What has become of the invitation, and what can be done about it now."""
    return _page(Form.empty())


@area.page("/inbjudan/acceptera", needs="anyone", methods=("POST",))
def accept() -> Any:
    """Accept with one's own BankID; gives no access before somebody has approved (T51)."""
    if visit().session is None:
        return redirect(with_next("/logga-in", PATH), 303)
    form = Form.posted()
    try:
        visit().send("POST", "/invitations/v1/acceptances", {"token": LINK.token})
    except ApiError as error:
        form.refuse(error) if error.status != MISSING else _take(form, error)
        return _page(form)
    LINK.forget()
    return redirect("/inbjudan/tack", 303)


@area.page("/inbjudan/tacka-nej", needs="anyone", methods=("POST",))
def decline() -> Any:
    """Say no; whoever holds the link may, also without logging in."""
    form = Form.posted()
    try:
        visit().send("POST", "/invitations/v1/declines", {"token": LINK.token})
    except ApiError as error:
        form.refuse(error) if error.status != MISSING else _take(form, error)
        return _page(form)
    LINK.forget()
    return redirect("/inbjudan/avbojd", 303)


@area.page("/inbjudan/tack", needs="anyone")
def thanks() -> Any:
    """Accepted: what happens now."""
    return render("invitation/thanks.html", declined=False)


@area.page("/inbjudan/avbojd", needs="anyone")
def declined() -> Any:
    """Declined: nothing more to do."""
    return render("invitation/thanks.html", declined=True)


def _page(form: Form) -> Any:
    token = LINK.token
    if not token:
        return render("invitation/open.html", form=form), form.status
    seen: dict[str, Any] | None = None
    if form.error is None:
        try:
            seen = visit().send("POST", "/invitations/v1/invitation-lookups", {"token": token})
        except ApiError as error:
            if error.status != MISSING and not error.is_about_the_form():
                raise
            _take(form, error)
    session = visit().session
    registered = session is not None and session["registered"]
    login = with_next("/registrera" if session is not None else "/logga-in", PATH)
    shown = render("invitation/answer.html", form=form, seen=seen, registered=registered, login=login)
    return shown, form.status


def _take(form: Form, error: ApiError) -> None:
    """An unknown link is something to explain here, not a page that does not exist."""
    form.error = error

"""Logging in with BankID (T12, T13): QR code for another device, or the app on this one."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

from flask import after_this_request, jsonify, redirect, request
from werkzeug.wrappers import Response

from portal.client import ApiError
from portal.pages.bankid import (
    DEVICES,
    GOING,
    NOT_FOUND,
    handed_over,
    problem,
    state_of,
    take_return,
    wanted_of,
    wants_json,
)
from portal.web import Area, render, visit
from portal.web.paths import needs_of, next_path, with_next
from portal.web.visit import SESSION_COOKIE

area = Area("login")
LOGINS = "/identity/v1/logins"
OIDC = "oidc"
"""The second e-ID, as ``GET /login-methods`` names it; its pages are those of the area ``eid``."""
LOGIN_AGAIN = "login-too-old"
"""The API's refusal of what takes a BankID used just now; a page that gets it includes ``login/again.html``."""
REASONS = ("inaktiv", "avbruten", "utloggad")


@area.page("/logga-in", needs="anyone")
def choose_device() -> Any:
    """Both ways in; nothing is started before the person, or the page's script, asks for it."""
    present = visit()
    wanted = next_path(request.args.get("next"))
    if present.session is not None:
        return redirect(wanted, 303)
    reason = request.args.get("orsak", "")
    if present.session_ended:
        reason = "inaktiv"
        after_this_request(_drop_session)
    return choice(wanted, reason=reason if reason in REASONS else "")


@area.page("/logga-in", needs="anyone", methods=("POST",))
def start_login() -> Any:
    """Start an order at BankID."""
    wanted = next_path(request.form.get("next"))
    device = request.form.get("device", "")
    if device not in DEVICES:
        return redirect(with_next("/logga-in", wanted), 303)
    try:
        login = visit().send("POST", LOGINS, wanted_of(device) | {"return_path": wanted})
    except ApiError as error:
        if wants_json():
            return problem(error)
        if error.status in {401, 403}:
            raise
        return choice(wanted, error=error), error.status
    if wants_json():
        return jsonify(_state(login, wanted) | {"id": login["login_id"]})
    return redirect(_address(login["login_id"], wanted), 303)


@area.page("/logga-in/<uuid:login_id>", needs="anyone")
def wait_for_login(login_id: UUID) -> Any:
    """How it goes, for a browser without JavaScript: the page comes anew every other second."""
    wanted = next_path(request.args.get("next"))
    try:
        login = visit().call("POST", f"{LOGINS}/{login_id}/polls", content=b"", content_type="application/json").body
    except ApiError as error:
        if error.status == NOT_FOUND:
            return redirect(with_next("/logga-in", wanted), 303)
        raise
    state = _state(login, wanted)
    if state["go"]:
        return redirect(state["go"], 303)
    return render("login/wait.html", login_id=login_id, state=state, going=state["status"] in GOING, next=wanted)


@area.page("/logga-in/<uuid:login_id>", needs="anyone", methods=("POST",))
def follow_login(login_id: UUID) -> Any:
    """How it goes, for the page's script."""
    wanted = next_path(request.form.get("next"))
    try:
        login = visit().send("POST", f"{LOGINS}/{login_id}/polls")
        return jsonify(_state(login, wanted))
    except ApiError as error:
        return problem(error)


@area.page("/logga-in/<uuid:login_id>/avbryt", needs="anyone", methods=("POST",))
def cancel_login(login_id: UUID) -> Any:
    """Cancel here and in the app: by the button, or because the page was left."""
    try:
        visit().send("DELETE", f"{LOGINS}/{login_id}")
    except ApiError as error:
        if error.status != NOT_FOUND:  # ended already: what was wanted
            raise
    if wants_json() or request.form.get("left"):
        return "", 204
    return redirect(f"/logga-in?{urlencode({'orsak': 'avbruten', 'next': next_path(request.form.get('next'))})}", 303)


@area.page("/logga-in/retur", needs="anyone")
def come_back() -> str:
    """Where the app leads the browser; the login and its nonce are in the fragment, which only the script can read.

    For a browser without JavaScript they are in the query, and a button hands them in: reading a page logs nobody in.
    """
    return render("login/return.html", handed=handed_over(), missing=False)


@area.page("/logga-in/retur", needs="anyone", methods=("POST",))
def finish_return() -> Any:
    """Hand the nonce in; only the browser that began gets the session (C16)."""

    def hand_in(login_id: UUID, nonce: dict[str, str]) -> tuple[dict[str, Any], str]:
        login = visit().send("POST", f"{LOGINS}/{login_id}/returns", nonce)
        wanted = next_path(login.get("return_path"))
        return _state(login, wanted), _address(login_id, wanted)

    return take_return("login/return.html", "login-not-found", hand_in)


def land(wanted: str) -> str:
    """Where to go from a login or a registration: the terms, an account to choose, or the page that was wanted (FA10).

    The only account there is, and the one that the wanted page names, need no choosing.
    """
    present = visit()
    session = present.session
    if session is None:
        return with_next("/logga-in", wanted)
    if not session["registered"]:
        return with_next("/registrera", wanted)
    ids = [account.id for account in present.accounts if not account.notice]
    named = (parse_qs(urlsplit(wanted).query).get("konto") or [""])[0]
    choice = named if named in ids else ids[0] if len(ids) == 1 else ""
    if not choice:
        # An invitation is answered by people who have no account yet.
        return wanted if needs_of(wanted) == "anyone" else with_next("/konto", wanted)
    present.choose_account(choice)
    return wanted


def choice(wanted: str, *, reason: str = "", error: ApiError | None = None) -> str:
    """The page to choose on: BankID, and below it the second e-ID where the installation has one."""
    return render("login/choose.html", next=wanted, reason=reason, error=error, others=_other_methods())


def _other_methods() -> list[dict[str, Any]]:
    try:
        methods = visit().get("/identity/v1/login-methods")["items"]
    except ApiError:
        # BankID is on the page all the same, and says itself what is wrong.
        return []
    return [method for method in methods if method["id"] == OIDC]


def _state(login: dict[str, Any], wanted: str) -> dict[str, Any]:
    done = login["status"] == "complete"
    if done:
        visit().forget()
    return state_of(login, land(wanted) if done else "")


def _address(login_id: Any, wanted: str) -> str:
    """The page to wait on without JavaScript."""
    return with_next(f"/logga-in/{login_id}", wanted)


def _drop_session(response: Response) -> Response:
    # The session is gone on the server; without its cookie the browser is a stranger's again.
    response.set_cookie(SESSION_COOKIE, "", max_age=0, secure=True, httponly=True, samesite="Lax", path="/")
    return response


__all__ = ["LOGIN_AGAIN", "area", "choice", "land"]

"""Logging out (S15-S17), and staying logged in (B-03, D20)."""

from __future__ import annotations

from typing import Any

from flask import jsonify, redirect, request

from portal.client import ApiError
from portal.web import Area, render, visit
from portal.web.paths import own_path

area = Area("session")
STATUS_ENDED = 401
BACKGROUND = {"Minasidor-Background": "true"}


@area.page("/logga-ut", needs="anyone")
def logged_out() -> Any:
    """The advice; or the button, for who is still logged in."""
    return render("session/logged_out.html")


@area.page("/logga-ut", needs="anyone", methods=("POST",))
def log_out() -> Any:
    """End the session on the server; the browser empties what it kept of us (C42)."""
    present = visit()
    response = redirect("/logga-ut", 303)
    try:
        answer = present.call(
            "DELETE",
            "/identity/v1/session",
            headers={"X-CSRF-Token": request.form.get("csrf_token", "")},
        )
    except ApiError as error:
        if error.status != STATUS_ENDED:
            raise
        return response
    if said := answer.headers.get("clear-site-data"):
        response.headers["Clear-Site-Data"] = said
    return response


@area.page("/session", needs="anyone")
def show_session() -> Any:
    """Until when, for the page's script; asking does not keep the session alive."""
    try:
        return jsonify(_times(visit().call("GET", "/identity/v1/session", headers=BACKGROUND).body))
    except ApiError as error:
        if error.status != STATUS_ENDED:
            raise
        return jsonify({}), STATUS_ENDED


@area.page("/stanna-inloggad", needs="anyone", methods=("POST",))
def stay_logged_in() -> Any:
    """Thirty minutes more, at most eight hours in all."""
    wants_json = request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    try:
        session = visit().send("POST", "/identity/v1/session/extensions")
    except ApiError as error:
        if not wants_json or error.status != STATUS_ENDED:
            raise
        return jsonify({}), STATUS_ENDED
    return jsonify(_times(session)) if wants_json else redirect(own_path(request.form.get("next")), 303)


def _times(session: dict[str, Any]) -> dict[str, str]:
    present = visit()
    ends = session["idle_expires_at"]
    note = present.t("common.session_until", time=present.formats.time(ends))
    return {"warn_at": session["warn_at"], "ends_at": ends, "note": note}

"""Logging in with the second e-ID, at its provider's over OpenID Connect. BankID is ``login``."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import redirect, request

from portal.client import ApiError
from portal.pages.login import choice, land
from portal.web import Area, render, visit
from portal.web.paths import next_path, with_next

area = Area("eid")
HERE = "/logga-in/e-legitimation"
SAID = ("state", "code", "error", "iss")
"""What a provider may send the browser back with, and the API wants to hear (RFC 6749, RFC 9207)."""
SERVER_FAULT = 500


@area.page(HERE, needs="anyone", methods=("POST",))
def start() -> Any:
    """Lead on to the provider.

    By a page that goes there by itself, not by a redirect: ``form-action 'self'`` lets no form end up elsewhere, and
    to allow it for one provider would allow it for whatever comes into the page.
    """
    wanted = next_path(request.form.get("next"))
    try:
        login = visit().send("POST", "/identity/v1/oidc-logins", {"return_path": wanted})
    except ApiError as error:
        if error.status in {401, 403}:
            raise
        return choice(wanted, error=error), error.status
    address = str(login["authorization_url"])
    parts = urlsplit(address)
    if parts.scheme not in _schemes() or not parts.hostname:
        return choice(wanted, error=ApiError(502, "unreadable")), 502
    return render("eid/leave.html", address=address, host=parts.hostname)


@area.page(HERE, needs="anyone")
def come_back() -> Any:
    """Hand in what the provider says. The state proves that this browser began; it is spent once (C16)."""
    said = {name: request.args[name] for name in SAID if request.args.get(name)}
    if "error" in said:
        said.pop("code", None)
    if "state" not in said or not said.keys() & {"code", "error"}:
        # Some providers leave the state out when they refuse.
        return _failed(visit().t("eid.refused" if "error" in said else "eid.not_found"), status=400)
    # The browser comes from the provider's site; it is the state that stands for our own page.
    own = {"Origin": visit().settings.origin, "Sec-Fetch-Site": "same-origin"}
    try:
        login = visit().call("POST", "/identity/v1/oidc-returns", json=said, headers=own).body
    except ApiError as error:
        if error.status == 429 or error.status >= SERVER_FAULT:  # noqa: PLR2004 - HTTP's own
            return _failed(error.detail or visit().t("login.failed_text"), error.title, status=error.status)
        return _failed(visit().t("eid.not_found"), status=error.status)
    wanted = next_path(login["return_path"])
    if login["status"] != "complete":
        return _failed(login["message"]["text"], wanted=wanted)
    visit().forget()
    return redirect(land(wanted), 303)


def _failed(text: str, title: str = "", *, wanted: str | None = None, status: int = 200) -> tuple[str, int]:
    return render("eid/failed.html", title=title, text=text, again=with_next("/logga-in", wanted)), status


def _schemes() -> set[str]:
    return {"https"} if visit().settings.is_production else {"https", "http"}


__all__ = ["area"]

"""Everything that can go wrong becomes a page that says what happened and what to do."""

from __future__ import annotations

from typing import Any

from flask import Flask, redirect, request
from werkzeug.exceptions import HTTPException

from chassis.telemetry import logger, trace_context
from portal.client import ApiError
from portal.web.paths import own_path, with_next
from portal.web.render import render
from portal.web.typed import typed
from portal.web.visit import visit

log = logger(__name__)
KNOWN = {400, 403, 404, 405, 409, 413, 429, 500, 503}
STATUS_ENDED = 401


def install(app: Flask) -> None:
    """Put the handlers in."""
    app.register_error_handler(ApiError, from_api)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(Exception, unexpected)


def page(status: int, *, error: ApiError | None = None) -> tuple[str, int]:
    """The page of a status; what the API says stands before our general words."""
    shown = status if status in KNOWN else 500 if status >= 500 else 400  # noqa: PLR2004 - HTTP's own lines
    present = visit()
    # An error page must not fail for the reason that it reports.
    present.__dict__.setdefault("session", None)
    present.__dict__.setdefault("_account_list", {"items": [], "status": "none"})
    present.__dict__.setdefault("_looked_at", None)
    reference = (
        error.instance if error and error.instance else f"urn:minasidor:request:{trace_context().correlation_id}"
    )
    return render("errors/problem.html", status=shown, error=error, reference=reference), status


def from_api(error: ApiError) -> Any:
    """The API's refusal where no page took it into its form."""
    if error.status == STATUS_ENDED:
        return _ended()
    if error.code == "account-mismatch":
        return _mismatch()
    if error.code == "csrf-refused":
        return _stale()
    if error.code == "account-not-chosen":
        return redirect(with_next("/konto", request.path), 303)
    return page(503 if error.status in {502, 504} else error.status, error=error)


def from_http(error: HTTPException) -> Any:
    """Flask's own: no such page, no such method, too large."""
    if error.code is not None and error.code < 400:  # noqa: PLR2004 - a redirect of Flask's
        return error
    return page(error.code or 500)


def unexpected(error: Exception) -> Any:
    """A fault of ours."""
    log.error("unexpected-error", exc_info=error, route=request.url_rule.rule if request.url_rule else None)
    return page(500)


def _ended() -> Any:
    """Logged out meanwhile (S17). What was typed came with the request, so it is shown to be kept (B-03)."""
    present = visit()
    present.ended()
    if request.method == "GET":
        return redirect(with_next("/logga-in", request.full_path.rstrip("?")), 303)
    return render("errors/ended.html", typed=typed(present.t), login=with_next("/logga-in", request.path)), STATUS_ENDED


def _stale() -> Any:
    """The form is of a session before this one (a login elsewhere in the browser, say), or of nobody we know (C20)."""
    path = own_path(request.path, "/")
    return render("errors/stale.html", typed=typed(visit().t), back=path), 403


def _mismatch() -> Any:
    present = visit()
    meant = next((account for account in present.accounts if account.id == request.form.get("account")), None)
    return render("errors/mismatch.html", meant=meant, back=request.path), 409


__all__ = ["install", "page"]

"""What every answer carries, and what a write must show before anything else is looked at."""

from __future__ import annotations

from flask import Response, abort, current_app, request

from portal.web.visit import SESSION_COOKIE

CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""No inline script or style, nothing from elsewhere. ``data:`` for images: the design system's icons are masks."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def check_source() -> None:
    """Refuse a write from a page that is not ours. The API checks again, with its own token (C15, C16)."""
    if request.method in SAFE:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    own = current_app.extensions["portal"].origins
    if (site is None and origin is None) or (site or "same-origin") != "same-origin" or (origin or own[0]) not in own:
        abort(403)


def add_headers(response: Response) -> Response:
    """Headers of every answer; pages are never kept by the browser once somebody is logged in (C42)."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        if "v" in request.args:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
    logged_in = SESSION_COOKIE in request.cookies
    response.headers.setdefault("Cache-Control", "no-store" if logged_in or request.method != "GET" else "no-cache")
    response.headers.setdefault("Vary", "Cookie, Accept-Language")
    return response


__all__ = ["add_headers", "check_source"]

"""Pages from templates, and the one-time message after a redirect."""

from __future__ import annotations

import re
from typing import Any

from flask import after_this_request, render_template, request
from werkzeug.wrappers import Response

from portal.web.visit import visit

FLASH_COOKIE = "__Host-message"
FLASH_KEY = re.compile(r"(good|bad)\.([a-z_]+\.[a-z_]+)")


def render(template: str, **values: Any) -> str:
    """``render_template`` with the texts and formats of this visit."""
    present = visit()
    return render_template(template, t=present.t, f=present.formats, visit=present, **values)


def flash(key: str, *, good: bool = True) -> None:
    """Show a text of the catalogue on the next page, once."""

    def remember(response: Response) -> Response:
        value = f"{'good' if good else 'bad'}.{key}"
        response.set_cookie(FLASH_COOKIE, value, max_age=60, secure=True, httponly=True, samesite="Lax", path="/")
        return response

    after_this_request(remember)


def take_flash() -> dict[str, str] | None:
    """The message for this page; the cookie is taken back."""
    match = FLASH_KEY.fullmatch(request.cookies.get(FLASH_COOKIE, ""))
    texts = visit().t
    if match is None or not texts.has(match[2]):
        return None

    def forget(response: Response) -> Response:
        response.set_cookie(FLASH_COOKIE, "", max_age=0, secure=True, httponly=True, samesite="Lax", path="/")
        return response

    after_this_request(forget)
    return {"kind": match[1], "text": texts(match[2])}


__all__ = ["flash", "render", "take_flash"]

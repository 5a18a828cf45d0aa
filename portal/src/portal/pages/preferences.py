"""The language of the pages (D27)."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from portal.client import ApiError
from portal.texts import LANGUAGES
from portal.web import Area, visit
from portal.web.paths import own_path
from portal.web.visit import LANGUAGE_COOKIE

area = Area("preferences")
YEAR_SECONDS = 365 * 86_400


@area.page("/sprak", needs="anyone", methods=("POST",))
def choose_language() -> Response:
    """Remember the choice in this browser, and for the notices of a person who is logged in."""
    chosen = request.form.get("language", "")
    response = redirect(own_path(request.form.get("next"), "/"), 303)
    if chosen not in LANGUAGES:
        return response
    present = visit()
    if present.session is not None and present.session["registered"]:
        try:
            present.send("PATCH", "/identity/v1/me", {"locale": chosen})
        except ApiError as error:
            # The pages follow the cookie anyway; only a refusal of the form itself must be seen.
            if error.status in {401, 403}:
                raise
    response.set_cookie(
        LANGUAGE_COOKIE, chosen, max_age=YEAR_SECONDS, secure=True, httponly=True, samesite="Lax", path="/"
    )
    return response

"""Links whose secret stands after ``#``: how it comes from the mail to the API and is in no address and no log.

When such a link is opened, no server sees the secret. The page's script posts it (without JavaScript the person pastes
the link), and from then on it lives in a cookie that only this server reads, so that it is still there after a login.
"""

from __future__ import annotations

import re

from flask import after_this_request, request
from werkzeug.wrappers import Response

SECONDS = 3600
TOKEN = re.compile(r"[A-Za-z0-9_-]{20,200}")


class SecretLink:
    """One kind of link.

    Args:
        name: of its cookie, without the prefix.

    """

    def __init__(self, name: str) -> None:
        self._cookie = f"__Host-{name}"

    @property
    def token(self) -> str:
        """The secret that this browser brought; empty when there is none."""
        token = request.cookies.get(self._cookie, "")
        return token if TOKEN.fullmatch(token) else ""

    def take(self, pasted: str) -> bool:
        """Remember the secret of a whole link, or its end alone; whether there is one in it."""
        token = pasted.rpartition("#")[2].strip()
        if not TOKEN.fullmatch(token):
            return False
        self._put(token, SECONDS)
        return True

    def forget(self) -> None:
        """It has been used."""
        self._put("", 0)

    def _put(self, value: str, seconds: int) -> None:
        def put(response: Response) -> Response:
            response.set_cookie(
                self._cookie, value, max_age=seconds, secure=True, httponly=True, samesite="Lax", path="/"
            )
            return response

        after_this_request(put)


__all__ = ["SecretLink"]

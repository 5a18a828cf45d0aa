"""The three cookies. All ``__Host-``: Secure, this host only, whole site, so that nobody else can set them (C18)."""

from __future__ import annotations

import re
from typing import Any

from flask import request

from identity.domain.logins import LIFE

SESSION = "__Host-sid"
PRE_LOGIN = "__Host-pre"
DEVICE = "__Host-device"
DEVICE_AGE_SECONDS = 399 * 86_400
TOKEN = re.compile(r"[A-Za-z0-9_-]{20,100}")


def read(name: str) -> str | None:
    """The cookie's value, if it looks like one of ours."""
    value = request.cookies.get(name, "")
    return value if TOKEN.fullmatch(value) else None


def _cookie(key: str, value: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "value": value, "path": "/", "secure": True, "httponly": True, "samesite": "Lax"} | more


def session(token: str) -> dict[str, Any]:
    """Gone when the browser closes; the server decides before that (S15, S17)."""
    return _cookie(SESSION, token)


def pre_login(token: str) -> dict[str, Any]:
    """Lives as long as a login can."""
    return _cookie(PRE_LOGIN, token, max_age=int(LIFE.total_seconds()))


def device(token: str) -> dict[str, Any]:
    """Tells BankID's risk rating that it is the same browser as last time; never who."""
    return _cookie(DEVICE, token, max_age=DEVICE_AGE_SECONDS, samesite="Strict")


def remove(name: str) -> dict[str, Any]:
    """Take a cookie back."""
    return _cookie(name, "", max_age=0, expires=0)

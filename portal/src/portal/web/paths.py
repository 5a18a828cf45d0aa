"""Where a page may send people: pages of ours that can be read, and nowhere else (C29). The list is the URL map."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

QUERY = re.compile(r"[A-Za-z0-9_.:-]{0,64}")
LONGEST = 300
HOME = "/oversikt"
ON_THE_WAY = re.compile(r"/(?:(?:logga-in|logga-ut|registrera|dev)(?:/.*)?|skriv-under/retur)")
"""Pages that lead on by themselves: nobody is sent back to them after having logged in."""


def own_path(wanted: str | None, default: str = HOME) -> str:
    """``wanted`` when it is one of our pages, else ``default``. What is given back is put together anew."""
    text = wanted or ""
    if len(text) > LONGEST or not text.startswith("/") or not text.isprintable():
        return default
    parts = urlsplit(text)
    if parts.scheme or parts.netloc or not _is_page(parts.path):
        return default
    query = {
        name: values[0]
        for name, values in parse_qs(parts.query).items()
        if QUERY.fullmatch(name) and QUERY.fullmatch(values[0])
    }
    return parts.path + (f"?{urlencode(query)}" if query else "")


def next_path(wanted: str | None) -> str:
    """Where to go after a login: ``wanted`` when it is a page to stay on."""
    safe = own_path(wanted)
    return HOME if ON_THE_WAY.fullmatch(urlsplit(safe).path) or safe == "/" else safe


def with_next(page: str, wanted: str | None) -> str:
    """``page`` with the way back; the default needs no mention."""
    safe = next_path(wanted)
    return page if safe == HOME else f"{page}?{urlencode({'next': safe})}"


def needs_of(path: str) -> str:
    """What a page needs of who asks for it (``Area.page``); empty where there is no such page."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(urlsplit(path).path, method="GET")
    except (HTTPException, RequestRedirect):
        return ""
    return str(getattr(current_app.view_functions[endpoint], "needs", ""))


def _is_page(path: str) -> bool:
    return needs_of(path) != ""


__all__ = ["HOME", "needs_of", "next_path", "own_path", "with_next"]

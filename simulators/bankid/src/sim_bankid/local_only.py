"""Keeps other web sites in the tester's browser away from the control API and the page."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from sim_bankid.domain.errors import Refused
from sim_bankid.returns import loopback_host


def refuse_strangers() -> None:
    """Raise Refused 403 unless the request came to a loopback name, and not from another site.

    The Host rule stops DNS rebinding; the Origin rule stops forms and scripts of other pages.
    """
    if not loopback_host(urlsplit(f"//{request.host}").hostname):
        raise Refused(403, "wrongHost", "Simulatorn svarar bara på localhost.")
    origin = request.headers.get("Origin")
    if request.method in ("GET", "HEAD") or origin is None:
        return
    if origin != f"{request.scheme}://{request.host}":
        raise Refused(403, "wrongOrigin", "Anropet kommer från en annan webbplats.")

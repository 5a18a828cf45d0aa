"""The portal as a Flask application: ``python -m chassis portal web``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request
from jinja2 import StrictUndefined
from prometheus_client import Counter, Histogram

from chassis import requests
from chassis.ids import new_id, utcnow
from chassis.telemetry import configure_logging
from portal import pages
from portal.client import Gateway
from portal.settings import SERVICE, Settings
from portal.web import errors, security
from portal.web.render import take_flash

MAX_BODY = 12 * 1024 * 1024
"""A scanned power of attorney (10 MB) and its form."""
REQUESTS = Counter("portal_requests_total", "Pages answered", ["route", "method", "status"])
DURATION = Histogram(
    "portal_request_seconds", "Time to answer", ["route", "method"], buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
)


@dataclass(frozen=True)
class Portal:
    """What a request needs; ``app.extensions["portal"]``."""

    settings: Settings
    gateway: Gateway
    origins: tuple[str, ...]


def create_app(settings: Settings, *, gateway: Gateway | None = None) -> Flask:
    """Build the portal; ``gateway`` replaces the connection in tests."""
    configure_logging(settings.service, level=settings.log_level, fmt=settings.log_format)
    app = Flask("portal", static_folder="static", static_url_path="/static")
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_MEMORY_SIZE=256 * 1024, MAX_FORM_PARTS=400)
    app.url_map.strict_slashes = True
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["portal"] = Portal(settings, gateway or Gateway(settings), _origins(settings))
    app.jinja_env.globals.update(static=static_address, take_flash=take_flash, new_key=_new_key, now=_now)
    app.before_request(requests.begin)
    app.before_request(security.check_source)
    if settings.maintenance:
        app.before_request(_closed)
    app.after_request(_end)
    app.after_request(_hand_on_cookies)
    app.after_request(security.add_headers)
    errors.install(app)
    for rule, answer in (("/livez", _ok), ("/readyz", _ok), ("/metrics", requests.metrics)):
        app.add_url_rule(rule, rule[1:], answer)
    for area in pages.areas(development=not settings.is_production):
        app.register_blueprint(area)
    return app


@cache
def static_address(name: str) -> str:
    """The address of a file in ``static``; it changes with the content, so that browsers may keep it for ever."""
    content = Path(str(files("portal").joinpath("static", *name.split("/")))).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def _new_key() -> str:
    return str(new_id())


def _now() -> str:
    return utcnow().isoformat()


def _origins(settings: Settings) -> tuple[str, ...]:
    own = [settings.origin]
    if not settings.is_production:
        # The gateway answers to both names in development.
        own += [settings.origin.replace("localhost", "127.0.0.1")]
    return tuple(dict.fromkeys(own))


def _closed() -> Any:
    if request.path in requests.PROBES or request.endpoint == "static":
        return None
    return errors.page(503)


def _hand_on_cookies(response: Response) -> Response:
    present = g.get("visit")
    for line in present.browser.set_cookies if present is not None else ():
        response.headers.add("Set-Cookie", line)
    return response


def _end(response: Response) -> Response:
    if request.endpoint != "static":
        requests.note(response, REQUESTS, DURATION)
    return response


def _ok() -> Response:
    # The gateway being down must restart nobody and take no portal out of service: its pages say so themselves.
    return Response("ok\n", mimetype="text/plain")


__all__ = ["SERVICE", "Settings", "create_app"]

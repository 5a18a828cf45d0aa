"""The Flask application of a service: wiring, and what surrounds every request."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, g, jsonify, request
from flask.json.provider import JSONProvider
from joserfc.errors import JoseError
from msgspec import json as msgspec_json
from werkzeug.exceptions import HTTPException

from chassis import health, requests
from chassis.errors import DomainError
from chassis.http import openapi, problems
from chassis.http.parsing import SchemaRefused
from chassis.http.routes import Routes
from chassis.settings import Settings, SettingsError
from chassis.telemetry import configure_logging, logger
from chassis.tokens import InvalidToken, Verifier
from chassis.transaction import Database

log = logger(__name__)
MAX_BODY = 64 * 1024
API_VERSION = "1.0.0"


@dataclass
class Chassis:
    """What a request needs; ``app.extensions["chassis"]``."""

    settings: Settings
    routes: Sequence[Routes]
    verifier: Verifier | None
    extensions: dict[str, Any]
    make_database: Callable[[Settings], Database] | None
    _database: Database | None = None
    _pid: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def database(self) -> Database | None:
        """The database, opened by the process that uses it: connections never cross a fork."""
        if self.make_database is None:
            return None
        if self._pid != os.getpid():
            with self._lock:
                if self._pid != os.getpid():
                    self._database = self.make_database(self.settings)
                    self._pid = os.getpid()
        return self._database


class MsgspecProvider(JSONProvider):
    """JSON by msgspec: fast, knows UUID and dates, never writes NaN."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Encode."""
        return msgspec_json.encode(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Decode."""
        return msgspec_json.decode(s)


def create_app(
    settings: Settings,
    routes: Sequence[Routes],
    *,
    title: str,
    extensions: dict[str, Any] | None = None,
    make_database: Callable[[Settings], Database] | None = Database,
) -> Flask:
    """Build the application. ``extensions`` are what ``prepare`` steps use: clients of other systems, keys."""
    configure_logging(settings.service, level=settings.log_level, fmt=settings.log_format)
    app = assemble(settings.service, title, tuple(routes))
    app.extensions["chassis"] = Chassis(
        settings=settings,
        routes=routes,
        verifier=_verifier(settings),
        extensions=extensions or {},
        make_database=make_database,
    )
    return app


def assemble(service: str, title: str, routes: tuple[Routes, ...]) -> Flask:
    """The part that is the same whatever the settings: routes, error pages and the API's description."""
    app = Flask(service, static_folder=None)
    app.json = MsgspecProvider(app)
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_MEMORY_SIZE=MAX_BODY, MAX_FORM_PARTS=50)
    app.url_map.strict_slashes = True
    app.before_request(_begin)
    app.after_request(_end)
    _handle_errors(app)
    app.register_blueprint(health.blueprint)
    api = openapi.configure(app, service, title)
    for group in routes:
        api.register_blueprint(group.blueprint)
    document = openapi.document(api)
    app.extensions["openapi"] = document
    app.add_url_rule("/openapi.json", "openapi", lambda: jsonify(document))
    app.add_url_rule("/v1/api-info", "api_info", lambda: jsonify(_api_info(_chassis().settings)))
    return app


def _verifier(settings: Settings) -> Verifier | None:
    if not settings.gateway_jwks and not settings.peer_jwks:
        return None
    try:
        return Verifier(settings.gateway_jwks, settings.service, settings.peer_jwks)
    except (ValueError, JoseError, AttributeError, TypeError) as error:
        message = "gateway_jwks must be a JWKS, peer_jwks an object of them by service"
        raise SettingsError(message) from error


def _api_info(settings: Settings) -> dict[str, str]:
    return {
        "apiName": settings.service,
        "apiVersion": API_VERSION,
        "apiReleased": "2026-11-22",
        "apiDocumentation": f"{settings.public_url}/api/docs",
        "apiStatus": "active",
    }


def _begin() -> None:
    requests.begin()
    g.locale = None
    g.principal = None
    g.deadline_passed = _deadline(request.headers.get("X-Request-Deadline"))
    authorization = request.headers.get("Authorization", "")
    chassis: Chassis = _chassis()
    if chassis.verifier is not None and authorization.startswith("Bearer "):
        try:
            identity = chassis.verifier.verify(authorization[7:])
        except InvalidToken as error:
            log.warning("token-refused", reason=str(error), path=request.path)
            return
        g.principal, g.locale = identity.principal, identity.locale


def _chassis() -> Chassis:
    from flask import current_app

    chassis: Chassis = current_app.extensions["chassis"]
    return chassis


def _deadline(header: str | None) -> Callable[[], bool]:
    # Seconds since the epoch, set by the gateway: nobody waits any longer for the answer.
    try:
        limit = float(header) if header else None
    except ValueError:
        limit = None
    return lambda: limit is not None and time.time() > limit


def _end(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store" if request.method != "GET" or g.principal else "no-cache")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    requests.note(response, health.REQUESTS, health.DURATION)
    return response


def _handle_errors(app: Flask) -> None:
    app.register_error_handler(DomainError, problems.from_domain)
    app.register_error_handler(SchemaRefused, lambda error: problems.from_validation(error.messages))
    app.register_error_handler(HTTPException, problems.from_http)

    def unexpected(error: Exception) -> Response:
        log.error("unexpected-error", exc_info=error, route=request.url_rule.rule if request.url_rule else None)
        title, detail = problems.HTTP_TEXTS[500][1][problems.locale() == "en"]
        return problems.render(status=500, code="internal-error", title=title, detail=detail)

    app.register_error_handler(Exception, unexpected)

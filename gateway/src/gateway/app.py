"""The policy as a Flask application: ``python -m chassis gateway web``."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask
from joserfc.errors import JoseError

from chassis.app import create_app as create_chassis_app
from chassis.http.routes import Routes
from chassis.settings import SettingsError
from chassis.tokens import Minter
from gateway.api import blueprint
from gateway.api.decision import Policy
from gateway.schemas.routes import RouteTable
from gateway.settings import SERVICE, Settings
from gateway.upstreams import Grants, Sessions, Upstream

ROUTES: list[Routes] = []
"""None: the gateway has no API of its own, it shows those of the services."""


def create_app(settings: Settings, **overrides: Any) -> Flask:
    """Build the policy; ``overrides`` replace fields of ``Policy`` in tests. Raises ``SettingsError``."""
    app = create_chassis_app(settings, ROUTES, title="Gateway", make_database=None)
    app.extensions["policy"] = _policy(settings, overrides)
    app.register_blueprint(blueprint)
    return app


def _policy(settings: Settings, overrides: dict[str, Any]) -> Policy:
    if not settings.gateway_private_jwk:
        raise SettingsError("MINASIDOR_GATEWAY_PRIVATE_JWK is missing")
    try:
        minter = Minter(json.loads(settings.gateway_private_jwk))
    except (JoseError, ValueError, KeyError) as error:
        raise SettingsError("MINASIDOR_GATEWAY_PRIVATE_JWK is not a private Ed25519 JWK with a kid") from error

    def upstream(service: str) -> Upstream:
        addresses = settings.upstream(service)
        if not addresses:
            raise SettingsError(f"GATEWAY_UPSTREAM_{service.upper().replace('-', '_')} is missing")
        return Upstream(
            service,
            addresses,
            minter,
            connect_timeout=settings.connect_timeout_seconds,
            read_timeout=settings.lookup_timeout_seconds,
        )

    fields: dict[str, Any] = {
        "table": RouteTable.load(settings.routes_file),
        "sessions": Sessions(upstream("identity")),
        "grants": Grants(upstream("org-registry")),
        "minter": minter,
        "origins": settings.origins,
        "deadline_seconds": settings.deadline_seconds,
        "upload_deadline_seconds": settings.upload_deadline_seconds,
        "upload_above_bytes": settings.upload_above_bytes,
    }
    return Policy(**(fields | overrides))


__all__ = ["ROUTES", "SERVICE", "Settings", "create_app"]

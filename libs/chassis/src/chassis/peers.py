"""A service asks another one directly, with a key of its own; for the few questions that cannot wait for an event.

Only in ``prepare`` steps and jobs, never inside a transaction::

    identity = Peer("identity", settings.identity_address, settings)
    identity.post("/v1/internal/sign-orders", {...})

Most of what services tell each other goes by events: what is asked here fails while the other one is down.
"""

from __future__ import annotations

import json
from typing import Any

import httpx2
from joserfc.errors import JoseError

from chassis.breaker import CircuitBreaker
from chassis.errors import Unavailable
from chassis.settings import Settings, SettingsError
from chassis.telemetry import logger, trace_context
from chassis.tokens import Minter
from chassis.transaction import Principal

log = logger(__name__)

WHO_ASKS = {"identity": ("cases", "orders", "org-registry", "invitations")}
"""Service -> those that may ask it directly; keys and addresses are handed out by this table."""

CONNECT_SECONDS, READ_SECONDS = 1.0, 3.0
SERVER_FAULT = 500


class Peer:
    """Another service. Thread-safe; connects on first use, so it may be made before a fork."""

    def __init__(self, service: str, address: str, settings: Settings) -> None:
        """Raise ``SettingsError`` where the address or our own key is missing or wrong."""
        if not address or not settings.peer_private_jwk:
            message = f"peer_private_jwk and the address of {service} are needed to ask it"
            raise SettingsError(message)
        try:
            self._minter = Minter(json.loads(settings.peer_private_jwk), issuer=settings.service)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            message = "peer_private_jwk must be an Ed25519 JWK with a kid"
            raise SettingsError(message) from error
        self._service = service
        self._principal = Principal(service=settings.service)
        self._breaker = CircuitBreaker()
        unix = address.removeprefix("unix:") if address.startswith("unix:") else None
        self._http = httpx2.Client(
            base_url=f"http://{service}" if unix else f"http://{address}",
            transport=httpx2.HTTPTransport(uds=unix) if unix else None,
            timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
        )

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Send; returns status and answer (a refusal's is its problem). Raises ``Unavailable``."""
        return self._send("POST", path, json=body)

    def delete(self, path: str) -> tuple[int, dict[str, Any]]:
        """Remove; as ``post``."""
        return self._send("DELETE", path)

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def _send(self, method: str, path: str, **options: Any) -> tuple[int, dict[str, Any]]:
        if not self._breaker.allow():
            raise Unavailable
        headers = {
            "Authorization": f"Bearer {self._minter.mint(self._service, self._principal)}",
            "X-Correlation-Id": trace_context().correlation_id,
        }
        try:
            response = self._http.request(method, path, headers=headers, **options)
            answer = response.json() if response.content else {}
        except (httpx2.TransportError, ValueError) as error:
            self._breaker.failed()
            log.warning("peer-unreachable", service_asked=self._service, error=type(error).__name__)
            raise Unavailable from error
        if response.status_code >= SERVER_FAULT:
            self._breaker.failed()
            log.warning("peer-failed", service_asked=self._service, status=response.status_code)
            raise Unavailable
        self._breaker.succeeded()
        return response.status_code, answer

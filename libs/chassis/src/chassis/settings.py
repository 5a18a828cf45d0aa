"""Settings: read once, from the environment, into a frozen dataclass.

``ORG_REGISTRY_DATABASE_URL`` is looked for first, then ``MINASIDOR_DATABASE_URL``. ``X_FILE`` names a file that
holds the value, for secrets. A default is allowed only where it is right and safe in production; what is
missing or malformed ends the process with one clear line (``SettingsError``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

SHARED_PREFIX = "MINASIDOR"
SECRET = {"secret": True}


class SettingsError(Exception):
    """One line for the operator: which setting, and what is wrong with it. Never its value."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What every service needs. A service with more subclasses this in its ``settings.py``."""

    service: str
    environment: Literal["production", "test", "development"] = "production"
    database_url: str = field(metadata=SECRET)
    amqp_url: str = field(default="", metadata=SECRET)
    """Only the worker uses it; a web process has no broker."""
    bind: str = "0.0.0.0:8000"
    """``host:port`` or ``unix:/path``, for the web process."""
    worker_bind: str = ""
    """Where the worker answers /livez, /readyz and /metrics; empty: nowhere."""
    public_url: str = "http://localhost:8080"
    """The address people see, without a trailing slash."""
    gateway_jwks: str = ""
    """Public keys (JWKS, JSON) that internal tokens are signed with; several while rotating."""
    notify_jwks: str = ""
    """Public key (JWKS) that addresses and links are sealed for; only notify has the private one."""
    identity_jwks: str = ""
    """Public key (JWK or JWKS) that a person's exported data is sealed for; only identity has the private one."""
    peer_jwks: str = ""
    """Public keys of services that may ask this one directly: JSON, service -> JWKS (``chassis.peers``)."""
    peer_private_jwk: str = field(default="", metadata=SECRET)
    """This service's own key (Ed25519 JWK) for asking others directly; empty: it asks nobody."""
    identity_address: str = ""
    """Where identity answers other services: ``host:port`` or ``unix:/path``."""
    trust_sender: bool = False
    """True only where all services share one broker user (a borrowed broker in development)."""
    log_level: str = "INFO"
    log_format: Literal["json", "console"] = "json"
    web_threads: int = 4
    web_workers: int = 1
    statement_timeout_ms: int = 3000
    prefetch: int = 500
    """Deliveries in flight per consumer; also the largest batch."""
    dead_letter_attempts: int = 5

    @property
    def is_production(self) -> bool:
        """No test persons, no debug, no fault points."""
        return self.environment == "production"


S = TypeVar("S", bound=Settings)


def prefix_of(service: str) -> str:
    """``org-registry`` -> ``ORG_REGISTRY``."""
    return service.upper().replace("-", "_")


def load(cls: type[S], service: str, environ: Mapping[str, str] | None = None) -> S:
    """Read ``cls`` for ``service``; raises ``SettingsError`` naming every bad setting at once."""
    source = os.environ if environ is None else environ  # noqa: TID251 - the one place
    hints = get_type_hints(cls)
    values: dict[str, Any] = {"service": service}
    problems: list[str] = []
    for spec in fields(cls):
        if spec.name == "service":
            continue
        names = [f"{prefix}_{spec.name.upper()}" for prefix in (prefix_of(service), SHARED_PREFIX)]
        raw = _lookup(names, source, problems)
        if raw is None:
            if spec.default is MISSING and spec.default_factory is MISSING:
                problems.append(f"{names[0]} (or {names[1]}) is missing")
            continue
        try:
            values[spec.name] = _convert(raw, hints[spec.name])
        except ValueError as error:
            problems.append(f"{names[0]}: {error}")
    if problems:
        raise SettingsError("; ".join(problems))
    return cls(**values)


def _lookup(names: list[str], source: Mapping[str, str], problems: list[str]) -> str | None:
    for name in names:
        if (path := source.get(f"{name}_FILE")) is not None:
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                problems.append(f"{name}_FILE cannot be read ({error.strerror})")
                return None
        if (value := source.get(name)) is not None:
            return value
    return None


def _convert(raw: str, kind: Any) -> Any:
    if get_origin(kind) is Literal:
        if raw not in get_args(kind):
            message = f"must be one of {', '.join(get_args(kind))}"
            raise ValueError(message)
        return raw
    if kind is bool:
        if raw.lower() not in {"true", "false", "1", "0"}:
            message = "must be true or false"
            raise ValueError(message)
        return raw.lower() in {"true", "1"}
    if kind is int:
        try:
            return int(raw)
        except ValueError:
            message = "must be a whole number"
            raise ValueError(message) from None
    return raw

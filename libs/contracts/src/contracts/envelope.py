"""The envelope: CloudEvents 1.0 attributes in AMQP headers, binary mode, JSON body.

Header names follow the CloudEvents AMQP binding (``cloudEvents:`` prefix). The same attributes
are columns of the outbox, so that a row can be published and replayed byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

PREFIX = "cloudEvents:"
SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"


class InvalidEnvelope(ValueError):
    """A header that every event must carry is missing or malformed; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The attributes of one event, without its body."""

    id: UUID
    source: str
    """The producing service's folder name."""
    type: str
    subject: UUID | str
    """Id of the aggregate that the event is about."""
    version: int
    """Version of the aggregate after the event; counts up per subject from 1."""
    time: datetime
    """When it happened: UTC, the producer's database clock."""
    correlation_id: str | None = None
    traceparent: str | None = None

    def headers(self) -> dict[str, Any]:
        """AMQP headers."""
        attributes: dict[str, Any] = {
            "specversion": SPEC_VERSION,
            "id": str(self.id),
            "source": self.source,
            "type": self.type,
            "subject": str(self.subject),
            "aggregateversion": self.version,
            "time": self.time.isoformat().replace("+00:00", "Z"),
            "dataschema": f"urn:minasidor:event:{self.type}",
        }
        if self.correlation_id:
            attributes["correlationid"] = self.correlation_id
        if self.traceparent:
            attributes["traceparent"] = self.traceparent
        return {PREFIX + name: value for name, value in attributes.items()}

    @classmethod
    def from_headers(cls, headers: dict[str, Any] | None) -> Envelope:
        """Read the attributes back; raises ``InvalidEnvelope``. Unknown headers are ignored."""
        values = {name[len(PREFIX) :]: value for name, value in (headers or {}).items() if name.startswith(PREFIX)}
        if values.get("specversion") != SPEC_VERSION:
            message = "specversion is not 1.0"
            raise InvalidEnvelope(message)
        return cls(
            id=_uuid(values, "id"),
            source=_text(values, "source"),
            type=_text(values, "type"),
            subject=_text(values, "subject"),
            version=_version(values),
            time=_time(values),
            correlation_id=_optional(values, "correlationid"),
            traceparent=_optional(values, "traceparent"),
        )


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 255:  # noqa: PLR2004 - AMQP short string
        message = f"{name} is missing or not a short text"
        raise InvalidEnvelope(message)
    return value


def _optional(values: dict[str, Any], name: str) -> str | None:
    return _text(values, name) if values.get(name) is not None else None


def _uuid(values: dict[str, Any], name: str) -> UUID:
    try:
        return UUID(_text(values, name))
    except ValueError as error:
        message = f"{name} is not a UUID"
        raise InvalidEnvelope(message) from error


def _version(values: dict[str, Any]) -> int:
    value = values.get("aggregateversion")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        message = "aggregateversion is not a positive integer"
        raise InvalidEnvelope(message)
    return value


def _time(values: dict[str, Any]) -> datetime:
    try:
        value = datetime.fromisoformat(_text(values, "time"))
    except ValueError as error:
        message = "time is not an ISO 8601 instant"
        raise InvalidEnvelope(message) from error
    if value.tzinfo is None:
        message = "time has no offset"
        raise InvalidEnvelope(message)
    return value

"""Dead letters: what is kept of a delivery that could not be handled, and of the reason: nothing personal."""

from __future__ import annotations

import hashlib
import json
import traceback
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from chassis import inbox
from chassis.errors import DomainError
from chassis.ids import new_id
from chassis.inbox import Delivery
from chassis.telemetry import mask


def describe(error: BaseException) -> str:
    """The class of the error and the code of a refusal: its own text may quote personal data."""
    name = type(error).__name__
    return f"{name}: {error.code}" if isinstance(error, DomainError) else name


def stack_hash(error: BaseException | None) -> str:
    """16 hexadecimal digits that are the same for the same place in the code."""
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    places = "|".join(f"{frame.filename}:{frame.name}:{frame.lineno}" for frame in frames)
    return hashlib.sha256(places.encode()).hexdigest()[:16]


def bury(
    connection: Connection, delivery: Delivery, error: str, stack: str, *, attempts: int, event_id: UUID | None = None
) -> None:
    """Store ``delivery`` as a dead letter; once, however often it is delivered while it lies there."""
    headers = json.dumps(delivery.headers, default=_plain, sort_keys=True).replace("\\u0000", "\\ufffd")
    fingerprint = inbox.digest(headers_without_counts(delivery.headers).encode() + b"\0" + delivery.body)
    connection.exec_driver_sql(
        "INSERT INTO dead_letter (id, event_id, type, sender, fingerprint, body, headers, error, stack_hash, attempts)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (fingerprint) WHERE settled_at IS NULL DO NOTHING",
        (
            new_id(),
            event_id,
            _clean(delivery.routing_key),
            _clean(delivery.sender),
            fingerprint,
            delivery.body,
            headers,
            mask(error)[:500],
            stack,
            attempts,
        ),
    )


def headers_without_counts(headers: dict[str, Any]) -> str:
    """The headers as text, without what the broker changes from delivery to delivery."""
    kept = {name: value for name, value in headers.items() if not name.startswith("x-")}
    return json.dumps(kept, default=_plain, sort_keys=True)


def _plain(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _clean(text: str | None) -> str | None:
    return None if text is None else text.replace("\0", "\ufffd")[:255]

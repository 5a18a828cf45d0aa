"""The events that are sent, and waiting for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg

from chassis.ids import new_id, utcnow
from chassis.messaging import Message
from contracts.envelope import Envelope
from contracts.event import Event, encode
from contracts.metering import ReadingSource, ReadingSubmittedV1
from contracts.org_registry import AccountLinkedV1

CORRELATION = "a" * 32
TRACEPARENT = f"00-{CORRELATION}-{'b' * 16}-01"
PRODUCER, SUBSCRIBER = "org-registry", "metering"
"""Of ``account.linked``, whose handler notes one row: who owns the customer number."""
OTHERS = tuple(name for name in AccountLinkedV1.spec.consumers if name != SUBSCRIBER)
POISON = "poison"
"""Customer number of an event whose handler fails."""


class NotInTime(Exception):
    """Something did not happen."""


def reading() -> ReadingSubmittedV1:
    """An event with one consumer, so that the broker does as little as it can."""
    return ReadingSubmittedV1(
        reading_id=new_id(),
        account_id=new_id(),
        customer_number="10012345",
        facility_id="735999100000000001",
        meter_number="V123456",
        value_m3=1234,
        read_on=utcnow().date(),
        previous_value_m3=1200,
        previous_read_on=utcnow().date(),
        use_m3=34,
        rolled_over=False,
        source=ReadingSource.CUSTOMER,
        submitted_at=utcnow(),
    )


def linked(number: int | str) -> AccountLinkedV1:
    """A customer number has got its account."""
    return AccountLinkedV1(account_id=new_id(), customer_number=str(number))


def message(event: Event, subject: Any) -> Message:
    """``event`` as the relay publishes it."""
    spec = type(event).spec
    envelope = Envelope(
        id=new_id(),
        source=spec.producer,
        type=spec.type,
        subject=subject,
        version=1,
        time=utcnow(),
        correlation_id=CORRELATION,
        traceparent=TRACEPARENT,
    )
    return Message(spec.type, str(envelope.id), envelope.headers(), encode(event))


def until(connection: psycopg.Connection[Any], question: str, *, timeout: float = 120, every: float = 0.1) -> None:
    """Return once the database answers ``question`` with true. It is asked rarely: asking costs, too."""
    wait(lambda: bool(connection.execute(question).fetchone()[0]), timeout, every, question)  # type: ignore[index]


def wait(condition: Callable[[], bool], timeout: float = 60, every: float = 0.01, what: str = "") -> None:
    """Return once ``condition`` holds; raises ``NotInTime``."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise NotInTime(what or getattr(condition, "__name__", ""))
        time.sleep(every)

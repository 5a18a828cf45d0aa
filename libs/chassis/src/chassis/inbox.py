"""The inbox: which events this service has applied, and how often it has tried.

An event's row is written in the transaction of its effect, so a second delivery finds it and does nothing.
Every function takes a whole batch and costs one statement.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

RETENTION = timedelta(days=30)
"""Longer than the outbox keeps its rows: a replay of everything there is must find every id here."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the inbox remembers of an event."""

    event_id: UUID
    source: str
    type: str
    digest: bytes


@dataclass(slots=True, kw_only=True)
class Delivery:
    """A message as the broker handed it over; nothing in it has been checked."""

    tag: int
    """What the acknowledgement names; 0 for one that comes from the dead letters."""
    body: bytes
    headers: dict[str, Any]
    routing_key: str
    sender: str | None
    """``user_id``: set by the publisher, and let through by the broker only if it is true."""
    redelivered: bool
    """Somebody was given it before and did not acknowledge it: perhaps it kills processes."""


def digest(body: bytes) -> bytes:
    """16 bytes that tell two bodies apart."""
    return hashlib.blake2b(body, digest_size=16).digest()


def admit(connection: Connection, arrivals: Sequence[Arrival]) -> set[UUID]:
    """Write down ``arrivals``; returns the ids that were not known before."""
    rows = connection.exec_driver_sql(
        "INSERT INTO inbox (event_id, source, type, digest)"
        " SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bytea[])"
        " ON CONFLICT (event_id) DO NOTHING RETURNING event_id",
        (
            [arrival.event_id for arrival in arrivals],
            [arrival.source for arrival in arrivals],
            [arrival.type for arrival in arrivals],
            [arrival.digest for arrival in arrivals],
        ),
    )
    return {row[0] for row in rows}


def digests(connection: Connection, event_ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """The stored digests of known events, to see whether a known id came with another body."""
    rows = connection.exec_driver_sql("SELECT event_id, digest FROM inbox WHERE event_id = ANY(%s)", (list(event_ids),))
    return {row[0]: bytes(row[1]) for row in rows}


def last_versions(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Lock and return the last applied version per (source, subject); 0 for a new one.

    The upsert takes the row locks, also of subjects nobody has seen before, so that two consumers of one
    queue cannot both take an old version for the newest. Sorted keys keep them from a deadlock.
    """
    ordered = sorted(set(keys))
    rows = connection.exec_driver_sql(
        "INSERT INTO aggregate_seen AS seen (source, subject, version)"
        " SELECT source, subject, 0 FROM unnest(%s::text[], %s::text[]) AS wanted (source, subject)"
        " ON CONFLICT (source, subject) DO UPDATE SET version = seen.version"
        " RETURNING source, subject, version",
        ([key[0] for key in ordered], [key[1] for key in ordered]),
    )
    return {(row[0], row[1]): row[2] for row in rows}


def advance(connection: Connection, versions: dict[tuple[str, str], int]) -> None:
    """Store the versions that this transaction has applied; the rows are locked by ``last_versions``."""
    connection.exec_driver_sql(
        "UPDATE aggregate_seen SET version = new.version"
        " FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS new (source, subject, version)"
        " WHERE aggregate_seen.source = new.source AND aggregate_seen.subject = new.subject",
        ([key[0] for key in versions], [key[1] for key in versions], list(versions.values())),
    )


def count_attempt(connection: Connection, event_id: UUID) -> int:
    """Count one more attempt, before it is made; returns its number. Commit at once.

    The commit need not reach the disk: it has to survive this process, not the database server.
    """
    connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
    number: int = connection.exec_driver_sql(
        "INSERT INTO inbox_attempt AS tried (event_id) VALUES (%s)"
        " ON CONFLICT (event_id) DO UPDATE SET attempts = tried.attempts + 1, last_at = now()"
        " RETURNING attempts",
        (event_id,),
    ).scalar_one()
    return number


def attempts(connection: Connection, event_id: UUID) -> int:
    """How many attempts at a delivery of this event were counted and came to no end."""
    found: int | None = connection.exec_driver_sql(
        "SELECT attempts FROM inbox_attempt WHERE event_id = %s", (event_id,)
    ).scalar()
    return found or 0


def forget_attempts(connection: Connection, event_id: UUID) -> None:
    """The event is settled: its counter goes."""
    connection.exec_driver_sql("DELETE FROM inbox_attempt WHERE event_id = %s", (event_id,))


def give_back_attempt(connection: Connection, event_id: UUID) -> None:
    """The attempt failed for a passing reason and does not count."""
    connection.exec_driver_sql("UPDATE inbox_attempt SET attempts = attempts - 1 WHERE event_id = %s", (event_id,))

"""The outbox: what a transaction tells the other services, stored with its effect.

Rows are written by one statement just before the commit, and published by ``chassis.relay`` byte for byte
as they stand here. Published rows stay for 14 days (partitions by day, dropped and not deleted): they are
the source of every replay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

CHANNEL = "outbox"
"""LISTEN channel of the relay; channels are per database, so one name serves every service."""

RETENTION = timedelta(days=14)
"""How long published rows are kept; the inbox keeps its ids longer, so that a full replay is harmless."""

OVERDUE = timedelta(seconds=60)
"""An event that has waited so long to be published is somebody's concern."""

# The data-modifying part runs whether or not the outer query reads it. The outer query notifies only while
# the relay says that it sleeps: a NOTIFY takes a global lock at commit and would cost two thirds of the rate.
_WRITE = """
WITH written AS (
    INSERT INTO outbox (id, type, subject, version, body, correlation_id, traceparent)
    SELECT id, type, subject, version, body, correlation_id, traceparent
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bigint[], %s::bytea[], %s::text[], %s::text[])
        WITH ORDINALITY AS new (id, type, subject, version, body, correlation_id, traceparent, place)
    ORDER BY place
)
SELECT pg_notify('outbox', '') FROM relay_state WHERE asleep
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One event on its way out. Its time is the transaction's: the database sets ``created_at``."""

    id: UUID
    type: str
    subject: str
    version: int
    body: bytes
    correlation_id: str | None
    traceparent: str | None


def write(connection: Connection, rows: Sequence[Row]) -> None:
    """Insert ``rows`` in their order and wake the relay if it sleeps: one statement, one round trip."""
    connection.exec_driver_sql(
        _WRITE,
        (
            [row.id for row in rows],
            [row.type for row in rows],
            [row.subject for row in rows],
            [row.version for row in rows],
            [row.body for row in rows],
            [row.correlation_id for row in rows],
            [row.traceparent for row in rows],
        ),
    )


def publish_again(connection: Connection, condition: str, values: tuple[object, ...]) -> int:
    """Mark the published rows under ``condition`` (SQL of the chassis) as unpublished, wake the relay, count them."""
    count = connection.exec_driver_sql(
        f"UPDATE outbox SET published_at = NULL WHERE {condition}",  # noqa: S608 - never from outside
        values,
    ).rowcount
    connection.exec_driver_sql("SELECT pg_notify('outbox', '')")
    return count


def overdue(connection: Connection, age: timedelta = OVERDUE) -> int:
    """How many rows are older than ``age`` and not published."""
    count: int = connection.exec_driver_sql(
        "SELECT count(*) FROM outbox WHERE published_at IS NULL AND created_at < clock_timestamp() - %s::interval",
        (age,),
    ).scalar_one()
    return count

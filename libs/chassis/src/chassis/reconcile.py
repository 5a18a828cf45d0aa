"""Reconciliation: find what never left, and what left and never arrived; replay it.

Each service answers for its own tables alone, and what passes between them are ids, never contents:

- the producer says which events it has published in a span of time (``published``),
- each subscriber of a type says which of those ids neither its inbox nor its dead letters know (``missing``),
- the producer publishes those again (``replay``); whoever has them already ignores them by the inbox.

``reconcile`` joins the three for the operator, who holds the settings of every service (``python -m chassis all
reconcile``, the failure tests). It asks each database as the service that owns it and joins nothing in SQL. The part
that needs no neighbour, "every row older than a minute is published", is a job in each worker (``outbox-overdue``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from chassis import outbox
from chassis.ids import utcnow
from chassis.transaction import Database
from contracts.catalogue import CATALOGUE

CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Published:
    """An event that the broker has confirmed."""

    event_id: UUID
    type: str


@dataclass(slots=True)
class Report:
    """What a reconciliation found: counts per service, never contents."""

    checked: int = 0
    overdue: dict[str, int] = field(default_factory=dict)
    """By producer: rows older than a minute that are not published."""
    missing: dict[tuple[str, str], list[UUID]] = field(default_factory=dict)
    """By (producer, subscriber): events that never arrived."""
    unreachable: list[str] = field(default_factory=list)
    """Subscribers whose tables could not be asked: systems of others."""

    @property
    def clean(self) -> bool:
        """Nothing is overdue and nothing is missing."""
        return not self.overdue and not self.missing


def overdue(database: Database) -> int:
    """How many outbox rows are older than a minute and not published."""
    with database.read() as tx:
        return outbox.overdue(tx.session.connection())


def published(database: Database, since: datetime, until: datetime) -> list[Published]:
    """The producer's half: events made in [since, until) and confirmed by the broker."""
    with database.read() as tx:
        rows = tx.session.connection().exec_driver_sql(
            "SELECT id, type FROM outbox WHERE created_at >= %s AND created_at < %s AND published_at IS NOT NULL",
            (since, until),
        )
        return [Published(row[0], row[1]) for row in rows]


def missing(database: Database, event_ids: Iterable[UUID]) -> list[UUID]:
    """The subscriber's half: which of ``event_ids`` were neither applied nor buried here."""
    ids = list(event_ids)
    lacking: list[UUID] = []
    with database.read() as tx:
        for start in range(0, len(ids), CHUNK):
            rows = tx.session.connection().exec_driver_sql(
                "SELECT wanted.id FROM unnest(%s::uuid[]) AS wanted (id)"
                " WHERE NOT EXISTS (SELECT FROM inbox WHERE event_id = wanted.id)"
                " AND NOT EXISTS (SELECT FROM dead_letter WHERE event_id = wanted.id)",
                (ids[start : start + CHUNK],),
            )
            lacking += [row[0] for row in rows]
    return lacking


def reconcile(
    databases: Mapping[str, Database],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    heal: bool = False,
) -> Report:
    """Compare every producer with its subscribers; with ``heal``, replay what is missing.

    Args:
        databases: by service name; a subscriber that is not in it is reported as unreachable.
        since: 24 hours ago unless given.
        until: a minute ago unless given, so that what is on its way does not count.
        heal: publish again what is missing.


    """
    until = until or utcnow() - outbox.OVERDUE
    since = since or until - timedelta(hours=24)
    report = Report()
    for producer, database in databases.items():
        if late := overdue(database):
            report.overdue[producer] = late
        events = published(database, since, until)
        report.checked += len(events)
        lost: set[UUID] = set()
        subscribers = sorted({name for event in events for name in _subscribers(event.type)})
        for subscriber in subscribers:
            if subscriber not in databases:
                if subscriber not in report.unreachable:
                    report.unreachable.append(subscriber)
                continue
            wanted = [event.event_id for event in events if subscriber in _subscribers(event.type)]
            if lacking := missing(databases[subscriber], wanted):
                report.missing[producer, subscriber] = lacking
                lost.update(lacking)
        if heal and lost:
            replay(database, event_ids=lost)
    return report


def _subscribers(type_: str) -> tuple[str, ...]:
    return CATALOGUE[type_].consumers if type_ in CATALOGUE else ()


def replay(
    database: Database,
    *,
    event_ids: Iterable[UUID] | None = None,
    since: datetime | None = None,
    event_type: str | None = None,
    dry_run: bool = False,
) -> int:
    """Have events published again, byte for byte, in their order; returns how many. Safe to repeat.

    All conditions that are given must hold; at least one is needed (``ValueError``).
    """
    conditions, values = ["published_at IS NOT NULL"], list[object]()
    given: list[tuple[str, object, Callable[[], object]]] = [
        ("id = ANY (%s::uuid[])", event_ids, lambda: list(event_ids or ())),
        ("created_at >= %s", since, lambda: since),
        ("type = %s", event_type, lambda: event_type),
    ]
    for condition, value, bind in given:
        if value is not None:
            conditions.append(condition)
            values.append(bind())
    if not values:
        message = "say which events: by id, by time or by type"
        raise ValueError(message)
    where = " AND ".join(conditions)
    with database.transaction() as tx:
        connection = tx.session.connection()
        if dry_run:
            counted: int = connection.exec_driver_sql(
                f"SELECT count(*) FROM outbox WHERE {where}",  # noqa: S608 - the conditions above
                tuple(values),
            ).scalar_one()
            return counted
        return outbox.publish_again(connection, where, tuple(values))

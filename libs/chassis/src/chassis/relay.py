"""The relay: publishes what stands in the outbox, in order, and marks a row only when the broker has confirmed it.

One relay works per service: it holds a session lock in the database, another one stands by. It reads all rows that
are not published (never "after the last id": numbers are taken before the commit, so a late one would be lost), except
those in the air. While one batch is on its way the next is read and the one before is marked. It is woken by NOTIFY,
asks for that only while it sleeps, and looks once a second in any case.

A crash anywhere gives duplicates, which the inboxes remove, and never a loss. Everything is published ``mandatory``.
The exchange has an alternate, so a message that no queue wants lands in ``minasidor.unrouted`` and counts as published
(its event has no subscriber today; a replay can send it later); where a broker has no alternate exchange the message
comes back, stays unpublished, and is tried again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from prometheus_client import Counter

from chassis.db import connect
from chassis.faultpoints import faultpoint
from chassis.messaging import CONFIRMED, BrokerDown, Flight, Message, Publisher, Waits
from chassis.outbox import CHANNEL
from chassis.settings import Settings
from chassis.telemetry import logger
from contracts.catalogue import EXCHANGE
from contracts.envelope import Envelope

log = logger(__name__)

LOCK_KEY = 0x72656C6179
"""Advisory lock of the active relay, per database."""
BATCH = 500
IN_THE_AIR = 3
"""Batches under way: while one is marked and the next one read, the broker still has two to work on."""
BUSY = 50
"""A read that finds so many rows shows a load under which nobody should have to notify."""
POLL_SECONDS = 1.0
STANDBY_SECONDS = 1.0
LOOKS = (0.0, 0.002, 0.005, 0.02, 0.1, POLL_SECONDS)
"""Waits after falling asleep: a commit that did not see the flag in time becomes visible in this time."""
REFUSED_SECONDS = 5.0
REFUSED_LIMIT = 10_000

PUBLISHED = Counter("minasidor_events_published_total", "Events that the broker has confirmed")
REFUSED = Counter("minasidor_events_refused_total", "Publishings that the broker refused or returned")

# A mark that is lost with the server gives a duplicate, no more. A table that fills and empties has statistics that
# are always wrong: left alone, PostgreSQL sorts the whole backlog for each batch instead of walking the index.
_SESSION = """
SET synchronous_commit = off; SET jit = off;
SET enable_sort = off; SET enable_seqscan = off; SET enable_bitmapscan = off
"""
_FETCH = """
SELECT seq, created_at, id, type, subject, version, body, correlation_id, traceparent
FROM outbox WHERE published_at IS NULL AND seq <> ALL (%s::bigint[])
ORDER BY seq LIMIT %s
"""
# The days bound the partitions that are looked at.
_MARK = """
UPDATE outbox SET published_at = clock_timestamp()
WHERE seq = ANY (%s::bigint[]) AND created_at BETWEEN %s AND %s AND published_at IS NULL
"""


@dataclass(slots=True, eq=False)
class Batch:
    """Rows of one read on their way."""

    seqs: list[int]
    times: list[datetime]
    types: list[str]
    flight: Flight


class Relay:
    """The relay of one service, in the thread that calls ``run``."""

    stuck_after = 60.0

    def __init__(self, settings: Settings, *, batch: int = BATCH) -> None:
        self._settings = settings
        self._batch = batch
        self._stop = threading.Event()
        self._asleep: bool | None = None
        self._refused: dict[int, float] = {}
        self.state = "starting"
        """``starting``, ``standby``, ``active`` or ``waiting`` (for broker or database)."""
        self.last_progress = time.monotonic()

    def stop(self) -> None:
        """End ``run`` once the batches under way are confirmed and marked."""
        self._stop.set()

    def run(self) -> None:
        """Work until ``stop``; connects again for as long as it takes."""
        waits = Waits()
        while not self._stop.is_set():
            waits.begin()
            try:
                with connect(self._settings, "relay", autocommit=True) as connection:
                    if not self._stand_by(connection):
                        return
                    with self._publisher() as publisher:
                        self._work(connection, publisher)
            except (BrokerDown, psycopg.OperationalError, psycopg.InterfaceError) as error:
                self.state = "waiting"
                wait = waits.next()
                log.warning("relay-waits", error=type(error).__name__, reason=_reason(error), seconds=round(wait, 2))
                self._progress()
                self._stop.wait(wait)

    def _publisher(self) -> Publisher:
        return Publisher(self._settings.amqp_url, EXCHANGE, name=f"{self._settings.service} relay")

    def _progress(self) -> None:
        self.last_progress = time.monotonic()

    def _stand_by(self, connection: psycopg.Connection[Any]) -> bool:
        """Wait for the lock; False where ``stop`` came first."""
        while not self._stop.is_set():
            self._progress()
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK_KEY,)).fetchone()
            if row is not None and row[0]:
                return True
            self.state = "standby"
            self._stop.wait(STANDBY_SECONDS)
        return False

    def _work(self, connection: psycopg.Connection[Any], publisher: Publisher) -> None:
        connection.execute(_SESSION)
        connection.execute(f"LISTEN {CHANNEL}")
        self.state, self._asleep = "active", None
        self._refused.clear()
        log.info("relay-active")
        air: deque[Batch] = deque()
        looks = 0
        while not self._stop.is_set():
            self._progress()
            if len(air) < IN_THE_AIR:
                batch = self._next(connection, publisher, air)
                if batch is not None:
                    air.append(batch)
                    looks = 0
                    continue
            if air:
                self._land(connection, publisher, air.popleft())
            else:
                publisher.check()
                looks = self._sleep(connection, looks)
        while air:
            self._land(connection, publisher, air.popleft())

    def _next(self, connection: psycopg.Connection[Any], publisher: Publisher, air: deque[Batch]) -> Batch | None:
        excluded = [seq for batch in air for seq in batch.seqs]
        if self._refused:
            now = time.monotonic()
            self._refused = {seq: until for seq, until in self._refused.items() if until > now}
            excluded += self._refused
        rows = connection.execute(_FETCH, (excluded, self._batch), binary=True, prepare=True).fetchall()
        if len(rows) >= BUSY and self._asleep is not False:
            self._say(connection, asleep=False)
        if not rows:
            return None
        faultpoint("relay.before_publish")
        source = self._settings.service
        flight = publisher.submit([_message(source, row) for row in rows])
        faultpoint("relay.after_publish")
        return Batch([row[0] for row in rows], [row[1] for row in rows], [row[3] for row in rows], flight)

    def _land(self, connection: psycopg.Connection[Any], publisher: Publisher, batch: Batch) -> None:
        states = publisher.wait(batch.flight)
        faultpoint("relay.after_confirm")
        confirmed = [seq for seq, state in zip(batch.seqs, states, strict=True) if state == CONFIRMED]
        if confirmed:
            connection.execute(_MARK, (confirmed, min(batch.times), max(batch.times)), prepare=True)
            PUBLISHED.inc(len(confirmed))
        if len(confirmed) < len(batch.seqs):
            self._postpone(batch, states)

    def _postpone(self, batch: Batch, states: bytearray) -> None:
        # They stay unpublished. For a while they are left out of the reading, so that the others get on.
        refused = [place for place, state in enumerate(states) if state != CONFIRMED]
        REFUSED.inc(len(refused))
        log.error("events-not-taken", count=len(refused), types=sorted({batch.types[place] for place in refused}))
        until = time.monotonic() + REFUSED_SECONDS
        self._refused.update((batch.seqs[place], until) for place in refused)
        if len(self._refused) > REFUSED_LIMIT:
            self._stop.wait(REFUSED_SECONDS)

    def _sleep(self, connection: psycopg.Connection[Any], looks: int) -> int:
        if self._asleep is not True:
            self._say(connection, asleep=True)
            return 0
        wait = LOOKS[min(looks, len(LOOKS) - 1)]
        for _ in connection.notifies(timeout=wait, stop_after=1):
            return 1
        return looks + 1

    def _say(self, connection: psycopg.Connection[Any], *, asleep: bool) -> None:
        """Tell the writers whether they have to notify."""
        connection.execute("UPDATE relay_state SET asleep = %s WHERE asleep <> %s", (asleep, asleep))
        self._asleep = asleep


def _message(source: str, row: tuple[Any, ...]) -> Message:
    _seq, created_at, event_id, type_, subject, version, body, correlation_id, traceparent = row
    envelope = Envelope(
        id=event_id,
        source=source,
        type=type_,
        subject=subject,
        version=version,
        time=created_at,
        correlation_id=correlation_id,
        traceparent=traceparent,
    )
    return Message(type_, str(event_id), envelope.headers(), bytes(body))


def _reason(error: Exception) -> str:
    # Only what the broker's or the database's client says about itself; never a statement or its values.
    return str(error)[:120] if isinstance(error, BrokerDown) else getattr(error, "sqlstate", None) or "connection"

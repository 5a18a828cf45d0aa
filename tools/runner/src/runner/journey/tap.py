"""Listens to every event on the broker, as an operator may, and finds out when each consumer applied it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pika
import psycopg
from pika.exceptions import AMQPError

from contracts.catalogue import CATALOGUE, EXCHANGE
from contracts.envelope import Envelope


@dataclass
class Seen:
    """One event: when it was committed, when it came over the broker, when each consumer had applied it."""

    envelope: Envelope
    arrived: datetime
    applied: dict[str, datetime] = field(default_factory=dict)

    def milliseconds(self, moment: datetime) -> float:
        """From the producer's commit to ``moment``."""
        return (moment - self.envelope.time).total_seconds() * 1000

    def line(self) -> str:
        """For people: type, time to the broker, time to each consumer's effect."""
        hops = [f"broker +{self.milliseconds(self.arrived):.0f} ms"]
        hops += [f"{name} +{self.milliseconds(moment):.0f} ms" for name, moment in sorted(self.applied.items())]
        return f"      {self.envelope.type:<44} {', '.join(hops)}"


NOT_OF_A_STEP = (".activity.recorded.v1", "activity.chain.anchored.v1", "identity.person.named.v1")
"""The log's line for each write, and what jobs tell by the clock: not what a step is about."""


class Tap(threading.Thread):
    """A private queue bound to everything; gone with its connection."""

    def __init__(self, amqp_url: str, databases: Mapping[str, str]) -> None:
        super().__init__(name="tap", daemon=True)
        self._databases = databases
        self._connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
        self._channel = self._connection.channel()
        queue = self._channel.queue_declare("", exclusive=True, auto_delete=True).method.queue
        self._channel.queue_bind(queue, EXCHANGE, "#")
        self._channel.basic_consume(queue, self._take, auto_ack=True)
        self._lock = threading.Lock()
        self._seen: list[Seen] = []
        self._told = 0

    def run(self) -> None:
        """Listen until ``stop``."""
        with contextlib.suppress(AMQPError, OSError):
            self._channel.start_consuming()

    def stop(self) -> None:
        """End it."""
        with contextlib.suppress(AMQPError, OSError):
            self._connection.add_callback_threadsafe(self._connection.close)
        self.join(5)

    def _take(self, _channel: object, _method: object, properties: pika.BasicProperties, _body: bytes) -> None:
        seen = Seen(Envelope.from_headers(properties.headers), datetime.now(UTC))
        if seen.envelope.type.endswith(NOT_OF_A_STEP):
            return
        with self._lock:
            self._seen.append(seen)

    def new(self, timeout: float = 5.0) -> list[Seen]:
        """The events since the last call, once every consumer whose inbox can be read has applied them."""
        deadline = time.monotonic() + timeout
        while True:
            with self._lock:
                fresh = self._seen[self._told :]
            waiting = [seen for seen in fresh if not self._complete(seen)]
            if not waiting or time.monotonic() > deadline:
                self._told += len(fresh)
                return fresh
            self._look(waiting)
            time.sleep(0.02)

    def _complete(self, seen: Seen) -> bool:
        return all(name in seen.applied for name in self._readable(seen))

    def _readable(self, seen: Seen) -> list[str]:
        return [name for name in CATALOGUE[seen.envelope.type].consumers if name in self._databases]

    def _look(self, waiting: list[Seen]) -> None:
        for name in {consumer for seen in waiting for consumer in self._readable(seen)}:
            by_id = {seen.envelope.id: seen for seen in waiting if name in self._readable(seen)}
            with psycopg.connect(self._databases[name], autocommit=True) as connection:
                rows = connection.execute(
                    "SELECT event_id, received_at FROM inbox WHERE event_id = ANY(%s)", (list(by_id),)
                )
                for event_id, received_at in rows:
                    by_id[event_id].applied[name] = received_at

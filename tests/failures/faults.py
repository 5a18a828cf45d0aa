"""What is done to the suite: deaths at named places, events that come three times, messages that nobody can handle."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pika
from pika.exceptions import AMQPError

from chassis.ids import new_id
from contracts.catalogue import CATALOGUE, EXCHANGE
from contracts.envelope import Envelope
from runner.journey.gateway_client import until

REPEATED = "repeated"
"""``app_id`` of a copy, so that the tap does not copy copies."""
NO_HEARTBEAT = 0
PERSISTENT = 2


class Orders:
    """Deaths ordered at fault points (``chassis._faults``); each order kills one process once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._number = 0

    def kill(self, program: str, point: str, times: int = 1) -> None:
        """The next ``times`` processes of ``program`` that get to ``point`` die there."""
        folder = self.folder / program / point
        folder.mkdir(parents=True, exist_ok=True)
        for _ in range(times):
            self._number += 1
            (folder / f"{self._number:04}").touch()

    def left(self) -> list[str]:
        """Orders that nobody has carried out yet."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return sorted(f"{path.parent.parent.name} {path.parent.name}" for path in files)

    def withdraw(self) -> None:
        """No more deaths."""
        for path in self.folder.rglob("*"):
            if path.is_file():
                path.unlink(missing_ok=True)


class Tap(threading.Thread):
    """An operator's ear on the exchange: counts the copies of every event; with ``repeat`` it makes more.

    A copy is published as the producer itself, whose password the operator has: the broker lets nobody else use its
    name, and consumers believe nobody else. One copy follows at once; another is kept until ``late`` is called.
    """

    def __init__(self, suite: Any, *, repeat: bool = False) -> None:
        super().__init__(name="tap", daemon=True)
        self._suite = suite
        self._repeat = repeat
        self._connection = _connect(suite.amqp_url("operator"))
        self._channel = self._connection.channel()
        queue = self._channel.queue_declare("", exclusive=True, auto_delete=True).method.queue
        self._channel.queue_bind(queue, EXCHANGE, "#")
        self._channel.basic_consume(queue, self._take, auto_ack=True)
        self._channels: dict[str, Any] = {}
        self._kept: list[tuple[str, pika.BasicProperties, bytes]] = []
        self.copies: Counter[str] = Counter()
        """Event id -> how often it came over the exchange."""
        self.trouble: list[str] = []

    def run(self) -> None:
        """Listen until ``close``."""
        try:
            self._channel.start_consuming()
        except (AMQPError, OSError) as error:
            self.trouble.append(repr(error))

    def _take(self, _channel: object, method: Any, properties: pika.BasicProperties, body: bytes) -> None:
        self.copies[properties.message_id] += 1
        if self._repeat and properties.app_id != REPEATED:
            properties.app_id = REPEATED
            copy = (method.routing_key, properties, body)
            self._publish(*copy)
            self._kept.append(copy)

    def _publish(self, key: str, properties: pika.BasicProperties, body: bytes) -> None:
        producer = str(properties.user_id)
        if producer not in self._channels:
            self._channels[producer] = _connect(self._suite.amqp_url(producer)).channel()
            self._channels[producer].confirm_delivery()
        self._channels[producer].basic_publish(EXCHANGE, key, body, properties, mandatory=True)

    def late(self) -> int:
        """Publish the kept copies, long after; returns how many."""
        done = threading.Event()
        kept: list[Any] = []

        def publish() -> None:
            kept.extend(self._kept)
            self._kept.clear()
            for copy in kept:
                self._publish(*copy)
            done.set()

        self._connection.add_callback_threadsafe(publish)
        until("the late copies to be published", done.is_set, 60)
        return len(kept)

    def close(self) -> None:
        """Stop listening; the queue goes with the connection."""
        self._connection.add_callback_threadsafe(self._channel.stop_consuming)
        self.join(10)
        for channel in (*self._channels.values(), self._channel):
            if channel.connection.is_open:
                channel.connection.close()

    def twice(self) -> int:
        """How many copies came beyond the first of their event."""
        return sum(count - 1 for count in self.copies.values())


def _connect(url: str) -> pika.BlockingConnection:
    parameters = pika.URLParameters(url)
    parameters.heartbeat = NO_HEARTBEAT
    return pika.BlockingConnection(parameters)


@dataclass(frozen=True)
class Poison:
    """A message that must end as a dead letter, whose error begins with ``reason``."""

    kind: str
    reason: str
    body: bytes
    change: Callable[[Envelope], Envelope] = lambda envelope: envelope
    raw_headers: Mapping[str, Any] | None = None


def publish_poison(suite: Any, type_: str, poison: Poison) -> str:
    """Publish ``poison`` on the routing key of ``type_`` as that event's producer; returns the event id."""
    envelope = poison.change(
        Envelope(
            id=new_id(),
            source=CATALOGUE[type_].producer,
            type=type_,
            subject=f"poison-{new_id().hex}",
            version=1,
            time=datetime.now(UTC),
        )
    )
    connection = _connect(suite.amqp_url(CATALOGUE[type_].producer))
    try:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish(
            EXCHANGE,
            type_,
            poison.body,
            pika.BasicProperties(
                content_type="application/json",
                delivery_mode=PERSISTENT,
                message_id=str(envelope.id),
                user_id=CATALOGUE[type_].producer,
                headers=envelope.headers() if poison.raw_headers is None else dict(poison.raw_headers),
            ),
            mandatory=True,
        )
    finally:
        connection.close()
    return str(envelope.id)


def as_type(type_: str) -> Callable[[Envelope], Envelope]:
    """Say in the headers that it is of this type."""
    return lambda envelope: replace(envelope, type=type_)

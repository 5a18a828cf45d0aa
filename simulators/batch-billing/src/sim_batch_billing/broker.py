"""The AMQP side: publish with confirms, drain the queue as a batch. What a Java or .NET system would do too.

Everything it needs to know stands in the AsyncAPI document; nothing of the suite's own code is used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pika
from pika.exceptions import AMQPError

from sim_batch_billing.ledger import Ledger

EXCHANGE = "minasidor.events"
QUEUE = "batch-billing"
PREFIX = "cloudEvents:"
PERSISTENT = 2


@dataclass(frozen=True)
class Incoming:
    """One event as it came."""

    id: str
    type: str
    version: int
    body: bytes


class BrokerDown(Exception):
    """The broker cannot be reached now; nothing is lost, try again later."""


class Broker:
    """Connects for each piece of work, as a batch job does."""

    def __init__(self, url: str, ledger: Ledger) -> None:
        self._parameters = pika.URLParameters(url)
        self._parameters.heartbeat = 30
        self._parameters.blocked_connection_timeout = 10
        self._parameters.socket_timeout = 5
        self._ledger = ledger
        self._sending = threading.Lock()

    def send(self) -> int:
        """Publish what is to be sent; returns how many. A repeated event has the same id, so receivers ignore it."""
        with self._sending:
            rows = self._ledger.outgoing()
            if not rows:
                return 0
            try:
                connection = pika.BlockingConnection(self._parameters)
                try:
                    channel = connection.channel()
                    channel.confirm_delivery()
                    for row in rows:
                        channel.basic_publish(
                            EXCHANGE, row["type"], row["body"].encode(), self._properties(row), mandatory=True
                        )
                        self._ledger.sent(row["seq"])
                finally:
                    if connection.is_open:
                        connection.close()
            except (AMQPError, OSError) as error:
                raise BrokerDown(type(error).__name__) from error
            return len(rows)

    def _properties(self, row: Any) -> pika.BasicProperties:
        attributes = {
            "specversion": "1.0",
            "id": row["id"],
            "source": QUEUE,
            "type": row["type"],
            "subject": row["subject"],
            "aggregateversion": row["version"],
            "time": row["time"],
            "dataschema": f"urn:minasidor:event:{row['type']}",
        }
        return pika.BasicProperties(
            content_type="application/json",
            delivery_mode=PERSISTENT,
            message_id=row["id"],
            type=row["type"],
            user_id=self._parameters.credentials.username,
            headers={PREFIX + name: value for name, value in attributes.items()},
        )

    def drain(self, work: Callable[[list[Incoming]], None]) -> int:
        """Take everything that waits, let ``work`` book it, and acknowledge only after that."""
        try:
            connection = pika.BlockingConnection(self._parameters)
            try:
                channel = connection.channel()
                batch, last_tag = [], 0
                while True:
                    method, properties, body = channel.basic_get(QUEUE)
                    if method is None:
                        break
                    last_tag = method.delivery_tag
                    headers = properties.headers or {}
                    batch.append(
                        Incoming(
                            id=str(headers.get(f"{PREFIX}id")),
                            type=str(headers.get(f"{PREFIX}type")),
                            version=int(headers.get(f"{PREFIX}aggregateversion") or 0),
                            body=body,
                        )
                    )
                if batch:
                    work(batch)
                    channel.basic_ack(last_tag, multiple=True)
                return len(batch)
            finally:
                if connection.is_open:
                    connection.close()
        except (AMQPError, OSError) as error:
            raise BrokerDown(type(error).__name__) from error


class Sender(threading.Thread):
    """Sends soon after something was booked, and goes on trying while the broker is down."""

    def __init__(self, broker: Broker) -> None:
        super().__init__(name="sender", daemon=True)
        self._broker = broker
        self._wake = threading.Event()

    def wake(self) -> None:
        """There is something to send."""
        self._wake.set()

    def run(self) -> None:
        """Send when woken, and every second as a net."""
        while True:
            self._wake.wait(1.0)
            self._wake.clear()
            try:
                while self._broker.send():
                    pass
            except BrokerDown:
                continue

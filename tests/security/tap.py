"""An operator's ear on the exchange that keeps what was said, to be searched afterwards."""

from __future__ import annotations

import contextlib
import threading

import pika
from pika.exceptions import AMQPError
from tests.conftest import Suite

from contracts import rabbitmq
from contracts.catalogue import EXCHANGE


class Tap(threading.Thread):
    """Keeps headers and body of every event. Comes back by itself after the broker was stopped."""

    def __init__(self, suite: Suite) -> None:
        super().__init__(name="security-tap", daemon=True)
        self._url = suite.amqp_url(rabbitmq.OPERATOR)
        self._ended = threading.Event()
        self._connection: pika.BlockingConnection | None = None
        self.heard: list[tuple[str, bytes]] = []
        """Routing key, and headers with body."""

    def run(self) -> None:
        """Listen until ``stop``."""
        while not self._ended.is_set():
            with contextlib.suppress(AMQPError, OSError):
                self._listen()
            self._ended.wait(0.2)

    def _listen(self) -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(self._url))
        channel = self._connection.channel()
        queue = channel.queue_declare("", exclusive=True, auto_delete=True).method.queue
        channel.queue_bind(queue, EXCHANGE, "#")
        for method, properties, body in channel.consume(queue, auto_ack=True, inactivity_timeout=0.2):
            if self._ended.is_set():
                break
            if method is not None:
                said = f"{method.routing_key} {properties.headers} {properties.message_id}".encode() + body
                self.heard.append((method.routing_key, said))
        self._connection.close()

    def stop(self) -> None:
        """End it."""
        self._ended.set()
        self.join(5)

"""Receiving: what has arrived as one batch, settled by one acknowledgement."""

from __future__ import annotations

import functools
import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

from pika.spec import BasicProperties

from chassis.inbox import Delivery
from chassis.messaging.connection import HEARTBEAT_SECONDS, BrokerDown, Connection


class Receiver(Connection):
    """Takes deliveries from one queue, at most ``prefetch`` unacknowledged."""

    def __init__(self, url: str, queue: str, *, prefetch: int, name: str, heartbeat: int = HEARTBEAT_SECONDS) -> None:
        super().__init__(url, name, heartbeat)
        self._queue = queue
        self._prefetch = prefetch
        self._arrived: deque[Delivery] = deque()
        self._something = threading.Event()
        self._held: set[int] = set()
        self._tag = ""

    def _prepare(self, channel: Any) -> None:
        channel.add_on_cancel_callback(lambda _frame: self._on_channel_lost(channel, BrokerDown("queue deleted")))
        channel.basic_qos(prefetch_count=self._prefetch, callback=self._subscribe)

    def _subscribe(self, _frame: Any) -> None:
        self._tag = self._channel.basic_consume(self._queue, self._on_message, callback=lambda _frame: self._open.set())

    def receive(self, timeout: float, limit: int) -> list[Delivery]:
        """Return what has arrived, at most ``limit``; wait up to ``timeout`` seconds for the first, never for more."""
        if not self._arrived:
            self.check()
            self._something.wait(timeout)
        self._something.clear()
        self.check()
        return [self._arrived.popleft() for _ in range(min(limit, len(self._arrived)))]

    def has_more(self) -> bool:
        """Whether something has arrived that was not received yet."""
        return bool(self._arrived)

    def hold(self, delivery: Delivery) -> None:
        """Leave ``delivery`` unacknowledged while later ones are settled."""
        self._held.add(delivery.tag)

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge ``deliveries``: with all earlier ones in one frame, unless one of those is held."""
        self.check()
        tags = [delivery.tag for delivery in deliveries]
        self._held.difference_update(tags)
        if self._held and min(self._held) < tags[-1]:
            self._call(functools.partial(self._acknowledge, tags, multiple=False))
        else:
            self._call(functools.partial(self._acknowledge, tags[-1:], multiple=True))

    def _acknowledge(self, tags: Sequence[int], *, multiple: bool) -> None:
        for tag in tags if self._lost is None else ():
            self._channel.basic_ack(tag, multiple=multiple)

    def cancel(self) -> None:
        """Ask the broker to send nothing more; what has arrived can still be received and settled."""

        def cancel() -> None:
            if self._lost is None:
                self._channel.basic_cancel(self._tag)

        self._call(cancel)

    def _on_message(self, _channel: Any, method: Any, properties: BasicProperties, body: bytes) -> None:
        headers = properties.headers or {}
        self._arrived.append(
            Delivery(
                tag=method.delivery_tag,
                body=body,
                headers=headers,
                routing_key=method.routing_key,
                sender=properties.user_id,
                redelivered=method.redelivered or "x-delivery-count" in headers,
            )
        )
        if not self._something.is_set():
            self._something.set()

    def _on_end(self) -> None:
        self._something.set()

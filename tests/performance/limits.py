"""The limit of a consumer: what pika and PostgreSQL do when nobody is in between."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pika
import psycopg

BATCH = 500
INBOX = """
INSERT INTO inbox (event_id, source, type, digest)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bytea[]) ON CONFLICT DO NOTHING
"""
EFFECT = """
INSERT INTO account_link AS known (customer_number, account_id, version)
SELECT * FROM unnest(%s::text[], %s::uuid[], %s::bigint[])
ON CONFLICT (customer_number) DO UPDATE SET account_id = excluded.account_id, version = excluded.version
WHERE known.version < excluded.version
"""
ID, SOURCE, TYPE, VERSION = (f"cloudEvents:{name}" for name in ("id", "source", "type", "aggregateversion"))
DIGEST = b"x" * 16


class RawConsumer:
    """Takes what has arrived, at most ``batch`` at once; nothing is checked, nothing retried."""

    def __init__(self, amqp_url: str, queue: str, database: psycopg.Connection[Any], batch: int = BATCH) -> None:
        self._queue = queue
        self._database = database
        self._batch = batch
        self._got: list[tuple[int, dict[str, Any], bytes]] = []
        self._channel: Any = None
        self.on_ready: Callable[[], None] = lambda: None
        self.after_commit: Callable[[list[dict[str, Any]]], None] = lambda _heads: None
        self._connection = pika.SelectConnection(
            pika.URLParameters(amqp_url),
            on_open_callback=lambda opened: opened.channel(on_open_callback=self._on_channel),
            on_close_callback=lambda closed, _error: closed.ioloop.stop(),
        )

    def run(self) -> None:
        """Work until ``stop``."""
        self._connection.ioloop.start()

    def stop(self) -> None:
        """From another thread."""
        self._connection.ioloop.add_callback_threadsafe(self._connection.close)

    def _on_channel(self, channel: Any) -> None:
        self._channel = channel
        channel.basic_qos(prefetch_count=2 * self._batch, callback=self._subscribe)

    def _subscribe(self, _frame: Any) -> None:
        self._channel.basic_consume(self._queue, self._on_message, callback=lambda _frame: self.on_ready())

    def _on_message(self, _channel: Any, method: Any, properties: Any, body: bytes) -> None:
        self._got.append((method.delivery_tag, properties.headers, body))
        if len(self._got) >= self._batch:
            self._take_all()
        elif len(self._got) == 1:
            self._connection.ioloop.call_later(0.002, self._take_all)

    def _take_all(self) -> None:
        if not self._got:
            return
        got, self._got = self._got, []
        heads = [headers for _, headers, _ in got]
        facts = [json.loads(body) for _, _, body in got]
        self._database.execute(
            INBOX,
            (
                [head[ID] for head in heads],
                [head[SOURCE] for head in heads],
                [head[TYPE] for head in heads],
                [DIGEST] * len(got),
            ),
        )
        self._database.execute(
            EFFECT,
            (
                [fact["customer_number"] for fact in facts],
                [fact["account_id"] for fact in facts],
                [head[VERSION] for head in heads],
            ),
        )
        self._database.commit()
        self.after_commit(heads)
        self._channel.basic_ack(got[-1][0], multiple=True)

"""kombu over py-amqp, as one would use it: a callback, an inbox row, the effect, a commit, an acknowledgement."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from bench import children
from bench.children import Line
from bench.limits import DIGEST, EFFECT, ID, INBOX, SOURCE, TYPE, VERSION

WHAT = "kombu, one commit per message"
OWN_QUEUE = False
PROCESSES = 1
PREFETCH = 100


@contextmanager
def running(told: dict[str, Any], _servers: Any) -> Iterator[None]:
    """One process that takes the service's queue."""
    with children.start("peers.with_kombu:consume", told=told):
        yield


def consume(line: Line, told: dict[str, Any]) -> None:
    """In the child."""
    import json

    from kombu import Connection, Consumer, Queue

    database = psycopg.connect(told["database_url"])

    def on_message(body: bytes | str, message: Any) -> None:
        head = message.headers
        fact = json.loads(body)
        database.execute(INBOX, ([head[ID]], [head[SOURCE]], [head[TYPE]], [DIGEST]))
        database.execute(EFFECT, ([fact["customer_number"]], [fact["account_id"]], [head[VERSION]]))
        database.commit()
        message.ack()

    gone = threading.Event()
    threading.Thread(target=lambda: (line.hear(), gone.set()), daemon=True).start()
    with (
        Connection(told["amqp_url"]) as connection,
        Consumer(
            connection,
            queues=[Queue(told["service"], no_declare=True)],
            on_message=lambda message: on_message(message.body, message),
            prefetch_count=PREFETCH,
        ),
    ):
        while not gone.is_set():
            try:
                connection.drain_events(timeout=0.5)
            except TimeoutError:
                continue
    database.close()

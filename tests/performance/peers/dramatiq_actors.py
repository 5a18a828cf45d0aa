"""What dramatiq's own processes import. Nothing of ours is here but two statements."""

from __future__ import annotations

import json
import os
import threading
from typing import Any

import dramatiq
import psycopg
from dramatiq.brokers.rabbitmq import RabbitmqBroker

INBOX = "INSERT INTO inbox (event_id, source, type, digest) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
EFFECT = """
INSERT INTO account_link AS known (customer_number, account_id, version) VALUES (%s, %s, %s)
ON CONFLICT (customer_number) DO UPDATE SET account_id = excluded.account_id, version = excluded.version
WHERE known.version < excluded.version
"""
_of_thread = threading.local()

dramatiq.set_broker(RabbitmqBroker(url=os.environ["BENCH_AMQP_URL"]))


@dramatiq.actor
def handle(head: dict[str, Any], body: str) -> None:
    """One message, one transaction."""
    database = getattr(_of_thread, "database", None)
    if database is None:
        database = _of_thread.database = psycopg.connect(os.environ["BENCH_DATABASE_URL"])
    fact = json.loads(body)
    values = [head[f"cloudEvents:{name}"] for name in ("id", "source", "type")]
    database.execute(INBOX, (*values, b"x" * 16))
    version = head["cloudEvents:aggregateversion"]
    database.execute(EFFECT, (fact["customer_number"], fact["account_id"], version))
    database.commit()


def send(facts: list[list[Any]]) -> None:
    """Fill its queue."""
    for head, body in facts:
        handle.send(head, body)
    dramatiq.get_broker().close()

"""Relay: rows of the outbox per second, against pika alone with no database behind it."""

from __future__ import annotations

import threading
import time
from typing import Any

import pika
from bench import children
from bench.children import Line
from bench.load import CORRELATION, TRACEPARENT, message, reading, until
from bench.servers import Servers
from bench.table import Goal, Row

from chassis.ids import new_id
from chassis.messaging.connection import user_of
from chassis.relay import Relay
from chassis.settings import Settings
from contracts.catalogue import EXCHANGE
from contracts.event import encode
from contracts.metering import ReadingSubmittedV1

SERVICE, QUEUE = "metering", "batch-billing"
WINDOW = 1000
WARM = 1000
"""The first confirms do not count: connections are made and caches filled."""
FILL = """
INSERT INTO outbox (id, type, subject, version, body, correlation_id, traceparent)
SELECT gen_random_uuid(), %s, gen_random_uuid()::text, 1, %s, %s, %s FROM generate_series(1, %s)
"""
RATE = """
WITH marked AS (SELECT published_at AS at, count(*) AS rows FROM outbox GROUP BY 1)
SELECT (sum(rows) - (SELECT rows FROM marked ORDER BY at LIMIT 1)) / extract(epoch FROM max(at) - min(at)) FROM marked
"""
"""From the first batch that was marked to the last, by the database's clock."""


def measure(servers: Servers, rounds: int, events: int) -> list[Row]:
    """Rows per second from a backlog; both sides publish the same messages to the same queue."""
    same = Row("relay, outbox to broker", "pika SelectConnection, no database", "rows/s", Goal(at_least=0.75))
    bare = Row("relay, outbox to broker", "the same, messages without headers", "rows/s")
    for _ in range(rounds):
        alone = _alone(servers, events, headers=True)
        ours = _ours(servers, events)
        without = _alone(servers, events, headers=False)
        same.add(ours, alone)
        bare.add(ours, without)
    return [same, bare]


def _alone(servers: Servers, events: int, *, headers: bool) -> float:
    with children.start("relay:alone", url=servers.amqp_url(SERVICE), events=events, headers=headers) as child:
        rate = float(child.hear()["rate"])
    servers.purge(QUEUE)
    return rate


def _ours(servers: Servers, events: int) -> float:
    with servers.database(SERVICE) as connection:
        body = encode(reading())
        connection.execute(FILL, (ReadingSubmittedV1.spec.type, body, CORRELATION, TRACEPARENT, events))
        connection.execute("ANALYZE outbox")
        with children.start("relay:ours", told=servers.told(SERVICE)) as child:
            child.hear()
            until(connection, "SELECT NOT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)")
        row = connection.execute(RATE).fetchone()
    servers.purge(QUEUE)
    servers.clear(SERVICE, "outbox")
    assert row is not None
    return float(row[0])


def ours(line: Line, told: dict[str, Any], every: float = 0.0) -> None:
    """The relay of a service; with ``every`` one that is never woken and looks so often (seconds)."""
    relay = Polling(Settings(**told), every) if every else Relay(Settings(**told))
    thread = threading.Thread(target=relay.run)
    thread.start()
    while relay.state != "active":
        time.sleep(0.002)
    line.say(active=True)
    line.hear()
    relay.stop()
    thread.join()


class Polling(Relay):
    """What a relay is without LISTEN and NOTIFY."""

    def __init__(self, settings: Settings, every: float) -> None:
        super().__init__(settings)
        self._every = every

    def _sleep(self, connection: Any, looks: int) -> int:
        self._stop.wait(self._every)
        return looks

    def _say(self, connection: Any, *, asleep: bool) -> None:
        connection.execute("UPDATE relay_state SET asleep = false WHERE asleep")
        self._asleep = asleep


def alone(line: Line, url: str, events: int, *, headers: bool) -> None:
    """Nothing but publishing, 1000 in flight, and counting confirms."""
    made = [message(reading(), new_id()) for _ in range(events)]
    user = user_of(url)
    sent = confirmed = 0
    begun = ended = 0.0
    channel: Any = None

    def fill() -> None:
        nonlocal sent
        while sent < events and sent - confirmed < WINDOW:
            one = made[sent]
            properties = pika.BasicProperties(
                content_type="application/json",
                delivery_mode=2,
                message_id=one.message_id,
                user_id=user,
                headers=one.headers if headers else None,
            )
            channel.basic_publish(EXCHANGE, one.routing_key, one.body, properties, mandatory=True)
            sent += 1

    def on_confirm(frame: Any) -> None:
        nonlocal confirmed, begun, ended
        before = confirmed
        confirmed = frame.method.delivery_tag if frame.method.multiple else confirmed + 1
        if before < WARM <= confirmed:
            begun = time.perf_counter()
        if confirmed >= events:
            ended = time.perf_counter()
            connection.close()
        else:
            fill()

    def on_channel(opened: Any) -> None:
        nonlocal channel
        channel = opened
        channel.confirm_delivery(on_confirm, callback=lambda _frame: fill())

    connection = pika.SelectConnection(
        pika.URLParameters(url),
        on_open_callback=lambda opened: opened.channel(on_open_callback=on_channel),
        on_close_callback=lambda closed, _error: closed.ioloop.stop(),
    )
    connection.ioloop.start()
    line.say(rate=(events - WARM) / (ended - begun))

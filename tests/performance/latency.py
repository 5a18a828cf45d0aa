"""From a commit to its committed effect in another service, at 100 events per second.

Ours is the whole chain of processes: a transaction with an outbox row, the relay, the broker, the consumer with its
inbox and use case. The limit is what one gets when nothing may be lost only by luck: the message is published by hand
after the commit, and a plain consumer writes inbox and effect. The clock runs from the return of the commit to the
return of the consumer's commit; all processes of a machine share it.
"""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pika
import psycopg
from bench import children
from bench.children import Line
from bench.consumer import DONE, TABLES
from bench.limits import RawConsumer
from bench.load import OTHERS, PRODUCER, SUBSCRIBER, linked, message, until
from bench.servers import Servers
from bench.table import Goal, Row
from sqlalchemy import text

from chassis.consumer import Consumer
from chassis.settings import Settings
from chassis.transaction import Database
from contracts.catalogue import EXCHANGE
from metering.consumers import SUBSCRIPTIONS

RATE = 100
WARM = 50
"""The first events do not count: plans and caches are made."""
POLL_SECONDS = 0.1
COMMAND = text("INSERT INTO bench_command (id, note) VALUES (gen_random_uuid(), 'linked')")
TABLE = "CREATE TABLE IF NOT EXISTS bench_command (id uuid PRIMARY KEY, note text NOT NULL)"

Emit = Callable[[int], None]


def measure(servers: Servers, rounds: int, seconds: float) -> list[Row]:
    """Milliseconds; the middle and the 99th of a hundred."""
    count = int(RATE * seconds) + WARM
    p50 = Row("commit to effect at 100/s, p50", "published by hand, plain consumer", "ms", Goal(at_most=1.3))
    p99 = Row("commit to effect at 100/s, p99", "published by hand, plain consumer", "ms", Goal(at_most=1.5))
    same = Row("commit to effect at 100/s, p50", "published by hand, our consumer", "ms")
    polled = Row("a relay that polls each 100 ms, p50", "published by hand, plain consumer", "ms")
    with servers.database(PRODUCER) as connection:
        connection.execute(TABLE)
    for _ in range(rounds):
        direct = _by_hand(servers, count)
        chain = _by_outbox(servers, count)
        p50.add(_middle(chain), _middle(direct))
        p99.add(_last(chain), _last(direct))
        same.add(_middle(chain), _middle(_by_hand(servers, count, "latency:ours")))
    polled.add(_middle(_by_outbox(servers, count, every=POLL_SECONDS)), _middle(direct))
    return [p50, p99, same, polled]


def _middle(times: list[float]) -> float:
    return statistics.median(times)


def _last(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def _by_outbox(servers: Servers, count: int, every: float = 0.0) -> list[float]:
    database = Database(servers.settings(PRODUCER), "web")

    def emit(number: int) -> None:
        event = linked(number)
        with database.transaction() as tx:
            tx.session.execute(COMMAND)
            tx.emit(event, aggregate_id=event.customer_number, version=1)

    with (
        children.start("relay:ours", told=servers.told(PRODUCER), every=every) as relay,
        children.start("latency:ours", told=servers.told(SUBSCRIBER)) as consumer,
    ):
        relay.hear()
        times = _send(servers, consumer, emit, count)
    database.dispose()
    servers.clear(PRODUCER, "outbox")
    return times


def _by_hand(servers: Servers, count: int, consumer_of: str = "latency:plain") -> list[float]:
    database = Database(servers.settings(PRODUCER), "web")
    with (
        children.start(consumer_of, told=servers.told(SUBSCRIBER)) as consumer,
        _publisher(servers.amqp_url(PRODUCER)) as publish,
    ):

        def emit(number: int) -> None:
            event = linked(number)
            with database.transaction() as tx:
                tx.session.execute(COMMAND)
            after_commit.append(time.perf_counter())
            publish(message(event, event.customer_number))

        after_commit: list[float] = []
        times = _send(servers, consumer, emit, count, after_commit)
    database.dispose()
    return times


@contextlib.contextmanager
def _publisher(url: str) -> Iterator[Callable[[Any], None]]:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()

    def publish(made: Any) -> None:
        properties = pika.BasicProperties(
            content_type="application/json",
            delivery_mode=2,
            message_id=made.message_id,
            user_id=PRODUCER,
            headers=made.headers,
        )
        channel.basic_publish(EXCHANGE, made.routing_key, made.body, properties)

    yield publish
    connection.close()


def _send(
    servers: Servers, consumer: children.Child, emit: Emit, count: int, after_commit: list[float] | None = None
) -> list[float]:
    """Emit ``count`` events in an even flow; milliseconds of each but the first ones."""
    consumer.hear()
    sent = []
    due = time.perf_counter()
    for number in range(count):
        due += 1 / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        emit(number)
        sent.append(time.perf_counter())
    begun = after_commit if after_commit is not None else sent
    with servers.database(SUBSCRIBER) as connection:
        until(connection, DONE.format(count=count))
    consumer.say("tell")
    ended = {int(number): at for number, at in consumer.hear()["ended"].items()}
    servers.purge(SUBSCRIBER, *OTHERS)
    servers.clear(SUBSCRIBER, *TABLES)
    return [(ended[number] - begun[number]) * 1000 for number in range(WARM, count)]


# -- in the child ------------------------------------------------------------------------------
def ours(line: Line, told: dict[str, Any]) -> None:
    """The consumer of metering, which notes when a batch was committed."""
    settings = Settings(**told)
    database = Database(settings, "worker")
    consumer = _Noting(database, settings, SUBSCRIPTIONS)
    thread = threading.Thread(target=consumer.run)
    thread.start()
    while not consumer.connected:
        time.sleep(0.002)
    line.say(connected=True)
    if line.hear():
        line.say(ended=consumer.ended)
    consumer.stop()
    thread.join()
    database.dispose()


class _Noting(Consumer):
    def __init__(self, *arguments: Any) -> None:
        self.ended: dict[str, float] = {}
        super().__init__(*arguments)

    def _settle(self, deliveries: Any) -> None:
        now = time.perf_counter()
        for delivery in deliveries:
            self.ended[delivery.headers["cloudEvents:subject"]] = now
        super()._settle(deliveries)


def plain(line: Line, told: dict[str, Any]) -> None:
    """One message, one transaction, nothing checked."""
    ended: dict[str, float] = {}
    database = psycopg.connect(told["database_url"])
    consumer = RawConsumer(told["amqp_url"], SUBSCRIBER, database, batch=1)
    consumer.after_commit = lambda heads: ended.update(
        (head["cloudEvents:subject"], time.perf_counter()) for head in heads
    )
    consumer.on_ready = lambda: line.say(connected=True)

    def tell() -> None:
        if line.hear():
            line.say(ended=ended)
        consumer.stop()

    threading.Thread(target=tell, daemon=True).start()
    consumer.run()
    database.close()

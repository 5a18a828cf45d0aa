"""What messaging costs: relay and consumer against the limits of the same servers, in the same run.

``measure(postgres_url, amqp_url)`` needs an administrator's PostgreSQL URL and a broker with ``definitions()``;
``amqp_url`` gives the URL of a user. Limits and ours take turns, so that both meet the same noise:

- publishing: pika's SelectConnection with no database, 1000 in flight, the same messages; ours is the relay, rows/s.
- consuming: batches of 500 with one inbox row by raw SQL and one multiple acknowledgement; ours is the consumer with
  a use case that stores an object through the unit of work, without and with one poisoned event in 1000.
- latency: commit to effect at 100 events/s through relay and consumer; the limit is a direct publish after the commit.

Goals (performance, section 5): relay >= 0.75 of pika alone, consumer >= 0.25 of raw SQL, poisoned >= 0.8 of clean,
latency p50 <= 1.3x and p99 <= 1.5x of direct. By hand: ``python tests/performance/messaging.py --rounds 3``.
"""

from __future__ import annotations

import argparse
import json
import logging
import queue
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pika
import psycopg
import structlog
from sqlalchemy import BigInteger, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import migrations
from chassis.consumer import Consumer
from chassis.db import metadata_for
from chassis.ids import new_id, utcnow
from chassis.messaging import Message, Publisher, Receiver
from chassis.relay import Relay
from chassis.settings import Settings
from chassis.subscriptions import Handler, Meta, Subscriptions, on
from chassis.transaction import Database, Tx
from contracts import rabbitmq
from contracts.catalogue import EXCHANGE, consumed_by
from contracts.envelope import Envelope
from contracts.event import encode
from contracts.org_registry import AccountOpenedV1
from devservers import databases
from devservers.postgres import Postgres
from devservers.rabbitmq import Rabbitmq

GOALS = {"relay": 0.75, "consumer": 0.25, "poison": 0.8, "latency_p50": 1.3, "latency_p99": 1.5}
PRODUCER, SUBSCRIBER = "org-registry", "billing"
OTHERS = [name for name in AccountOpenedV1.spec.consumers if name != SUBSCRIBER]
BATCH = 500
WINDOW = 1000
POISON_EVERY = 1000
FIRST = """from alembic import op
from chassis.migrations import create_chassis_tables
revision = "0001_chassis"
down_revision = None
def upgrade():
    create_chassis_tables(op)
    op.execute("CREATE TABLE account (id uuid PRIMARY KEY, kind text, name text, version bigint)")
"""


class Base(DeclarativeBase):
    """The tables of the use case."""

    metadata = metadata_for(SUBSCRIBER)


class Account(Base):
    """What the use case stores."""

    __tablename__ = "account"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(BigInteger)


def password_of(user: str) -> str:
    """The passwords of a measuring broker."""
    return f"measure-{user}"


def definitions() -> dict[str, Any]:
    """The suite's topology and users, for a broker made to measure with."""
    return rabbitmq.definitions({name: password_of(name) for name in (rabbitmq.OPERATOR, *rabbitmq.participants())})


def store(tx: Tx, event: AccountOpenedV1, meta: Meta) -> None:
    """The use case."""
    if event.display_name == "poison":
        raise RuntimeError
    tx.session.add(Account(id=event.account_id, kind=event.kind, name=event.display_name, version=meta.version))


class Bench:
    """Two databases, one broker, and the loads."""

    def __init__(self, postgres_url: str, amqp_url: Callable[[str], str], events: int) -> None:
        self.events = events
        self._amqp_url = amqp_url
        with tempfile.TemporaryDirectory() as folder:
            versions = Path(folder) / "versions"
            versions.mkdir()
            (versions / "0001_chassis.py").write_text(FIRST)
            (versions / ".current-head").write_text("0001_chassis")
            self.producer = self._settings(postgres_url, PRODUCER, Path(folder))
            self.subscriber = self._settings(postgres_url, SUBSCRIBER, Path(folder))
        self.producer_database = Database(self.producer, "worker")
        self.subscriber_database = Database(self.subscriber, "worker")

    def _settings(self, postgres_url: str, service: str, folder: Path) -> Settings:
        name = f"measure_{service.replace('-', '_')}"
        databases.drop(postgres_url, name)
        settings = Settings(
            service=service,
            environment="test",
            database_url=databases.ensure(postgres_url, name),
            amqp_url=self._amqp_url(service),
        )
        migrations.upgrade(settings, folder=folder)
        return settings

    def close(self) -> None:
        """Leave nothing open."""
        self.producer_database.dispose()
        self.subscriber_database.dispose()

    # -- the loads ------------------------------------------------------------------------------
    def messages(self, count: int, *, poisoned: bool = False) -> list[Message]:
        """``count`` events as the relay would publish them, every thousandth poisoned if so wanted."""
        made = []
        for number in range(count):
            bad = poisoned and number % POISON_EVERY == POISON_EVERY // 2
            event = AccountOpenedV1(
                account_id=new_id(), kind="private", display_name="poison" if bad else "Firma AB", opened_at=utcnow()
            )
            envelope = Envelope(
                id=new_id(),
                source=PRODUCER,
                type=event.spec.type,
                subject=event.account_id,
                version=1,
                time=utcnow(),
                correlation_id="a" * 32,
                traceparent=f"00-{'a' * 32}-{'b' * 16}-01",
            )
            made.append(Message(event.spec.type, str(envelope.id), envelope.headers(), encode(event)))
        return made

    def publish(self, messages: list[Message]) -> None:
        """Fill the queues."""
        with Publisher(self.producer.amqp_url, EXCHANGE, name="measure") as publisher:
            for start in range(0, len(messages), BATCH):
                publisher.wait(publisher.submit(messages[start : start + BATCH]))
        self.empty(OTHERS)

    def empty(self, queues: list[str]) -> None:
        """Take everything out of ``queues``."""
        for name in queues:
            with Receiver(self._amqp_url(name), name, prefetch=5000, name="measure") as receiver:
                while got := receiver.receive(0.3, 5000):
                    receiver.settle(got)
                receiver.cancel()

    def clear(self) -> None:
        """Empty tables and queues between two loads."""
        self.empty([*OTHERS, SUBSCRIBER])
        for settings, tables in (
            (self.producer, "outbox"),
            (self.subscriber, "inbox, inbox_attempt, dead_letter, account"),
        ):
            with psycopg.connect(settings.database_url) as connection:
                connection.execute(f"TRUNCATE {tables}")

    # -- publishing -----------------------------------------------------------------------------
    def pika_alone(self) -> float:
        """Messages per second: SelectConnection, nothing but publishing and counting confirms."""
        messages = self.messages(self.events)
        sent = confirmed = 0
        begun = ended = 0.0
        channel: Any = None

        def fill() -> None:
            nonlocal sent
            while sent < len(messages) and sent - confirmed < WINDOW:
                message = messages[sent]
                properties = pika.BasicProperties(
                    content_type="application/json",
                    delivery_mode=2,
                    message_id=message.message_id,
                    user_id=PRODUCER,
                    headers=message.headers,
                )
                channel.basic_publish(EXCHANGE, message.routing_key, message.body, properties, mandatory=True)
                sent += 1

        def on_confirm(frame: Any) -> None:
            nonlocal confirmed, ended
            confirmed = frame.method.delivery_tag if frame.method.multiple else confirmed + 1
            if confirmed >= len(messages):
                ended = time.perf_counter()
                connection.close()
            else:
                fill()

        def on_ready(_frame: Any) -> None:
            nonlocal begun
            begun = time.perf_counter()
            fill()

        def on_channel(made: Any) -> None:
            nonlocal channel
            channel = made
            channel.confirm_delivery(on_confirm, callback=on_ready)

        connection = pika.SelectConnection(
            pika.URLParameters(self.producer.amqp_url),
            on_open_callback=lambda made: made.channel(on_open_callback=on_channel),
            on_close_callback=lambda made, _error: made.ioloop.stop(),
        )
        connection.ioloop.start()
        self.clear()
        return len(messages) / (ended - begun)

    def relay(self) -> float:
        """Rows per second from a backlog."""
        rows = [
            (message.message_id, message.routing_key, message.headers["cloudEvents:subject"], message.body)
            for message in self.messages(self.events)
        ]
        with psycopg.connect(self.producer.database_url, autocommit=True) as connection:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO outbox (id, type, subject, version, body, correlation_id, traceparent)"
                    " VALUES (%s, %s, %s, 1, %s, repeat('a', 32),"
                    " '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')",
                    rows,
                )
            relay = Relay(self.producer)
            with running(relay):
                while relay.state != "active":
                    time.sleep(0.002)
                begun = time.perf_counter()
                until(connection, "SELECT NOT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)")
                seconds = time.perf_counter() - begun
        self.clear()
        return len(rows) / seconds

    # -- consuming ------------------------------------------------------------------------------
    def raw_sql(self) -> float:
        """Messages per second: one inbox row each, one statement and one commit per batch, nothing decoded."""
        self.publish(self.messages(self.events))
        done = 0
        with (
            Receiver(self.subscriber.amqp_url, SUBSCRIBER, prefetch=2 * BATCH, name="measure") as receiver,
            psycopg.connect(self.subscriber.database_url) as connection,
        ):
            begun = time.perf_counter()
            while done < self.events:
                got = receiver.receive(5, BATCH)
                count = len(got)
                connection.execute(
                    "INSERT INTO inbox (event_id, source, type, digest)"
                    " SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bytea[]) ON CONFLICT DO NOTHING",
                    (
                        [UUID(delivery.headers["cloudEvents:id"]) for delivery in got],
                        [PRODUCER] * count,
                        [AccountOpenedV1.spec.type] * count,
                        [b"x" * 16] * count,
                    ),
                )
                connection.commit()
                receiver.settle(got)
                done += count
            seconds = time.perf_counter() - begun
            receiver.cancel()
        self.clear()
        return done / seconds

    def consumer(self, *, poisoned: bool = False) -> float:
        """Messages per second with inbox and use case; the poisoned ones do not count."""
        messages = self.messages(self.events, poisoned=poisoned)
        good = sum(b'"poison"' not in message.body for message in messages)
        self.publish(messages)
        consumer = Consumer(self.subscriber_database, self.subscriber, self._table(store))
        with psycopg.connect(self.subscriber.database_url, autocommit=True) as connection:
            begun = time.perf_counter()
            with running(consumer):
                until(connection, f"SELECT count(*) >= {good} FROM inbox")  # noqa: S608 - a number
                seconds = time.perf_counter() - begun
        self.clear()
        return good / seconds

    def _table(self, handler: Handler) -> Subscriptions:
        lines = (
            on(spec.cls, handler if spec.cls is AccountOpenedV1 else lambda *_: None)
            for spec in consumed_by(SUBSCRIBER)
        )
        return Subscriptions(*lines, service=SUBSCRIBER)

    # -- latency --------------------------------------------------------------------------------
    def latency(self, *, direct: bool, rate: int = 100, seconds: float = 5.0) -> tuple[float, float]:
        """p50 and p99 in milliseconds from before the commit until the subscriber's commit."""
        seen: dict[UUID, float] = {}

        def note(tx: Tx, event: AccountOpenedV1, meta: Meta) -> None:
            store(tx, event, meta)
            seen[event.account_id] = time.perf_counter()

        sent: dict[UUID, float] = {}
        consumer = Consumer(self.subscriber_database, self.subscriber, self._table(note))
        relay = Relay(self.producer)
        with running(*([consumer] if direct else [consumer, relay])):
            wait(lambda: consumer.connected and (direct or relay.state == "active"))
            tell = self._directly if direct else self._by_outbox
            with tell() as emit:
                next_at = time.perf_counter()
                for _ in range(int(rate * seconds)):
                    next_at += 1 / rate
                    time.sleep(max(0.0, next_at - time.perf_counter()))
                    account = new_id()
                    sent[account] = time.perf_counter()
                    emit(account)
                wait(lambda: len(seen) == len(sent))
        self.clear()
        times = sorted((seen[account] - begun) * 1000 for account, begun in sent.items())
        return statistics.median(times), times[int(len(times) * 0.99)]

    @contextmanager
    def _by_outbox(self) -> Iterator[Callable[[UUID], None]]:
        def emit(account: UUID) -> None:
            with self.producer_database.transaction() as tx:
                tx.emit(_opened(account), aggregate_id=account, version=1)

        yield emit

    @contextmanager
    def _directly(self) -> Iterator[Callable[[UUID], None]]:
        """The same transaction without its event; the message goes out after the commit, unsafe and fast."""
        todo: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        with Publisher(self.producer.amqp_url, EXCHANGE, name="measure") as publisher:

            def send() -> None:
                while (message := todo.get()) is not None:
                    publisher.submit([message])

            def emit(account: UUID) -> None:
                with self.producer_database.transaction() as tx:
                    tx.session.connection().exec_driver_sql("UPDATE relay_state SET asleep = asleep")
                envelope = Envelope(
                    id=new_id(),
                    source=PRODUCER,
                    type=AccountOpenedV1.spec.type,
                    subject=account,
                    version=1,
                    time=utcnow(),
                )
                todo.put(Message(envelope.type, str(envelope.id), envelope.headers(), encode(_opened(account))))

            sender = threading.Thread(target=send)
            sender.start()
            try:
                yield emit
            finally:
                todo.put(None)
                sender.join()


def _opened(account: UUID) -> AccountOpenedV1:
    return AccountOpenedV1(account_id=account, kind="private", display_name="Firma AB", opened_at=utcnow())


@contextmanager
def running(*works: Any) -> Iterator[None]:
    """Run each in a thread for the length of the block."""
    threads = [threading.Thread(target=work.run) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for work in works:
            work.stop()
        for thread in threads:
            thread.join()


def wait(condition: Callable[[], bool], timeout: float = 60) -> None:
    """Return once ``condition`` holds."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.002)


def until(connection: psycopg.Connection[Any], question: str) -> None:
    """Return once the database answers ``question`` with true. It is asked rarely: asking costs, too."""
    end = time.monotonic() + 120
    while not connection.execute(question).fetchone()[0]:  # type: ignore[index]
        if time.monotonic() > end:
            raise TimeoutError(question)
        time.sleep(0.02)


def measure(
    postgres_url: str, amqp_url: Callable[[str], str], *, rounds: int = 3, events: int = 20_000
) -> dict[str, Any]:
    """Take limits and ours in turns; returns per round and, under ``ratios``, the medians against the goals."""
    bench = Bench(postgres_url, amqp_url, events)
    results: list[dict[str, float]] = []
    try:
        bench.clear()
        for _ in range(rounds):
            row: dict[str, float] = {
                "pika_alone": bench.pika_alone(),
                "relay": bench.relay(),
                "raw_sql": bench.raw_sql(),
                "consumer": bench.consumer(),
                "poisoned": bench.consumer(poisoned=True),
            }
            row["direct_p50"], row["direct_p99"] = bench.latency(direct=True)
            row["outbox_p50"], row["outbox_p99"] = bench.latency(direct=False)
            results.append({name: round(value, 2) for name, value in row.items()})
    finally:
        bench.close()
    ratios = {
        "relay": _ratios(results, "relay", "pika_alone"),
        "consumer": _ratios(results, "consumer", "raw_sql"),
        "poison": _ratios(results, "poisoned", "consumer"),
        "latency_p50": _ratios(results, "outbox_p50", "direct_p50"),
        "latency_p99": _ratios(results, "outbox_p99", "direct_p99"),
    }
    return {"rounds": results, "ratios": ratios, "goals": GOALS}


def _ratios(results: list[dict[str, float]], ours: str, limit: str) -> dict[str, float]:
    values = [row[ours] / row[limit] for row in results]
    return {
        "median": round(statistics.median(values), 2),
        "min": round(min(values), 2),
        "max": round(max(values), 2),
    }


def main() -> None:
    """Start both servers for this alone, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=20_000)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with (
        tempfile.TemporaryDirectory() as folder,
        Postgres(Path(folder) / "postgres") as postgres,
        Rabbitmq(Path(folder) / "rabbitmq", definitions=definitions()) as broker,
    ):
        result = measure(
            postgres.url,
            lambda user: broker.url_for(user, password_of(user), rabbitmq.VHOST),
            rounds=options.rounds,
            events=options.events,
        )
    print(json.dumps(result, indent=2))  # noqa: T201 - its purpose


if __name__ == "__main__":
    main()

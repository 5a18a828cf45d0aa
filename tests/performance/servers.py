"""PostgreSQL and RabbitMQ for the measurements alone: never those of a running suite, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg

from chassis import migrations
from chassis.messaging import Message, Operator, Publisher
from chassis.settings import Settings
from contracts import rabbitmq
from contracts.catalogue import EXCHANGE
from devservers import choose
from devservers.given import PostgresServer
from devservers.rabbitmq_control import RabbitmqControl

PUBLISHED_AT_ONCE = 1000


class Servers:
    """Both servers with the suite's topology, and a migrated database for each service that asks."""

    def __init__(self, postgres: PostgresServer, broker: RabbitmqControl) -> None:
        self._postgres = postgres
        self._broker = broker
        self._settings: dict[str, Settings] = {}

    def settings(self, service: str) -> Settings:
        """What a process of ``service`` is told."""
        if service not in self._settings:
            made = Settings(
                service=service,
                environment="test",
                database_url=self._postgres.create(service.replace("-", "_")),
                amqp_url=self.amqp_url(service),
                web_threads=8,
            )
            migrations.upgrade(made)
            self._settings[service] = made
        return self._settings[service]

    def told(self, service: str) -> dict[str, Any]:
        """The same for a child process: ``Settings(**told)``."""
        return asdict(self.settings(service))

    def amqp_url(self, user: str) -> str:
        """A participant's login."""
        return self._broker.url_for(user, password_of(user), rabbitmq.VHOST)

    @contextlib.contextmanager
    def database(self, service: str) -> Iterator[psycopg.Connection[Any]]:
        """A connection of the service's role."""
        with psycopg.connect(self.settings(service).database_url, autocommit=True) as connection:
            yield connection

    def publish(self, producer: str, messages: Sequence[Message]) -> None:
        """Fill the queues."""
        with Publisher(self.amqp_url(producer), EXCHANGE, name="bench") as publisher:
            for begin in range(0, len(messages), PUBLISHED_AT_ONCE):
                publisher.wait(publisher.submit(messages[begin : begin + PUBLISHED_AT_ONCE]))

    def purge(self, *queues: str) -> None:
        """Empty ``queues``."""
        with Operator(self.amqp_url(rabbitmq.OPERATOR)) as operator:
            for queue in queues:
                operator.ask(lambda channel, done, queue=queue: channel.queue_purge(queue, callback=done))

    def clear(self, service: str, *tables: str) -> None:
        """Empty the tables, and leave no work for the autovacuum to do during the next measurement."""
        with self.database(service) as connection:
            connection.execute(f"TRUNCATE {', '.join(tables)}")
            connection.execute("CHECKPOINT") if _may_checkpoint(connection) else None


@contextlib.contextmanager
def servers() -> Iterator[Servers]:
    """Start both, durable as in production."""
    # Servers that somebody named are in use by somebody: measured are only those of our own.
    environ = {name: value for name, value in os.environ.items() if name not in choose.URLS.values()}
    logins = {name: password_of(name) for name in (rabbitmq.OPERATOR, *rabbitmq.participants())}
    definitions = rabbitmq.definitions(logins)
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as made,
        contextlib.ExitStack() as stack,
    ):
        folder = Path(made)
        folder.chmod(0o755)  # PostgreSQL's own user must get through
        postgres = stack.enter_context(choose.postgres(folder / "postgres", environ=environ))
        broker = stack.enter_context(
            choose.rabbitmq(folder / "rabbitmq", definitions=definitions, vhost=rabbitmq.VHOST, environ=environ)
        )
        yield Servers(postgres, broker)


def password_of(user: str) -> str:
    """The passwords of a broker that lives for minutes, on loopback."""
    return f"bench-{user}"


def _may_checkpoint(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("SELECT pg_has_role('pg_checkpoint', 'USAGE')").fetchone()
    return bool(row and row[0])

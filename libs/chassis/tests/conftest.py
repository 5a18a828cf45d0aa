"""Real servers for the messaging tests: a database per service, a virtual host with the whole topology."""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis import migrations
from chassis.handling import Handling
from chassis.ids import new_id
from chassis.inbox import Delivery
from chassis.messaging import Operator
from chassis.settings import Settings
from chassis.subscriptions import Handler, Subscriptions, on
from chassis.testing import empty
from chassis.transaction import Database
from contracts import rabbitmq
from contracts.catalogue import consumed_by
from contracts.envelope import Envelope
from contracts.event import encode
from contracts.org_registry import AccountOpenedV1

FIRST = '''"""The chassis alone, with a table for effects."""
from alembic import op
from chassis.migrations import create_chassis_tables

revision = "0001_chassis"
down_revision = None


def upgrade():
    create_chassis_tables(op)
    op.execute("CREATE TABLE effect (seq bigserial PRIMARY KEY, what text NOT NULL CHECK (what <> 'forbidden'))")
'''


@pytest.fixture(scope="session")
def migration_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("service") / "migrations"
    write_migrations(folder, {"0001_chassis": FIRST})
    return folder


def write_migrations(folder: Path, files: dict[str, str], head: str | None = None) -> None:
    versions = folder / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    for stem, content in files.items():
        (versions / f"{stem}.py").write_text(content)
    (versions / ".current-head").write_text((head or max(files)) + "\n")


class Broker:
    """One virtual host with the suite's topology, and what tests do to it."""

    def __init__(self, server: Any, vhost: str) -> None:
        self.server = server
        self.vhost = vhost
        definitions = rabbitmq.definitions({name: name for name in (rabbitmq.OPERATOR, *rabbitmq.participants())})
        server.import_definitions(json.loads(json.dumps(definitions).replace(f'"{rabbitmq.VHOST}"', f'"{vhost}"')))

    def url(self, user: str) -> str:
        return self.server.url_for(user, user, self.vhost)

    def purge(self) -> None:
        with Operator(self.url(rabbitmq.OPERATOR)) as operator:
            for queue in rabbitmq.topology()["queues"]:
                operator.ask(lambda channel, done, name=queue["name"]: channel.queue_purge(name, callback=done))

    def count(self, queue: str) -> int:
        """Messages ready in ``queue``, exactly."""
        found = []
        with Operator(self.url(rabbitmq.OPERATOR)) as operator:
            operator.ask(
                lambda channel, done: channel.queue_declare(
                    queue, passive=True, callback=lambda frame: (found.append(frame.method.message_count), done(frame))
                )
            )
        return found[0]


@pytest.fixture(scope="session")
def shared_broker(rabbitmq_server: Any, worker_id: str) -> Broker:
    return Broker(rabbitmq_server, f"chassis-{worker_id}")


@pytest.fixture
def broker(shared_broker: Broker) -> Broker:
    shared_broker.purge()
    return shared_broker


@pytest.fixture(scope="session")
def databases(postgres_server: Any, worker_id: str, migration_folder: Path) -> Callable[[str], Settings]:
    made: dict[str, Settings] = {}

    def settings(service: str) -> Settings:
        if service not in made:
            url = postgres_server.create(f"chassis_{service.replace('-', '_')}_{worker_id}")
            made[service] = Settings(service=service, environment="test", database_url=url)
            migrations.upgrade(made[service], folder=migration_folder)
        return made[service]

    return settings


@pytest.fixture
def database_of(databases: Callable[[str], Settings]) -> Iterator[Callable[[str], Database]]:
    """``database_of("org-registry")``: an empty database with the chassis' tables and ``effect``."""
    opened: dict[str, Database] = {}

    def make(service: str) -> Database:
        if service not in opened:
            opened[service] = Database(databases(service), "worker")
            empty(opened[service])
            with opened[service].engine.begin() as connection:
                connection.execute(text("UPDATE relay_state SET asleep = true"))
        return opened[service]

    yield make
    for database in opened.values():
        empty(database)
        database.dispose()


@pytest.fixture
def producer(database_of: Callable[[str], Database]) -> Database:
    return database_of("org-registry")


@pytest.fixture
def subscriber(database_of: Callable[[str], Database]) -> Database:
    return database_of("invitations")


def opened(name: str = "Firma AB", account_id: UUID | None = None) -> AccountOpenedV1:
    return AccountOpenedV1(
        account_id=account_id or new_id(),
        kind="private",
        display_name=name,
        opened_at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    )


def effect(tx: Any, event: Any, _meta: Any) -> None:
    """A handler that leaves a trace."""
    tx.session.execute(text("INSERT INTO effect (what) VALUES (:what)"), {"what": event.display_name})


def table(handler: Handler = effect, *, ordered: bool = False) -> Subscriptions:
    """All subscriptions of invitations, with ``handler`` for opened accounts."""
    return Subscriptions(
        *(
            on(spec.cls, handler if spec.cls is AccountOpenedV1 else lambda *_: None, ordered=ordered)
            for spec in consumed_by("invitations")
        ),
        service="invitations",
    )


def emit(database: Database, *names: str, account_id: UUID | None = None, version: int = 1) -> None:
    """Tell of opened accounts, in one transaction."""
    with database.transaction() as tx:
        for number, name in enumerate(names):
            event = opened(name, account_id)
            tx.emit(event, aggregate_id=event.account_id, version=version + number)


def effects(database: Database) -> list[str]:
    with database.read() as tx:
        return list(tx.session.execute(text("SELECT what FROM effect ORDER BY seq")).scalars())


def scalar(database: Database, statement: str) -> Any:
    with database.read() as tx:
        return tx.session.execute(text(statement)).scalar_one()


def delivery(
    event: AccountOpenedV1 | None = None,
    *,
    event_id: UUID | None = None,
    version: int = 1,
    tag: int = 1,
    redelivered: bool = False,
    sender: str | None = "org-registry",
    body: bytes | None = None,
    **attributes: Any,
) -> Delivery:
    """A delivery as the broker gives it; ``attributes`` replace headers (None removes one)."""
    event = event or opened()
    envelope = Envelope(
        id=event_id or new_id(),
        source="org-registry",
        type=event.spec.type,
        subject=event.account_id,
        version=version,
        time=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    )
    headers = envelope.headers() | {f"cloudEvents:{name}": value for name, value in attributes.items()}
    return Delivery(
        tag=tag,
        body=encode(event) if body is None else body,
        headers={name: value for name, value in headers.items() if value is not None},
        routing_key=event.spec.type,
        sender=sender,
        redelivered=redelivered,
    )


class Handled:
    """``Handling`` with its two ways out written down instead of sent to a broker."""

    def __init__(self, database: Database, subscriptions: Subscriptions) -> None:
        self.settled: list[Delivery] = []
        self.held: list[tuple[Delivery, int]] = []
        self.handling = Handling(
            database,
            database.settings,
            subscriptions,
            settle=self.settled.extend,
            hold=lambda delivery, attempt: self.held.append((delivery, attempt)),
        )

    def __call__(self, *deliveries: Delivery) -> None:
        self.handling.handle(deque(deliveries))


@pytest.fixture(scope="session")
def kit() -> ModuleType:
    """The helpers of this file (tests cannot import it)."""
    return sys.modules[__name__]

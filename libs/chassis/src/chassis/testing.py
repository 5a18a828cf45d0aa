"""What the tests of every service share: real servers, a database per service, tokens, conditions instead of sleeps.

In a service's ``tests/conftest.py``::

    from chassis.testing import for_service

    settings, database, app, client, tx = for_service("metering")

``pytest_plugins = ["devservers.pytest_plugin"]`` in the root conftest supplies the servers.
"""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from chassis import app as application
from chassis import handling, migrations, scopes, sealing, tokens
from chassis.cli import import_name
from chassis.ids import new_id, utcnow
from chassis.inbox import Delivery
from chassis.privacy import join
from chassis.settings import Settings, load
from chassis.subscriptions import Meta, Subscriptions
from chassis.transaction import Database, Principal, Tx
from contracts.activities import ActivityRecorded
from contracts.catalogue import CATALOGUE
from contracts.data_requests import DataRequestAnswered, DataRequestKind, DataRequestScopedV1
from contracts.envelope import Envelope
from contracts.event import Event, encode

T = TypeVar("T")

GATEWAY_KEY = tokens.generate_key("test")
NOTIFY_KEY = sealing.generate_key("test")
IDENTITY_KEY = sealing.generate_key("test")
MINTER = tokens.Minter(GATEWAY_KEY)
ALL_SCOPES = scopes.ALL


def wait_for(condition: Callable[[], T], timeout: float = 10.0, interval: float = 0.02) -> T:
    """Return the first truthy answer of ``condition``; fails the test when ``timeout`` seconds have passed."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"not within {timeout} s: {getattr(condition, '__name__', condition)}")
        time.sleep(interval)


def principal(**changes: Any) -> Principal:
    """A person who may do everything for one account; ``changes`` make somebody else of it."""
    base = Principal(
        person_id=new_id(),
        account_id=new_id(),
        membership_id=new_id(),
        session_id=new_id(),
        role="owner",
        scopes=ALL_SCOPES,
    )
    return replace(base, **changes)


def gateway(service: str = "gateway") -> Principal:
    """Another part of the suite, as ``internal("gateway")`` sees it."""
    return Principal(service=service)


class Client:
    """A Flask test client that speaks as somebody, with an Idempotency-Key on every POST unless told otherwise."""

    def __init__(self, app: Flask, service: str, who: Principal | None = None, locale: str | None = None) -> None:
        self._app = app
        self._service = service
        self.who = who
        self._locale = locale
        self._http: FlaskClient = app.test_client()

    def as_(self, who: Principal | None, *, locale: str | None = None) -> Client:
        """The same application, as somebody else."""
        return Client(self._app, self._service, who, locale)

    def request(self, method: str, path: str, *, key: str | None = "", headers: Any = None, **options: Any) -> Any:
        """Send; ``key`` is the Idempotency-Key (None: send none, empty: a new one for each POST)."""
        all_headers = dict(headers or {})
        if self.who is not None:
            all_headers["Authorization"] = f"Bearer {MINTER.mint(self._service, self.who, locale=self._locale)}"
        if self._locale:
            all_headers.setdefault("Accept-Language", self._locale)
        if method == "POST" and key is not None:
            all_headers["Idempotency-Key"] = key or str(new_id())
        return self._http.open(path, method=method, headers=all_headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        """GET."""
        return self.request("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        """POST ``body`` as JSON."""
        return self.request("POST", path, json={} if body is None else body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Any:
        """PUT ``body`` as JSON."""
        return self.request("PUT", path, json={} if body is None else body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Any:
        """PATCH ``body`` as JSON."""
        return self.request("PATCH", path, json={} if body is None else body, **options)

    def delete(self, path: str, **options: Any) -> Any:
        """DELETE."""
        return self.request("DELETE", path, **options)


def told(database: Database, event_type: type[Event] | None = None) -> list[Any]:
    """The events in the outbox, decoded, oldest first; of one class where ``event_type`` is given.

    Without it the records for the activity log are left out, which every write brings: ``told(database,
    ActivityRecorded)`` shows them.
    """
    with database.read() as tx:
        rows = tx.session.execute(text("SELECT type, body FROM outbox ORDER BY seq")).all()
    events = [CATALOGUE[row.type].decode(bytes(row.body)) for row in rows]
    if event_type is None:
        return [event for event in events if not isinstance(event, ActivityRecorded)]
    return [event for event in events if isinstance(event, event_type)]


def deliver(
    database: Database,
    subscriptions: Subscriptions,
    event: Event,
    *,
    version: int = 1,
    event_id: UUID | None = None,
    subject: str | None = None,
) -> None:
    """Give one event to the service's consumer, through envelope, schema and inbox, as the worker would.

    What a handler raises comes out here, where the worker would retry or bury it. ``subject`` is by default the event's
    own field that is named for its aggregate (``customer`` -> ``customer_number``).
    """
    spec = type(event).spec
    stem = spec.aggregate.replace("-", "_")
    own = next((getattr(event, f"{stem}_{end}") for end in ("id", "number") if hasattr(event, f"{stem}_{end}")), None)
    envelope = Envelope(
        id=event_id or new_id(),
        source=spec.producer,
        type=spec.type,
        subject=subject or str(own or spec.aggregate),
        version=version,
        time=utcnow(),
    )
    delivery = Delivery(
        tag=1,
        body=encode(event),
        headers=envelope.headers(),
        routing_key=spec.type,
        sender=spec.producer,
        redelivered=False,
    )
    work = handling.understand(delivery, subscriptions, trust_sender=False)
    with database.transaction(principal=Principal(service=database.settings.service)) as tx:
        if handling.apply(tx, [work], handling.Progress()):
            pytest.fail("this event id came before with another body")


def deliver_scoped(
    database: Database,
    subscriptions: Subscriptions,
    kind: DataRequestKind,
    *,
    person_id: UUID,
    account_ids: Sequence[UUID] = (),
    request_id: UUID | None = None,
) -> None:
    """Ask the service for its part of a person's export or erasure, as org-registry does."""
    event = DataRequestScopedV1(
        request_id=request_id or new_id(), kind=kind, person_id=person_id, account_ids=tuple(account_ids)
    )
    deliver(database, subscriptions, event)


def answered(database: Database) -> Any:
    """What the service answered last: the contents of an export by file, or the answer to anything else."""
    all_answers = [event for event in told(database) if isinstance(event, DataRequestAnswered)]
    last = [event for event in all_answers if event.answer_id == all_answers[-1].answer_id]
    if last[0].kind is not DataRequestKind.EXPORT:
        return last[0]
    unsealer = sealing.Unsealer(json.dumps({"keys": [IDENTITY_KEY]}))
    pieces = [unsealer.unseal(event.sealed or "")["piece"] for event in sorted(last, key=lambda event: event.part)]
    return {file["name"]: file["content"] for file in json.loads(join(pieces))["files"]}


def for_service(
    service: str, *, extensions: Callable[[], dict[str, Any]] | None = None, **overrides: Any
) -> tuple[Any, Any, Any, Any, Any]:
    """Fixtures for one service: ``settings, database, app, client, tx``.

    The database is migrated once per test process and emptied after each test: commits are real, so the relay,
    NOTIFY and read-only connections behave as in production. ``overrides`` replace settings; ``create_app`` gets
    ``extensions`` (made anew per test) where the service takes such an argument.
    """

    @pytest.fixture(scope="session")
    def settings(postgres_server: Any, worker_id: str) -> Settings:
        module = importlib.import_module(f"{import_name(service)}.app")
        url = postgres_server.create(f"{import_name(service)}_{worker_id}")
        environ = {
            "MINASIDOR_ENVIRONMENT": "test",
            "MINASIDOR_DATABASE_URL": url,
            "MINASIDOR_GATEWAY_JWKS": tokens.public_jwks(GATEWAY_KEY),
            "MINASIDOR_NOTIFY_JWKS": json.dumps(sealing.public_key(NOTIFY_KEY)),
            "MINASIDOR_IDENTITY_JWKS": json.dumps(sealing.public_key(IDENTITY_KEY)),
            "MINASIDOR_PUBLIC_URL": "http://localhost:8080",
        } | {f"MINASIDOR_{name.upper()}": str(value) for name, value in overrides.items()}
        loaded: Settings = load(module.Settings, service, environ)
        migrations.upgrade(loaded)
        return loaded

    @pytest.fixture
    def database(settings: Settings) -> Iterator[Database]:
        made = Database(settings)
        yield made
        empty(made)
        made.dispose()

    @pytest.fixture
    def app(settings: Settings, database: Database) -> Flask:
        module = importlib.import_module(f"{import_name(service)}.app")
        with assembled_once():
            made: Flask = module.create_app(settings, **(extensions() if extensions else {}))
        chassis = made.extensions["chassis"]
        chassis.make_database = lambda _settings: database
        return made

    @pytest.fixture
    def client(app: Flask) -> Client:
        return Client(app, service)

    @pytest.fixture
    def tx(database: Database) -> Iterator[Tx]:
        with database.transaction() as opened:
            yield opened

    return settings, database, app, client, tx


_assembled = cache(application.assemble)


@contextmanager
def assembled_once() -> Iterator[None]:
    """Within it ``create_app`` takes the Flask object that an earlier test had, with settings and clients of its own.

    Registering a service's routes takes longer than most tests. For a fixture that makes the application of its test;
    two applications at once are to be made without.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application, "assemble", _assembled)
        yield


def empty(database: Database) -> None:
    """Remove every row of every table but the migrations' and those that a migration filled (comment ``reference``)."""
    with database.engine.begin() as connection:
        names = connection.execute(
            text(
                "SELECT format('%I', c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
                "AND c.relname NOT IN ('alembic_version', 'relay_state') "
                "AND coalesce(obj_description(c.oid, 'pg_class'), '') <> 'reference'"
            )
        ).scalars()
        connection.execute(text("TRUNCATE " + ", ".join(names) + " RESTART IDENTITY CASCADE"))


__all__ = [
    "ALL_SCOPES",
    "Client",
    "Meta",
    "answered",
    "assembled_once",
    "deliver",
    "deliver_scoped",
    "for_service",
    "gateway",
    "principal",
    "told",
    "wait_for",
]

"""One transaction per request or message: the only place in the suite that commits.

A port opens it, use cases work in it, events told with ``Tx.emit`` become outbox rows just before the commit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Executable, text
from sqlalchemy.orm import Session

from chassis import outbox
from chassis.db import Role, make_engine, translate
from chassis.faultpoints import faultpoint
from chassis.ids import new_id
from chassis.settings import Settings
from chassis.telemetry import mask, trace_context
from contracts.activities import Actor
from contracts.catalogue import ACTIVITIES
from contracts.event import Event, encode


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who does it, as the gateway's token says. Another part of the suite has ``service`` set, and no person."""

    person_id: UUID | None = None
    account_id: UUID | None = None
    membership_id: UUID | None = None
    session_id: UUID | None = None
    role: str | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)
    read_only: bool = False
    services: frozenset[str] | None = None
    """Service areas that a narrowed membership covers; None means all (D22)."""
    staff: frozenset[str] = field(default_factory=frozenset)
    service: str | None = None
    name: str | None = None
    """Verified name; only on routes that ask for it (D5)."""
    birth_year: int | None = None


class _Session(Session):
    """A session that keeps what ``Tx.later`` was given, and writes it before anything else goes to the database."""

    def __init__(self, engine: Engine, **options: Any) -> None:
        super().__init__(engine, **options)
        self.kept: dict[Executable, list[Mapping[str, Any]]] = {}

    def write_kept(self) -> None:
        """One batch per statement: psycopg sends it as a pipeline, with one wait for all."""
        if not self.kept:
            return
        kept = list(self.kept.items())
        self.kept.clear()  # before the first is run: running it comes through here again
        for statement, rows in kept:
            super().execute(statement, rows if len(rows) > 1 else rows[0])

    def execute(self, *arguments: Any, **options: Any) -> Any:
        self.write_kept()
        return super().execute(*arguments, **options)

    def scalar(self, *arguments: Any, **options: Any) -> Any:
        self.write_kept()
        return super().scalar(*arguments, **options)

    def scalars(self, *arguments: Any, **options: Any) -> Any:
        self.write_kept()
        return super().scalars(*arguments, **options)

    def connection(self, *arguments: Any, **options: Any) -> Any:
        self.write_kept()
        return super().connection(*arguments, **options)

    def flush(self, *arguments: Any, **options: Any) -> None:
        self.write_kept()
        super().flush(*arguments, **options)


class Tx:
    """A transaction as use cases see it."""

    def __init__(
        self,
        session: _Session,
        *,
        service: str,
        principal: Principal | None,
        locale: str,
        read_only: bool,
        identity_jwks: str = "",
    ) -> None:
        self.session: Session = session
        self._keep = session.kept
        self.service = service
        self.principal = principal
        self.locale = locale
        self.read_only = read_only
        self.identity_jwks = identity_jwks
        """Public key that what is exported of a person is sealed for (``chassis.privacy``)."""
        self.events: list[outbox.Row] = []
        self.noted: dict[str, Any] = {}

    @cached_property
    def now(self) -> datetime:
        """The database's clock, UTC, the same through the whole transaction: deadlines are decided by it (D7)."""
        value: datetime = self.session.execute(text("SELECT now()")).scalar_one()
        return value

    def later(self, statement: Executable, values: Mapping[str, Any]) -> None:
        """Run ``statement`` with ``values`` before the next other statement or the commit, whichever comes first.

        For a write whose result nobody waits for: a round trip is most of what it costs, and a consumer that handles a
        hundred events makes a hundred of them into one. Give the same object each time (a constant of the module), not
        one built anew; its executions keep their order, those of different statements need not.
        """
        self._keep.setdefault(statement, []).append(values)

    def emit(self, event: Event, *, aggregate_id: UUID | str, version: int) -> UUID:
        """Tell the other services; returns the event id. Written with the commit, or not at all.

        ``version`` is the aggregate's version after this change: it orders the events about one thing.
        """
        if self.read_only:
            message = "a read-only transaction tells nothing"
            raise RuntimeError(message)
        spec = type(event).spec
        if spec.producer != self.service:
            message = f"{spec.type} belongs to {spec.producer}, not to {self.service}"
            raise RuntimeError(message)
        context = trace_context()
        row = outbox.Row(
            id=new_id(),
            type=spec.type,
            subject=str(aggregate_id),
            version=version,
            body=encode(event),
            correlation_id=context.correlation_id,
            traceparent=context.traceparent,
        )
        self.events.append(row)
        return row.id

    def note(self, **details: UUID | str | None) -> None:
        """Say more of what the request's route tells the activity log: any of the arguments of ``record``.

        For example the account that a staff route is about (``account_id``), or whom it was done to
        (``about_person_id``): their people see it.
        """
        self.noted |= details

    def record(  # noqa: PLR0913 - the fields of one event
        self,
        action: str,
        text_sv: str,
        text_en: str,
        *,
        account_id: UUID | None = None,
        actor: Actor = Actor.SYSTEM,
        person_id: UUID | None = None,
        about_person_id: UUID | None = None,
        role: str | None = None,
        support_view_id: UUID | None = None,
        subject_id: UUID | None = None,
        reason: str | None = None,
    ) -> UUID:
        """Tell the activity log that something was done, with this transaction's other events; returns the id.

        Routes do it by themselves (``activity=``). This is for what happens without one: jobs and consumers
        (``actor`` is then the system), or a person known in another way. ``account_id``, ``about_person_id`` or
        ``person_id`` is needed: it decides in whose chain the record stands, in this order.
        """
        if account_id is None and about_person_id is None and person_id is None:
            message = f"{action}: nobody would ever see it"
            raise RuntimeError(message)
        activity_id = new_id()
        event = ACTIVITIES[self.service](
            activity_id=activity_id,
            actor=actor,
            person_id=person_id,
            account_id=account_id,
            about_person_id=about_person_id,
            role=role,
            support_view_id=support_view_id,
            action=action,
            text_sv=text_sv,
            text_en=text_en,
            subject_id=subject_id,
            reason=mask(reason) if reason else None,
        )
        self.emit(event, aggregate_id=activity_id, version=1)
        return activity_id


def _no_point(_name: str) -> None:
    """Workers have fault points of their own, around the same commit."""


class Database:
    """The service's database, as one role of process sees it. Make it after fork, one per process."""

    def __init__(self, settings: Settings, role: Role = "web") -> None:
        self.settings = settings
        self._point = faultpoint if role == "web" else _no_point
        self.engine = make_engine(settings, role)
        self.read_engine = make_engine(settings, role, read_only=True)

    @contextmanager
    def transaction(self, *, principal: Principal | None = None, locale: str = "sv") -> Iterator[Tx]:
        """Open a transaction, hand out the ``Tx``, commit once. Any error rolls everything back.

        Raises the domain error that a violated constraint stands for, and ``Unavailable`` where the
        database is down, busy or locked.
        """
        try:
            with _Session(self.engine, expire_on_commit=False) as session:
                tx = Tx(
                    session,
                    service=self.settings.service,
                    principal=principal,
                    locale=locale,
                    read_only=False,
                    identity_jwks=self.settings.identity_jwks,
                )
                yield tx
                self.finish(tx)
        except Exception as error:
            raised = translate(error)
            if raised is error:
                raise
            raise raised from error

    def finish(self, tx: Tx) -> None:
        """Flush, write the outbox rows and commit; the end of every transaction."""
        tx.session.flush()
        if tx.events:
            outbox.write(tx.session.connection(), tx.events)
        self._point("web.before_commit")
        tx.session.commit()
        self._point("web.after_commit")

    @contextmanager
    def read(self, *, principal: Principal | None = None, locale: str = "sv") -> Iterator[Tx]:
        """Hand out a ``Tx`` on which PostgreSQL refuses to write; one round trip per statement."""
        try:
            with _Session(self.read_engine, autoflush=False) as session:
                yield Tx(
                    session,
                    service=self.settings.service,
                    principal=principal,
                    locale=locale,
                    read_only=True,
                    identity_jwks=self.settings.identity_jwks,
                )
        except Exception as error:
            raised = translate(error)
            if raised is error:
                raise
            raise raised from error

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        self.read_engine.dispose()

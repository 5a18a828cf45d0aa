"""What happens to a delivery: understood, applied once in one transaction per batch, retried or buried.

The order of things in the transaction: the inbox takes all ids by one statement, handlers run for the new ones, their
effects and outbox rows commit together; then, and only then, the broker is told. Where a handler fails, everything is
rolled back, the others run again as batches and the one that failed alone. Nothing here knows AMQP.
"""

from __future__ import annotations

import hashlib
import json
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from chassis import inbox
from chassis.errors import DomainError, Retryable, Unavailable
from chassis.faultpoints import faultpoint
from chassis.ids import new_id
from chassis.inbox import Delivery
from chassis.settings import Settings
from chassis.subscriptions import Meta, Subscription, Subscriptions
from chassis.telemetry import logger, mask, traced
from chassis.transaction import Database, Principal, Tx
from contracts.envelope import Envelope, InvalidEnvelope
from contracts.event import Event, InvalidEvent

log = logger(__name__)

TRANSACTION_LIMIT = 100
"""Events in one transaction: more gain little, and lose more where one of them fails."""

EVENTS = Counter("minasidor_events_consumed_total", "Deliveries by what became of them", ["outcome"])


class Refused(Exception):
    """It will never be right: bury it. ``code`` says why, ``detail`` holds places and never values."""

    def __init__(self, code: str, detail: str = "", *, event_id: UUID | None = None) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.event_id = event_id


class Pause(Exception):
    """The database is away or busy. Nothing was lost or counted: wait, and hand over the same deliveries."""


@dataclass(slots=True, eq=False)
class Work:
    """A delivery that was understood."""

    delivery: Delivery
    envelope: Envelope
    event: Event
    subscription: Subscription
    digest: bytes


@dataclass(slots=True)
class Progress:
    """Which event of a batch is being handled; None before the first and after the last."""

    current: Work | None = None


def understand(delivery: Delivery, subscriptions: Subscriptions, *, trust_sender: bool) -> Work:
    """Check ``delivery`` against envelope, catalogue and schema; raises ``Refused``."""
    try:
        envelope = Envelope.from_headers(delivery.headers)
    except InvalidEnvelope as error:
        raise Refused("bad-envelope", str(error)) from error
    subscription = subscriptions.get(envelope.type)
    if subscription is None:
        known = subscriptions.has_other_version(envelope.type)
        raise Refused("unknown-version" if known else "unknown-type", event_id=envelope.id)
    producer = subscription.spec.producer
    if envelope.source != producer or not (trust_sender or delivery.sender == producer):
        raise Refused("wrong-sender", event_id=envelope.id)
    try:
        event = subscription.spec.decode(delivery.body)
    except InvalidEvent as error:
        raise Refused("bad-body", str(error), event_id=envelope.id) from error
    return Work(delivery, envelope, event, subscription, inbox.digest(delivery.body))


def apply(tx: Tx, works: Sequence[Work], progress: Progress) -> list[Work]:
    """Inside ``tx``: note ``works`` in the inbox and run the handlers of the new ones, in order.

    Returns those whose id is known with another body; nothing is done for them.
    """
    connection = tx.session.connection()
    new = inbox.admit(
        connection,
        [inbox.Arrival(work.envelope.id, work.envelope.source, work.envelope.type, work.digest) for work in works],
    )
    faultpoint("consumer.after_inbox")
    fresh, again = [], []
    for work in works:
        if work.envelope.id in new:
            new.discard(work.envelope.id)
            fresh.append(work)
        else:
            again.append(work)
    conflicting = _with_other_body(connection, again) if again else []
    outdated = _outdated(connection, fresh)
    for work in fresh:
        if work in outdated:
            continue
        progress.current = work
        envelope = work.envelope
        with traced(envelope.correlation_id, envelope.traceparent):
            work.subscription.handler(
                tx,
                work.event,
                Meta(
                    event_id=envelope.id,
                    type=envelope.type,
                    source=envelope.source,
                    time=envelope.time,
                    subject=str(envelope.subject),
                    version=envelope.version,
                    correlation_id=envelope.correlation_id,
                ),
            )
    progress.current = None
    return conflicting


def _with_other_body(connection: Connection, works: Sequence[Work]) -> list[Work]:
    stored = inbox.digests(connection, [work.envelope.id for work in works])
    return [work for work in works if stored[work.envelope.id] != work.digest]


def _outdated(connection: Connection, works: Iterable[Work]) -> set[Work]:
    """The ordered events that a newer version has overtaken; moves the last versions on for the others."""
    ordered = [work for work in works if work.subscription.ordered]
    if not ordered:
        return set()
    last = inbox.last_versions(connection, [(work.envelope.source, str(work.envelope.subject)) for work in ordered])
    outdated = set()
    for work in ordered:
        key = (work.envelope.source, str(work.envelope.subject))
        if work.envelope.version <= last[key]:
            outdated.add(work)
        else:
            last[key] = work.envelope.version
    inbox.advance(connection, last)
    return outdated


class Handling:
    """Applies deliveries for one service."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        subscriptions: Subscriptions,
        *,
        settle: Callable[[Sequence[Delivery]], None],
        hold: Callable[[Delivery, int], None],
    ) -> None:
        """``settle`` tells the broker that deliveries are done with; ``hold`` keeps one for a later try (its number)."""
        self._database = database
        self._subscriptions = subscriptions
        self._trust_sender = settings.trust_sender
        self._limit = settings.dead_letter_attempts
        self._settle = settle
        self._hold = hold
        self._principal = Principal(service=settings.service)

    def handle(self, deliveries: deque[Delivery]) -> None:
        """Take ``deliveries`` in order until none is left; each is settled or held.

        Raises ``Pause`` with what is not settled still in ``deliveries``.
        """
        while deliveries:
            run: list[Work] = []
            while len(run) < min(len(deliveries), TRANSACTION_LIMIT):
                delivery = deliveries[len(run)]
                try:
                    work = understand(delivery, self._subscriptions, trust_sender=self._trust_sender)
                except Refused as refused:
                    if run:
                        break
                    self._bury(delivery, str(refused), refused, event_id=refused.event_id)
                    deliveries.popleft()
                    continue
                if delivery.redelivered:
                    if not run:
                        self._alone(work)
                        deliveries.popleft()
                        continue
                    break
                run.append(work)
            if run:
                self._together(run, deliveries)

    def handle_alone(self, delivery: Delivery) -> None:
        """A held delivery again: its attempt is counted first. Raises ``Pause``."""
        try:
            work = understand(delivery, self._subscriptions, trust_sender=self._trust_sender)
        except Refused as refused:
            self._bury(delivery, str(refused), refused, event_id=refused.event_id)
        else:
            self._alone(work)

    def _together(self, works: list[Work], deliveries: deque[Delivery]) -> None:
        """Optimistic: one transaction for all; where one fails, the others are run again without it."""
        todo = [works]
        while todo:
            run = todo.pop()
            progress = Progress()
            try:
                conflicting = self._transact(run, progress)
            except Exception as error:
                if progress.current is None and is_passing(error):
                    raise Pause from error
                if len(run) == 1:
                    self._alone(run[0])
                    deliveries.popleft()
                elif progress.current is not None:
                    place = run.index(progress.current)
                    parts = [run[:place], run[place : place + 1], run[place + 1 :]]
                    todo += [part for part in reversed(parts) if part]
                else:
                    # It failed while the changes of all were written: any of them may be the reason.
                    half = len(run) // 2
                    todo += [run[half:], run[:half]]
            else:
                self._done(run, conflicting)
                for _ in run:
                    deliveries.popleft()

    def _alone(self, work: Work) -> None:
        """One event in its own transaction, its attempt counted and committed before it is made."""
        delivery, event_id = work.delivery, work.envelope.id
        try:
            with self._database.transaction() as tx:
                attempts = inbox.count_attempt(tx.session.connection(), event_id)
        except Exception as error:
            raise Pause from error
        if attempts > self._limit:
            # Each attempt ended the process before it could say anything.
            self._bury(delivery, "attempts-exhausted", None, attempts=attempts, event_id=work.envelope.id)
            return
        try:
            conflicting = self._transact([work], Progress(), forget=True)
        except Exception as error:  # noqa: BLE001 - every kind is told apart here
            if isinstance(error, Retryable) or is_passing(error):
                # Where the database is away this raises Pause; else the trouble is this event's, and the others go on.
                self._give_back(work)
                EVENTS.labels("retried").inc()
                log.info("event-retried-later", event_id=str(event_id), type=work.envelope.type, error=describe(error))
                self._hold(delivery, 0)
            elif is_permanent(error) or attempts >= self._limit:
                self._bury(delivery, describe(error), error, attempts=attempts, event_id=event_id)
            else:
                EVENTS.labels("failed").inc()
                log.warning(
                    "event-failed",
                    event_id=str(event_id),
                    type=work.envelope.type,
                    attempt=attempts,
                    error=describe(error),
                )
                self._hold(delivery, attempts)
        else:
            self._done([work], conflicting)

    def _give_back(self, work: Work) -> None:
        try:
            with self._database.transaction() as tx:
                inbox.give_back_attempt(tx.session.connection(), work.envelope.id)
        except Exception as error:
            raise Pause from error

    def _transact(self, works: list[Work], progress: Progress, *, forget: bool = False) -> list[Work]:
        with self._database.transaction(principal=self._principal) as tx:
            conflicting = apply(tx, works, progress)
            if forget:
                inbox.forget_attempts(tx.session.connection(), works[0].envelope.id)
            faultpoint("consumer.before_commit")
        faultpoint("consumer.after_commit")
        return conflicting

    def _done(self, works: list[Work], conflicting: list[Work]) -> None:
        for work in conflicting:
            log.error("event-id-reused", event_id=str(work.envelope.id), type=work.envelope.type)
            self._store(work.delivery, "id-reused", None, attempts=0, event_id=work.envelope.id)
        EVENTS.labels("applied").inc(len(works) - len(conflicting))
        self._settle([work.delivery for work in works])

    def _bury(
        self, delivery: Delivery, error: str, cause: Exception | None, *, event_id: UUID | None, attempts: int = 0
    ) -> None:
        self._store(delivery, error, cause, attempts=attempts, event_id=event_id)
        self._settle([delivery])

    def _store(
        self, delivery: Delivery, error: str, cause: Exception | None, *, attempts: int, event_id: UUID | None
    ) -> None:
        try:
            with self._database.transaction() as tx:
                connection = tx.session.connection()
                bury(connection, delivery, error, stack_hash(cause), attempts=attempts, event_id=event_id)
                if event_id is not None:
                    inbox.forget_attempts(connection, event_id)
        except Exception as problem:
            raise Pause from problem
        EVENTS.labels("buried").inc()
        log.error("event-buried", event_id=str(event_id), error=error, attempts=attempts)


def is_passing(error: BaseException) -> bool:
    """Whether the database is away, busy or locked: the same thing will work later."""
    return isinstance(error, Unavailable)


def is_permanent(error: BaseException) -> bool:
    """Whether a use case has refused it by its rules: a lost race with another writer is worth another try."""
    return isinstance(error, DomainError) and not isinstance(error.__cause__, DBAPIError | StaleDataError)


def describe(error: BaseException) -> str:
    """The class of the error and the code of a refusal: its own text may quote personal data."""
    name = type(error).__name__
    return f"{name}: {error.code}" if isinstance(error, DomainError) else name


def stack_hash(error: BaseException | None) -> str:
    """16 hexadecimal digits that are the same for the same place in the code."""
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    places = "|".join(f"{frame.filename}:{frame.name}:{frame.lineno}" for frame in frames)
    return hashlib.sha256(places.encode()).hexdigest()[:16]


def bury(
    connection: Connection, delivery: Delivery, error: str, stack: str, *, attempts: int, event_id: UUID | None = None
) -> None:
    """Store ``delivery`` as a dead letter; once, however often it is delivered while it lies there."""
    headers = json.dumps(delivery.headers, default=_plain, sort_keys=True).replace("\\u0000", "\\ufffd")
    fingerprint = inbox.digest(headers_without_counts(delivery.headers).encode() + b"\0" + delivery.body)
    connection.exec_driver_sql(
        "INSERT INTO dead_letter (id, event_id, type, sender, fingerprint, body, headers, error, stack_hash, attempts)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (fingerprint) WHERE settled_at IS NULL DO NOTHING",
        (
            new_id(),
            event_id,
            _clean(delivery.routing_key),
            _clean(delivery.sender),
            fingerprint,
            delivery.body,
            headers,
            mask(error)[:500],
            stack,
            attempts,
        ),
    )


def headers_without_counts(headers: dict[str, Any]) -> str:
    """The headers as text, without what the broker changes from delivery to delivery."""
    kept = {name: value for name, value in headers.items() if not name.startswith("x-")}
    return json.dumps(kept, default=_plain, sort_keys=True)


def _plain(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _clean(text: str | None) -> str | None:
    return None if text is None else text.replace("\0", "\ufffd")[:255]

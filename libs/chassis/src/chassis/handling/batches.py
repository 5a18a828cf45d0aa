"""Batches that succeed together, and the search for the one that does not let them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from chassis import inbox
from chassis.errors import DomainError, Retryable, Unavailable
from chassis.faultpoints import faultpoint
from chassis.handling.applying import Progress, apply
from chassis.handling.burying import bury, describe, stack_hash
from chassis.handling.understanding import Refused, Work, understand
from chassis.inbox import Delivery
from chassis.settings import Settings
from chassis.subscriptions import Subscriptions
from chassis.telemetry import logger
from chassis.transaction import Database, Principal

log = logger(__name__)

TRANSACTION_LIMIT = 100
"""Events in one transaction: more gain little, and lose more where one of them fails."""

EVENTS = Counter("minasidor_events_consumed_total", "Deliveries by what became of them", ["outcome"])
REDELIVERED = Counter("minasidor_events_redelivered_total", "Deliveries that somebody had been given before")


class Pause(Exception):
    """The database is away or busy. Nothing was lost or counted: wait, and hand over the same deliveries."""


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
        """``settle`` tells the broker that deliveries are done with; ``hold`` keeps one for its next attempt."""
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
                        self._again(work)
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
        suspect: Work | None = None
        while todo:
            run = todo.pop()
            progress = Progress()
            if run == [suspect]:
                self._alone(run[0])
                deliveries.popleft()
                continue
            try:
                conflicting = self._transact(run, progress)
            except Exception as error:
                if progress.current is None and is_passing(error):
                    raise Pause from error
                if progress.current is None and len(run) > 1:
                    # It failed while the changes of all were written: any of them may be the reason.
                    half = len(run) // 2
                    todo += [run[half:], run[:half]]
                else:
                    suspect = progress.current or run[0]
                    place = run.index(suspect)
                    parts = [run[:place], [suspect], run[place + 1 :]]
                    todo += [part for part in reversed(parts) if part]
            else:
                self._done(run, conflicting)
                for _ in run:
                    deliveries.popleft()

    def _again(self, work: Work) -> None:
        """Somebody was given it before. Where an attempt at it has ended a process, it waits before the next.

        A worker that dies again and again for another reason, as soon as it has started, must not spend the attempts
        of the event that happens to come first.
        """
        REDELIVERED.inc()
        try:
            with self._database.read() as tx:
                attempts = inbox.attempts(tx.session.connection(), work.envelope.id)
        except Exception as error:
            raise Pause from error
        if attempts:
            self._hold(work.delivery, attempts)
        else:
            self._alone(work)

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

"""The consumer: receives what the broker has, hands it over in batches, waits out trouble.

It takes what is already buffered and never lingers for more. While the database is away nothing is acknowledged, no
attempt is spent and the broker holds the rest. A delivery to be tried again later stays unacknowledged here, so that
later ones go on and the broker's redelivery counter (its own, last net) is left alone.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Sequence
from uuid import UUID

from chassis import handling
from chassis.handling import Handling, Pause, Progress, understand
from chassis.ids import new_id, utcnow
from chassis.inbox import Delivery
from chassis.messaging import BrokerDown, Receiver, Waits, backoff
from chassis.settings import Settings
from chassis.subscriptions import Subscriptions
from chassis.telemetry import logger
from chassis.transaction import Database, Principal
from contracts.envelope import Envelope
from contracts.event import Event, encode

log = logger(__name__)

IDLE_SECONDS = 1.0
LAST_BATCHES_SECONDS = 3.0
"""How long a stopping consumer goes on with what it has received already."""
RETRY_FIRST, RETRY_LONGEST, RETRY_LATER = 0.05, 2.0, 5.0


class Consumer:
    """Runs the subscriptions of one service on its queue, in the thread that calls ``run``."""

    stuck_after = 300.0

    def __init__(self, database: Database, settings: Settings, subscriptions: Subscriptions) -> None:
        self._settings = settings
        self._handling = Handling(database, settings, subscriptions, settle=self._settle, hold=self._hold)
        self._stop = threading.Event()
        self._receiver: Receiver | None = None
        self._pending: deque[Delivery] = deque()
        self._held: list[tuple[float, int, Delivery]] = []
        self._numbers = itertools.count()
        self._later: dict[int, int] = {}
        self.connected = False
        self.last_progress = time.monotonic()

    def stop(self) -> None:
        """End ``run`` once the batch at work is committed and acknowledged."""
        self._stop.set()

    def run(self) -> None:
        """Work until ``stop``; connects again for as long as it takes."""
        waits = Waits()
        while not self._stop.is_set():
            waits.begin()
            try:
                with self._connect() as receiver:
                    self._serve(receiver)
            except BrokerDown as error:
                wait = waits.next()
                log.warning("consumer-waits-for-broker", error=str(error), seconds=round(wait, 2))
                self.last_progress = time.monotonic()
                self._stop.wait(wait)
            finally:
                # What was received and not acknowledged belongs to the broker again.
                self.connected = False
                self._receiver = None
                self._pending.clear()
                self._held.clear()
                self._later.clear()

    def _connect(self) -> Receiver:
        settings = self._settings
        return Receiver(
            settings.amqp_url,
            settings.service,
            prefetch=settings.prefetch,
            name=f"{settings.service} consumer",
        )

    def _serve(self, receiver: Receiver) -> None:
        self._receiver, self.connected = receiver, True
        log.info("consumer-connected", queue=self._settings.service)
        while not self._stop.is_set():
            self._step(receiver, self._patience())
        receiver.cancel()
        end = time.monotonic() + LAST_BATCHES_SECONDS
        while time.monotonic() < end and (self._pending or receiver.has_more()):
            if not self._step(receiver, 0):
                break

    def _patience(self) -> float:
        if self._pending:
            return 0
        if not self._held:
            return IDLE_SECONDS
        return max(0.0, min(IDLE_SECONDS, self._held[0][0] - time.monotonic()))

    def _step(self, receiver: Receiver, patience: float) -> bool:
        """One round; False where it was given up because the consumer is to stop in the middle of trouble."""
        self.last_progress = time.monotonic()
        waits = backoff()
        while True:
            try:
                self._retry_due()
                if not self._pending:
                    self._pending.extend(receiver.receive(patience, self._settings.prefetch))
                self._handling.handle(self._pending)
            except Pause as pause:
                wait = next(waits)
                log.warning("consumer-pauses", error=type(pause.__cause__).__name__, seconds=round(wait, 2))
                if self._stop.wait(wait):
                    return False
                receiver.check()
                self.last_progress = time.monotonic()
            else:
                return True

    def _retry_due(self) -> None:
        while self._held and self._held[0][0] <= time.monotonic():
            # Still in the heap while it is tried: a pause must not lose it.
            due = self._held[0]
            self._handling.handle_alone(due[2])
            self._held.remove(due)
            heapq.heapify(self._held)

    def _settle(self, deliveries: Sequence[Delivery]) -> None:
        if self._receiver is None:
            message = "not connected"
            raise BrokerDown(message)
        self._receiver.settle(deliveries)
        self.last_progress = time.monotonic()
        for delivery in deliveries:
            self._later.pop(delivery.tag, None)

    def _hold(self, delivery: Delivery, attempt: int) -> None:
        if self._receiver is not None:
            self._receiver.hold(delivery)
        if attempt:
            wait = min(RETRY_LONGEST, RETRY_FIRST * 4 ** (attempt - 1))
        else:
            self._later[delivery.tag] = later = self._later.get(delivery.tag, 0) + 1
            wait = min(RETRY_LATER, RETRY_FIRST * 2**later)
        heapq.heappush(self._held, (time.monotonic() + wait, next(self._numbers), delivery))


def apply(
    database: Database,
    subscriptions: Subscriptions,
    event: Event,
    *,
    version: int = 1,
    subject: UUID | str | None = None,
    event_id: UUID | None = None,
) -> None:
    """Apply one event through the inbox as the worker would, in one transaction; what the handler raises is raised.

    ``subject`` is the aggregate's id (a new one where none is given).
    """
    spec = type(event).spec
    headers = Envelope(
        id=event_id or new_id(),
        source=spec.producer,
        type=spec.type,
        subject=subject or new_id(),
        version=version,
        time=utcnow(),
    ).headers()
    delivery = Delivery(
        tag=0, body=encode(event), headers=headers, routing_key=spec.type, sender=spec.producer, redelivered=False
    )
    work = understand(delivery, subscriptions, trust_sender=False)
    with database.transaction(principal=Principal(service=database.settings.service)) as tx:
        handling.apply(tx, [work], Progress())

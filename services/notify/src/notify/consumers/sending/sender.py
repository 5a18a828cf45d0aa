"""The sender of one channel: claims a batch, sends outside every transaction, commits each result (reliability 2.3.8).

A process that dies between the other side's "taken" and our commit leaves one delivery in ``sending``; when its lease
has run out it is sent again, with the same Message-ID. So nothing is lost, and what may come twice is what a crash
caught in that window (A4).
"""

from __future__ import annotations

import time
from collections import deque
from datetime import timedelta
from typing import Protocol

from prometheus_client import Counter

from chassis.errors import Unavailable
from chassis.faultpoints import faultpoint
from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.worker import LoopRun
from notify.consumers.sending.breaker import Breaker
from notify.domain import Channel, Outcome, Verdict
from notify.settings import Settings
from notify.usecases import sending
from notify.usecases.sending import Outgoing

log = logger(__name__)

ATTEMPTS = Counter(
    "minasidor_notify_attempts_total", "Attempts to deliver, by what they came to", ["channel", "verdict"]
)
COMMIT_RETRY_SECONDS = 0.5


class Client(Protocol):
    """Sends one message; never raises for what the other side does."""

    timeout_seconds: float
    """No ``send`` takes longer."""

    def send(self, message: Outgoing) -> Outcome:
        """Try once."""

    def rest(self) -> None:
        """Nothing to do for now: close what is not worth keeping open."""

    def close(self) -> None:
        """The end."""


class Sender:
    """The work of a ``chassis.worker.Loop``."""

    def __init__(
        self, run: LoopRun, settings: Settings, channel: Channel, client: Client, *, breaker: Breaker | None = None
    ) -> None:
        """``breaker``: another one than the usual, for tests."""
        self._run = run
        self._settings = settings
        self._channel = channel
        self._client = client
        self._breaker = breaker or Breaker()

    def step(self) -> float:
        """Send one batch; returns the seconds until there is something to do again (0: at once)."""
        pause = self._breaker.pause()
        if pause:
            self._client.rest()
            return pause
        began = time.monotonic()
        with self._run.database.transaction() as tx:
            claim = sending.Claim(
                channel=self._channel,
                claim_id=new_id(),
                limit=self._settings.claim_batch if self._breaker.is_closed else 1,
                lease=timedelta(seconds=self._settings.lease_seconds),
            )
            batch = deque(sending.claim(tx, claim))
            wait = None if batch else sending.wait_for_next(tx, self._channel)
        if not batch:
            self._client.rest()
            return self._settings.poll_seconds if wait is None else wait.total_seconds()
        self._send_all(batch, began)
        return 0.0

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _send_all(self, batch: deque[Outgoing], began: float) -> None:
        # With a lease nearly over, a message could be on its way from two senders.
        last_start = began + self._settings.lease_seconds - self._client.timeout_seconds
        try:
            while batch and not self._run.stopping() and not self._breaker.pause() and time.monotonic() < last_start:
                self._run.alive()
                self._send(batch.popleft())
        finally:
            if batch:
                with self._run.database.transaction() as tx:
                    sending.release(tx, batch)

    def _send(self, message: Outgoing) -> None:
        faultpoint("notify.before_send")
        outcome = self._client.send(message)
        faultpoint("notify.after_send")
        if outcome.trouble:
            self._breaker.failed()
        else:
            self._breaker.succeeded()
        ATTEMPTS.labels(self._channel, outcome.verdict).inc()
        cmd = sending.Settle(sent=message, outcome=outcome, give_up=timedelta(hours=self._settings.give_up_hours))
        self._commit(cmd)
        tell = log.info if outcome.verdict is Verdict.SENT else log.warning
        tell(
            "delivery-tried",
            delivery_id=str(message.delivery_id),
            channel=self._channel.value,
            template=message.template,
            verdict=outcome.verdict.value,
            reason=outcome.reason,
        )

    def _commit(self, cmd: sending.Settle) -> None:
        # The message is out: a database that is away for a moment must not make it go out twice.
        while True:
            try:
                with self._run.database.transaction() as tx:
                    sending.settle(tx, cmd)
            except Unavailable:
                self._run.alive()
                if self._run.wait(COMMIT_RETRY_SECONDS):
                    raise
            else:
                return

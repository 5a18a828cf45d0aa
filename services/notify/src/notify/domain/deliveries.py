"""One notice on one channel: its states (6.6), what an answer of the other side means, when to try again."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from chassis.errors import InvalidTransition


class Channel(StrEnum):
    """How a notice travels."""

    EMAIL = "email"
    SMS = "sms"


class DeliveryState(StrEnum):
    """Where a delivery is in its life."""

    REQUESTED = "requested"
    SUPPRESSED = "suppressed"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    FAILED_TEMPORARY = "failed-temporary"
    FAILED_PERMANENT = "failed-permanent"


S = DeliveryState
TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    S.REQUESTED: frozenset({S.SUPPRESSED, S.QUEUED}),
    # Taken up again when the person gives another address.
    S.SUPPRESSED: frozenset({S.QUEUED}),
    S.QUEUED: frozenset({S.SENDING, S.SUPPRESSED}),
    # From sending to sending: whoever had it is dead. To queued: given back untried.
    S.SENDING: frozenset(
        {S.SENDING, S.QUEUED, S.SENT, S.DELIVERED, S.BOUNCED, S.SUPPRESSED, S.FAILED_TEMPORARY, S.FAILED_PERMANENT}
    ),
    S.SENT: frozenset({S.DELIVERED, S.BOUNCED, S.FAILED_PERMANENT}),
    S.DELIVERED: frozenset(),
    S.BOUNCED: frozenset({S.QUEUED}),
    S.FAILED_TEMPORARY: frozenset({S.SENDING, S.SUPPRESSED}),
    S.FAILED_PERMANENT: frozenset({S.QUEUED}),
}


def move(now: DeliveryState, to: DeliveryState) -> DeliveryState:
    """Return ``to``; raises ``InvalidTransition`` where the table has no such way."""
    if to not in TRANSITIONS[now]:
        raise InvalidTransition
    return to


class Verdict(StrEnum):
    """What an attempt came to."""

    SENT = "sent"
    """The other side has taken it over."""
    BOUNCED = "bounced"
    """The address takes nothing: tell the person (B-04), use the other channel."""
    REFUSED = "refused"
    """It will never be taken, for a reason that is not the address."""
    TEMPORARY = "temporary"
    """Not now: this very message, or nobody knows whether it was taken. Counts as an attempt."""
    UNREACHABLE = "unreachable"
    """The other side is down or misconfigured: no message is to blame, so no attempt is counted (A27)."""
    POSTPONED = "postponed"
    """Our side is not ready, say by a key that is still to be deployed. Counts no attempt either."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict with its reason: a code, never an address or another system's text."""

    verdict: Verdict
    reason: str = ""
    provider_id: str | None = None
    trouble: bool = False
    """The other side is not well: what the circuit breaker counts."""


ATTEMPTS_LIMIT = 8
RETRY_FIRST = timedelta(seconds=10)
RETRY_LONGEST = timedelta(hours=1)
UNREACHABLE_WAIT = timedelta(seconds=15)
POSTPONED_WAIT = timedelta(minutes=5)
FINAL = {Verdict.SENT: S.SENT, Verdict.BOUNCED: S.BOUNCED, Verdict.REFUSED: S.FAILED_PERMANENT}
UNCOUNTED = frozenset({Verdict.UNREACHABLE, Verdict.POSTPONED})
"""Attempts that are not counted."""


def retry_wait(attempts: int) -> timedelta:
    """How long after attempt number ``attempts`` (from 1) the next one comes: 10 s, 40 s, 160 s ... at most an hour."""
    return min(RETRY_LONGEST, RETRY_FIRST * int(4 ** min(attempts - 1, 10)))


def next_state(
    outcome: Outcome, *, attempts: int, age: timedelta, give_up: timedelta
) -> tuple[DeliveryState, timedelta | None]:
    """The state after an attempt and, where there is to be another, how long to wait for it.

    Gives up after ``ATTEMPTS_LIMIT`` counted attempts, or ``give_up`` after the notice was made.
    """
    if outcome.verdict in FINAL:
        return FINAL[outcome.verdict], None
    if age >= give_up or (outcome.verdict is Verdict.TEMPORARY and attempts >= ATTEMPTS_LIMIT):
        return S.FAILED_PERMANENT, None
    wait = {Verdict.UNREACHABLE: UNREACHABLE_WAIT, Verdict.POSTPONED: POSTPONED_WAIT}.get(outcome.verdict)
    return S.FAILED_TEMPORARY, wait or retry_wait(attempts)


def message_key(event_id: UUID, recipient: str, template: str, channel: Channel) -> str:
    """32 hexadecimal digits, the same for the same notice however often it is tried, even from a restored database.

    A mail that was sent twice by a crash in the send window carries it in Message-ID both times (A4).
    """
    return hashlib.sha256(f"{event_id}|{recipient}|{template}|{channel}".encode()).hexdigest()[:32]


def report_mac(key: str, delivery_id: UUID) -> str:
    """What makes the address of a delivery's reports unguessable: 64 hexadecimal digits."""
    return hmac.new(key.encode(), delivery_id.bytes, hashlib.sha256).hexdigest()

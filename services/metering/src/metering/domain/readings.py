"""A reading and its life (state machine 6.8).

``received -> accepted | needs-confirmation -> confirmed -> accepted``, all within the one request; what is stored
begins as accepted: ``accepted -> billed | rejected``, ``rejected -> accepted`` by a correction. The billing system's
answers come in any order, so the stored state is always made anew from all of them (``settle``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.errors import InvalidTransition
from metering.domain.errors import ReadingAlreadyBilled, ReadingNeedsConfirmation, ReadingUnchanged
from metering.domain.meters import Source
from metering.domain.plausibility import Assessment, Reason

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def local_date(instant: datetime) -> date:
    """The date in Sweden at ``instant``."""
    return instant.astimezone(STOCKHOLM).date()


class State(StrEnum):
    """Where a reading is in its life. The first three never outlive a request."""

    RECEIVED = "received"
    NEEDS_CONFIRMATION = "needs-confirmation"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    BILLED = "billed"
    REJECTED = "rejected"


MOVES: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.ACCEPTED, State.NEEDS_CONFIRMATION}),
    State.NEEDS_CONFIRMATION: frozenset({State.CONFIRMED}),
    State.CONFIRMED: frozenset({State.ACCEPTED}),
    State.ACCEPTED: frozenset({State.ACCEPTED, State.BILLED, State.REJECTED}),
    State.REJECTED: frozenset({State.ACCEPTED, State.BILLED, State.REJECTED}),
    State.BILLED: frozenset({State.BILLED}),
}
STORED = frozenset({State.ACCEPTED, State.BILLED, State.REJECTED})


def move(state: State, to: State) -> State:
    """Return ``to``; raises ``InvalidTransition`` where the table does not allow the step."""
    if to not in MOVES[state]:
        raise ReadingAlreadyBilled if state is State.BILLED else InvalidTransition
    return to


def judge(assessment: Assessment, *, confirmed: bool, days: int) -> State:
    """Walk a new value from received to accepted; raises ``ReadingNeedsConfirmation`` where it must be asked about."""
    state = State.RECEIVED
    if assessment.reason is not None:
        state = move(state, State.NEEDS_CONFIRMATION)
        if not confirmed:
            raise ReadingNeedsConfirmation(
                field="value_m3",
                reason=assessment.reason.value,
                use_m3=assessment.use_m3,
                expected_m3=assessment.expected_m3,
                days=days,
            )
        state = move(state, State.CONFIRMED)
    return move(state, State.ACCEPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the billing system said about a reading; ``version`` orders its answers."""

    version: int
    accepted: bool
    decided_at: datetime
    invoice_number: str | None = None
    text_sv: str | None = None
    text_en: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A value that a correction has replaced; it was in force until ``replaced_at``."""

    number: int
    value_m3: int
    replaced_at: datetime


@dataclass(eq=False, kw_only=True)
class Reading:
    """One value of one meter on one day. Customer's readings have account, customer number and person."""

    id: UUID
    metering_point_id: UUID
    meter_id: UUID
    source: Source
    origin: str | None
    """The natural key of a utility's value within its meter; None for a customer's."""
    read_on: date
    value_m3: int
    previous_value_m3: int | None
    previous_read_on: date | None
    use_m3: int | None
    rolled_over: bool
    state: State
    check_reason: Reason | None
    account_id: UUID | None
    customer_number: str | None
    submitted_by: UUID | None
    submitted_at: datetime
    corrected_at: datetime | None
    revision: int
    answered_at: datetime | None
    answer_text_sv: str | None
    answer_text_en: str | None
    invoice_number: str | None
    billed_value_m3: int | None
    told: int
    """Version of the last event told about it."""
    version: int

    def measure(self, *, previous: tuple[date, int], assessment: Assessment) -> None:
        """Set the use since the previous value of the meter."""
        self.previous_read_on, self.previous_value_m3 = previous
        self.use_m3 = assessment.use_m3
        self.rolled_over = assessment.rolled_over

    def ensure_correctable(self, value_m3: int) -> None:
        """Raise ``ReadingAlreadyBilled`` or ``ReadingUnchanged`` where a correction is out of place (D24)."""
        if self.state is State.BILLED:
            raise ReadingAlreadyBilled
        if value_m3 == self.value_m3 and self.state is State.ACCEPTED:
            raise ReadingUnchanged(field="value_m3")

    def correct(self, value_m3: int, *, reason: Reason | None, now: datetime) -> Revision:
        """Replace the value and wait for a new answer; returns what was replaced, to be kept (B-16)."""
        self.ensure_correctable(value_m3)
        replaced = Revision(number=self.revision, value_m3=self.value_m3, replaced_at=now)
        self.state = move(self.state, State.ACCEPTED)
        self.value_m3 = value_m3
        self.check_reason = reason
        self.corrected_at = now
        self.revision += 1
        self.answered_at = self.answer_text_sv = self.answer_text_en = None
        return replaced

    def next_told(self) -> int:
        """The version of the next event about this reading."""
        self.told += 1
        return self.told

    def settle(self, answers: Sequence[Answer], revisions: Sequence[Revision]) -> None:
        """Set state and shown answer from every answer so far: the same answers give the same state in any order.

        An acceptance is final: it is billed, with the value that was in force when it was decided. A refusal counts
        while no acceptance exists and no correction came after it. The text of the newest answer that counts is shown,
        so a refused late correction of a billed reading says why.
        """
        accepted = [answer for answer in answers if answer.accepted]
        since = self.corrected_at
        refused = [a for a in answers if not a.accepted and (accepted or since is None or a.decided_at >= since)]
        if not accepted and not refused:
            return
        newest = max([*accepted, *refused], key=lambda answer: answer.version)
        if accepted:
            first = min(accepted, key=lambda answer: answer.version)
            self.state = move(self.state, State.BILLED)
            last = max(accepted, key=lambda answer: answer.version)
            self.invoice_number = last.invoice_number
            self.billed_value_m3 = self._value_at(first.decided_at, revisions)
        else:
            self.state = move(self.state, State.REJECTED)
        self.answered_at = newest.decided_at
        self.answer_text_sv, self.answer_text_en = newest.text_sv, newest.text_en

    def _value_at(self, instant: datetime, revisions: Sequence[Revision]) -> int:
        for revision in sorted(revisions, key=lambda revision: revision.number):
            if instant < revision.replaced_at:
                return revision.value_m3
        return self.value_m3

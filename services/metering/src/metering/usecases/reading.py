"""Submit and correct readings (T5, D24)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from chassis.errors import Forbidden
from chassis.ids import new_id
from chassis.transaction import Principal, Tx
from contracts import metering as told
from metering import domain, store
from metering.domain import Assessment, Reading, Source, State
from metering.usecases.viewing import past_of

SELF_READ = "water"


@dataclass(frozen=True, kw_only=True)
class SubmitReading:
    """The counter showed ``value_m3`` on ``read_on``. ``confirmed``: yes, I am sure."""

    metering_point_id: UUID
    value_m3: int
    read_on: date
    meter_number: str | None = None
    confirmed: bool = False


@dataclass(frozen=True, kw_only=True)
class CorrectReading:
    """The value was wrong, this is the right one."""

    value_m3: int
    confirmed: bool = False


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """A value beside its neighbours on the same counter."""

    assessment: Assessment
    previous: Reading
    following: Reading | None


def submit_reading(tx: Tx, cmd: SubmitReading) -> Reading:
    """Take a reading, or say why not.

    Raises ``ReadingNeedsConfirmation`` where it is implausible and not confirmed; a confirmed one makes a check task.
    The place is locked, so of two at once the second one meets the first.
    """
    account_id, person_id, areas = acting(tx.principal)
    place = store.lock_place(tx, account_id, cmd.metering_point_id, areas)
    if place is None:
        raise domain.MeteringPointNotFound
    point, agreements = place
    if point.service_area != SELF_READ:
        raise domain.PointNotSelfRead(field="metering_point_id")
    meter = _current_meter(tx, cmd)
    today = domain.local_date(tx.now)
    if cmd.read_on > today:
        raise domain.ReadingInFuture(field="read_on", today=today.isoformat())
    agreement = store.covering(agreements, cmd.read_on)
    if agreement is None:
        raise domain.ReadingOutsideAgreement(field="read_on")
    others = store.readings_of_meter(tx, meter.id)
    last = others[-1]
    if any(other.read_on == cmd.read_on and other.source is Source.CUSTOMER for other in others):
        raise domain.ReadingAlreadyRegistered(field="read_on")
    if cmd.read_on < last.read_on:
        raise domain.ReadingBeforeLast(field="read_on", last_on=last.read_on.isoformat())
    judged = _judge(tx, others, cmd.value_m3, cmd.read_on, meter, point, agreements, agreement)
    state = domain.judge(judged.assessment, confirmed=cmd.confirmed, days=(cmd.read_on - last.read_on).days)
    made = Reading(
        id=new_id(),
        metering_point_id=point.id,
        meter_id=meter.id,
        source=Source.CUSTOMER,
        origin=None,
        read_on=cmd.read_on,
        value_m3=cmd.value_m3,
        previous_value_m3=None,
        previous_read_on=None,
        use_m3=None,
        rolled_over=False,
        state=state,
        check_reason=judged.assessment.reason,
        account_id=account_id,
        customer_number=agreement.customer_number,
        submitted_by=person_id,
        submitted_at=tx.now,
        corrected_at=None,
        revision=1,
        answered_at=None,
        answer_text_sv=None,
        answer_text_en=None,
        invoice_number=None,
        billed_value_m3=None,
        told=0,
        version=1,
    )
    made.measure(previous=(last.read_on, last.value_m3), assessment=judged.assessment)
    store.add(tx, made)
    tx.emit(
        told.ReadingSubmittedV1(
            **_whole_state(made, point.facility_id, meter.number),
            source=told.ReadingSource(made.source.value),
            submitted_at=made.submitted_at,
        ),
        aggregate_id=made.id,
        version=made.next_told(),
    )
    _ask_for_check_and_write(tx, made, judged.assessment)
    return made


def correct_reading(tx: Tx, reading_id: UUID, cmd: CorrectReading) -> Reading:
    """Replace the value of a reading that is not billed (D24). What it was is kept (B-16).

    Raises ``ReadingNotFound``, ``ReadingAlreadyBilled``, ``ReadingNeedsConfirmation`` and what a new value may meet.
    """
    account_id, person_id, areas = acting(tx.principal)
    known = store.find(tx, account_id, reading_id)
    place = store.lock_place(tx, account_id, known.metering_point_id, areas) if known else None
    found = store.lock(tx, reading_id) if place else None
    if place is None or found is None:
        raise domain.ReadingNotFound
    found.ensure_correctable(cmd.value_m3)
    point, agreements = place
    meter = next(row for row in store.meters(tx, point.id) if row.id == found.meter_id)
    others = store.readings_of_meter(tx, meter.id, besides=found.id)
    if found.state is State.REJECTED and any(
        other.read_on == found.read_on and other.source is Source.CUSTOMER for other in others
    ):
        raise domain.ReadingAlreadyRegistered
    agreement = store.covering(agreements, found.read_on) or agreements[0]
    judged = _judge(tx, others, cmd.value_m3, found.read_on, meter, point, agreements, agreement)
    previous, following = judged.previous, judged.following
    if following is not None and following.value_m3 < cmd.value_m3 and not following.rolled_over:
        raise domain.ReadingAboveNext(
            field="value_m3", next_m3=following.value_m3, next_on=following.read_on.isoformat()
        )
    domain.judge(judged.assessment, confirmed=cmd.confirmed, days=(found.read_on - previous.read_on).days)
    replaced = found.correct(cmd.value_m3, reason=judged.assessment.reason, now=tx.now)
    found.measure(previous=(previous.read_on, previous.value_m3), assessment=judged.assessment)
    store.keep_revision(tx, found.id, replaced, person_id)
    store.close_check_tasks(tx, found.id, "corrected", tx.now)
    if following is not None and following.source is Source.CUSTOMER:
        use, rolled = domain.use_between(cmd.value_m3, following.value_m3, meter.digits)
        following.measure(previous=(found.read_on, cmd.value_m3), assessment=Assessment(use, rolled, None, None))
    tx.emit(
        told.ReadingCorrectedV1(
            **_whole_state(found, point.facility_id, meter.number),
            corrected_at=tx.now,
        ),
        aggregate_id=found.id,
        version=found.next_told(),
    )
    _ask_for_check_and_write(tx, found, judged.assessment)
    return found


def acting(principal: Principal | None) -> tuple[UUID, UUID | None, frozenset[str] | None]:
    """Account, person and the service areas that the person's membership covers (None: all, D22)."""
    if principal is None or principal.account_id is None:
        raise Forbidden
    return principal.account_id, principal.person_id, principal.services


def _current_meter(tx: Tx, cmd: SubmitReading) -> Any:
    standing = [row for row in store.meters(tx, cmd.metering_point_id) if row.removed_on is None]
    if not standing:
        raise domain.PointWithoutMeter(field="metering_point_id")
    meter = standing[-1]
    if cmd.meter_number is not None and cmd.meter_number != meter.number:
        raise domain.MeterNumberMismatch(field="meter_number")
    return meter


def _judge(
    tx: Tx,
    others: Sequence[Reading],
    value_m3: int,
    read_on: date,
    meter: Any,
    point: Any,
    agreements: Sequence[Any],
    agreement: Any,
) -> _Judged:
    if value_m3 >= 10**meter.digits:
        raise domain.ReadingTooManyDigits(field="value_m3", digits=meter.digits)
    previous = [other for other in others if other.read_on <= read_on][-1]
    following = next((other for other in others if other.read_on > read_on), None)
    account_id, _, _ = acting(tx.principal)
    rate = domain.daily_rate(
        past_of(tx, account_id, point.id, agreements),
        on=previous.read_on,
        expected_yearly_m3=agreement.expected_yearly_m3,
        household=store.account_kind(tx, account_id) == "private",
    )
    assessment = domain.assess(
        previous_m3=previous.value_m3,
        value_m3=value_m3,
        days=(read_on - previous.read_on).days,
        digits=meter.digits,
        rate=rate,
    )
    if not assessment.possible:
        raise domain.ReadingBelowLast(field="value_m3", last_m3=previous.value_m3, last_on=previous.read_on.isoformat())
    return _Judged(assessment=assessment, previous=previous, following=following)


def _whole_state(made: Reading, facility_id: str, meter_number: str) -> dict[str, Any]:
    return {
        "reading_id": made.id,
        "account_id": made.account_id,
        "customer_number": made.customer_number,
        "facility_id": facility_id,
        "meter_number": meter_number,
        "value_m3": made.value_m3,
        "read_on": made.read_on,
        "previous_value_m3": made.previous_value_m3,
        "previous_read_on": made.previous_read_on,
        "use_m3": made.use_m3,
        "rolled_over": made.rolled_over,
    }


def _ask_for_check_and_write(tx: Tx, made: Reading, assessment: Assessment) -> None:
    if assessment.reason is None or made.account_id is None:
        store.flush(tx)
        return
    tx.emit(
        told.ReadingNeedsCheckV1(
            reading_id=made.id,
            account_id=made.account_id,
            reason=told.CheckReason(assessment.reason.value),
            submitted_at=made.corrected_at or made.submitted_at,
        ),
        aggregate_id=made.id,
        version=made.next_told(),
    )
    store.flush(tx)
    store.add_check_task(tx, made, assessment, tx.now)

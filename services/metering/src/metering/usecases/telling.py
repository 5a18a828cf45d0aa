"""What the billing system and the registers tell: noted as facts, so that order, repetition and delay do not matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.transaction import Tx
from metering import store
from metering.domain import Answer, MeterValueImpossible, ReadingNotFound, Replacement, State

MOST_DIGITS = 9


@dataclass(frozen=True, kw_only=True)
class NoteAccount:
    """An account has been opened."""

    account_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class LinkAccount:
    """A customer number belongs to an account."""

    customer_number: str
    account_id: UUID
    version: int


@dataclass(frozen=True, kw_only=True)
class UnlinkAccount:
    """A customer number belongs to no account any more."""

    customer_number: str
    version: int


@dataclass(frozen=True, kw_only=True)
class NotedMeter:
    """The meter that stands there when the agreement starts."""

    number: str
    digits: int
    start_value_m3: int


@dataclass(frozen=True, kw_only=True)
class StartAgreement:
    """An agreement has started, at a facility or without one."""

    agreement_number: str
    customer_number: str
    service_area: str
    starts_on: date
    street: str
    postal_code: str
    city: str
    facility_id: str | None
    meter: NotedMeter | None
    expected_yearly_m3: int | None
    version: int


@dataclass(frozen=True, kw_only=True)
class EndAgreement:
    """``ends_on`` is the agreement's last day."""

    agreement_number: str
    customer_number: str
    ends_on: date
    version: int


@dataclass(frozen=True, kw_only=True)
class ReplaceMeter:
    """A meter was replaced at a facility (B-17)."""

    facility_id: str
    replacement: Replacement
    version: int


@dataclass(frozen=True, kw_only=True)
class AnswerReading:
    """The billing system's answer to a reading."""

    reading_id: UUID
    answer: Answer


def note_account(tx: Tx, cmd: NoteAccount) -> None:
    """Remember whether it is a household: that decides what use is expected where nothing else is known."""
    store.put_account(tx, cmd.account_id, cmd.kind)


def link_account(tx: Tx, cmd: LinkAccount) -> None:
    """From now the account sees what the customer number has."""
    store.put_link(tx, cmd.customer_number, cmd.account_id, cmd.version)


def unlink_account(tx: Tx, cmd: UnlinkAccount) -> None:
    """From now nobody sees what the customer number has, unless a newer link says whose it is."""
    store.put_link(tx, cmd.customer_number, None, cmd.version)


def start_agreement(tx: Tx, cmd: StartAgreement) -> None:
    """Note the agreement, and make place and meters anew; raises ``MeterValueImpossible``."""
    if cmd.meter is not None and cmd.meter.start_value_m3 >= 10**cmd.meter.digits:
        raise MeterValueImpossible
    values = {
        "agreement_number": cmd.agreement_number,
        "customer_number": cmd.customer_number,
        "service_area": cmd.service_area,
        "starts_on": cmd.starts_on,
        "facility_id": cmd.facility_id,
        "street": cmd.street,
        "postal_code": cmd.postal_code,
        "city": cmd.city,
        "meter_number": cmd.meter.number if cmd.meter else None,
        "meter_digits": cmd.meter.digits if cmd.meter else None,
        "meter_start_m3": cmd.meter.start_value_m3 if cmd.meter else None,
        "expected_yearly_m3": cmd.expected_yearly_m3,
    }
    changed = store.put_agreement(tx, values, cmd.version)
    store.lock_facilities(tx, changed)
    for facility in sorted(changed):
        store.rebuild(tx, facility)


def end_agreement(tx: Tx, cmd: EndAgreement) -> None:
    """Note the last day; the agreement itself may still be on its way."""
    store.put_end(tx, cmd.agreement_number, cmd.customer_number, cmd.ends_on, cmd.version)


def replace_meter(tx: Tx, cmd: ReplaceMeter) -> None:
    """Note the replacement, and make the meters anew; the place itself may still be on its way.

    Raises ``MeterValueImpossible``.
    """
    swap = cmd.replacement
    if swap.value_m3 >= 10**swap.digits or swap.removed_value_m3 >= 10**MOST_DIGITS:
        raise MeterValueImpossible
    store.put_replacement(tx, cmd.facility_id, cmd.replacement, cmd.version)
    store.lock_facilities(tx, [cmd.facility_id])
    store.rebuild(tx, cmd.facility_id)


def answer_reading(tx: Tx, cmd: AnswerReading) -> None:
    """Settle a reading by the billing system's answers; raises ``ReadingNotFound`` (a dead letter, not a guess)."""
    found = store.lock(tx, cmd.reading_id)
    if found is None:
        raise ReadingNotFound
    store.keep_answer(tx, cmd.reading_id, cmd.answer)
    found.settle(store.answers(tx, cmd.reading_id), store.revisions(tx, cmd.reading_id))
    if found.state in {State.BILLED, State.REJECTED}:
        store.close_check_tasks(tx, found.id, found.state.value, tx.now)

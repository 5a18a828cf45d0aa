"""Queries for submitting, correcting and settling readings. Whose it is, is part of every question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.ids import new_id
from chassis.transaction import Tx
from metering.domain import Answer, Assessment, Period, Reading, Revision, Source, State
from metering.store.tables import (
    account_link,
    agreement,
    billing_answer,
    check_task,
    meter,
    metering_point,
    reading,
    reading_revision,
)


def lock_place(
    tx: Tx, account_id: UUID, point_id: UUID, areas: frozenset[str] | None, *, lock: bool = True
) -> tuple[Any, Sequence[Any]] | None:
    """The place with the account's agreements for it, newest first; None unless the account has (had) one.

    With ``lock`` one at a time works on the place, so that two readings at once see each other.
    """
    query = select(metering_point).where(metering_point.c.id == point_id)
    if areas is not None:
        query = query.where(metering_point.c.service_area.in_(areas))
    held = (
        select(agreement.c.customer_number, agreement.c.starts_on, agreement.c.ends_on, agreement.c.expected_yearly_m3)
        .join(account_link, account_link.c.customer_number == agreement.c.customer_number)
        .join(metering_point, metering_point.c.facility_id == agreement.c.facility_id)
        .where(metering_point.c.id == point_id, account_link.c.account_id == account_id)
        .where(agreement.c.started_version > 0)
        .order_by(agreement.c.starts_on.desc(), agreement.c.agreement_number.desc())
    )
    # Whether it is theirs is asked first: nobody may make others wait for a place that is not his.
    if not (rows := tx.session.execute(held).all()):
        return None
    point = tx.session.execute(query.with_for_update() if lock else query).one_or_none()
    return None if point is None else (point, rows)


def meters(tx: Tx, point_id: UUID) -> Sequence[Any]:
    """The meters of a place, oldest first."""
    return tx.session.execute(
        select(meter).where(meter.c.metering_point_id == point_id).order_by(meter.c.installed_on, meter.c.number)
    ).all()


def readings_of_meter(tx: Tx, meter_id: UUID, *, besides: UUID | None = None) -> list[Reading]:
    """The values of one meter that count, whoever told them, oldest first."""
    query = select(Reading).where(reading.c.meter_id == meter_id, reading.c.state != State.REJECTED)
    if besides is not None:
        query = query.where(reading.c.id != besides)
    return list(tx.session.scalars(query.order_by(reading.c.read_on, reading.c.value_m3, reading.c.id)))


def visible_points(tx: Tx, account_id: UUID, point_id: UUID) -> Sequence[Any]:
    """The values at a place that the account may know: its own, and the utility's. Periods are cut by the domain."""
    return tx.session.execute(
        select(
            reading.c.meter_id,
            reading.c.read_on,
            reading.c.value_m3,
            reading.c.source,
            reading.c.origin,
            reading.c.corrected_at,
        )
        .where(
            reading.c.metering_point_id == point_id,
            reading.c.state != State.REJECTED,
            or_(reading.c.account_id == account_id, reading.c.source != Source.CUSTOMER),
        )
        .order_by(reading.c.read_on, reading.c.value_m3)
    ).all()


def periods(rows: Sequence[Any]) -> list[Period]:
    """The agreements' days."""
    return [Period(row.starts_on, row.ends_on) for row in rows]


def add(tx: Tx, made: Reading) -> None:
    """Keep a new reading."""
    tx.session.add(made)


def find(tx: Tx, account_id: UUID, reading_id: UUID) -> Reading | None:
    """A customer's reading of this account."""
    return tx.session.scalars(
        select(Reading).where(reading.c.id == reading_id, reading.c.account_id == account_id)
    ).one_or_none()


def lock(tx: Tx, reading_id: UUID) -> Reading | None:
    """A customer's reading, locked and fresh; of any account, so only for what comes from other systems."""
    return tx.session.scalars(
        select(Reading)
        .where(reading.c.id == reading_id, reading.c.source == Source.CUSTOMER)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def keep_revision(tx: Tx, reading_id: UUID, replaced: Revision, person_id: UUID | None) -> None:
    """Keep the value that a correction has replaced (B-16)."""
    tx.session.execute(
        insert(reading_revision).values(
            reading_id=reading_id,
            number=replaced.number,
            value_m3=replaced.value_m3,
            replaced_at=replaced.replaced_at,
            replaced_by=person_id,
        )
    )


def revisions(tx: Tx, reading_id: UUID) -> list[Revision]:
    """What corrections have replaced, oldest first."""
    rows = tx.session.execute(
        select(reading_revision).where(reading_revision.c.reading_id == reading_id).order_by(reading_revision.c.number)
    )
    return [Revision(number=row.number, value_m3=row.value_m3, replaced_at=row.replaced_at) for row in rows]


def keep_answer(tx: Tx, reading_id: UUID, answer: Answer) -> None:
    """Keep an answer of the billing system; the same version twice is one."""
    tx.session.execute(
        insert(billing_answer)
        .values(
            reading_id=reading_id,
            version=answer.version,
            accepted=answer.accepted,
            decided_at=answer.decided_at,
            invoice_number=answer.invoice_number,
            text_sv=answer.text_sv,
            text_en=answer.text_en,
        )
        .on_conflict_do_nothing(constraint="pk_billing_answer")
    )


def answers(tx: Tx, reading_id: UUID) -> list[Answer]:
    """Every answer so far."""
    rows = tx.session.execute(select(billing_answer).where(billing_answer.c.reading_id == reading_id))
    return [
        Answer(
            version=row.version,
            accepted=row.accepted,
            decided_at=row.decided_at,
            invoice_number=row.invoice_number,
            text_sv=row.text_sv,
            text_en=row.text_en,
        )
        for row in rows
    ]


def add_check_task(tx: Tx, made: Reading, assessment: Assessment, now: datetime) -> None:
    """Somebody at the utility shall look at it (D24: never a silent drop)."""
    tx.session.execute(
        insert(check_task).values(
            id=new_id(),
            reading_id=made.id,
            revision=made.revision,
            reason=assessment.reason,
            use_m3=assessment.use_m3,
            expected_m3=assessment.expected_m3,
            created_at=now,
        )
    )


def close_check_tasks(tx: Tx, reading_id: UUID, outcome: str, now: datetime) -> None:
    """The open task of a reading is settled by what happened: corrected, billed or rejected."""
    tx.session.execute(
        update(check_task)
        .where(check_task.c.reading_id == reading_id, check_task.c.closed_at.is_(None))
        .values(closed_at=now, outcome=outcome)
    )


def flush(tx: Tx) -> None:
    """Write the changed readings before statements that refer to them."""
    tx.session.flush()


def covering(rows: Sequence[Any], on: date) -> Any:
    """The agreement that covers ``on``, if one does."""
    return next((row for row in rows if row.starts_on <= on and (row.ends_on is None or on <= row.ends_on)), None)

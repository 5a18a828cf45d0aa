"""What is kept of the customers of some accounts, and how it goes (B-21, J10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, and_, cast, delete, exists, func, literal, or_, select, update

from chassis.privacy import BOOKKEEPING_YEARS, rows
from chassis.transaction import Tx
from metering.domain import Source, State
from metering.store.tables import (
    account,
    account_link,
    agreement,
    billing_answer,
    check_task,
    meter,
    metering_point,
    reading,
    reading_revision,
)

TODAY = cast(func.timezone("Europe/Stockholm", func.now()), Date)
"""The Swedish date by the database's clock."""
OLDEST_YEAR = func.extract("year", TODAY) - BOOKKEEPING_YEARS


def accounts(tx: Tx, account_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The accounts and their customer numbers."""
    found = (
        select(account_link.c.account_id, account_link.c.customer_number, account.c.kind)
        .outerjoin(account, account.c.account_id == account_link.c.account_id)
        .where(account_link.c.account_id.in_(account_ids))
    )
    return rows(tx.session.execute(found.order_by(account_link.c.customer_number)))


def agreements(tx: Tx, account_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The accounts' agreements, whole."""
    shown = [column for column in agreement.c if not column.name.endswith("_version")]
    return rows(tx.session.execute(select(*shown).where(_of(account_ids)).order_by(agreement.c.agreement_number)))


def meters(tx: Tx, account_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The meters of the accounts' places, while the agreements lasted."""
    found = (
        select(
            metering_point.c.facility_id,
            metering_point.c.service_area,
            meter.c.number,
            meter.c.installed_on,
            meter.c.installed_value_m3,
            meter.c.removed_on,
            meter.c.removed_value_m3,
        )
        .join(metering_point, metering_point.c.id == meter.c.metering_point_id)
        .where(
            exists().where(
                _of(account_ids),
                agreement.c.facility_id == metering_point.c.facility_id,
                or_(meter.c.removed_on.is_(None), meter.c.removed_on >= agreement.c.starts_on),
                or_(agreement.c.ends_on.is_(None), meter.c.installed_on <= agreement.c.ends_on),
            )
        )
    )
    return rows(tx.session.execute(found.order_by(metering_point.c.facility_id, meter.c.installed_on)))


def readings(tx: Tx, account_ids: Sequence[UUID], person_id: UUID) -> list[dict[str, Any]]:
    """The accounts' own readings, and the utility's while the agreements lasted; of others only that it was not me."""
    shown = [
        column
        for column in reading.c
        if column.name not in {"origin", "submitted_by", "told", "version", "metering_point_id", "meter_id"}
    ]
    within = exists().where(
        _of(account_ids),
        agreement.c.facility_id == metering_point.c.facility_id,
        reading.c.read_on >= agreement.c.starts_on,
        or_(agreement.c.ends_on.is_(None), reading.c.read_on <= agreement.c.ends_on + 1),
    )
    found = (
        select(
            *shown,
            func.coalesce(reading.c.submitted_by == person_id, literal(value=False)).label("submitted_by_me"),
            metering_point.c.facility_id,
            meter.c.number.label("meter_number"),
        )
        .join(metering_point, metering_point.c.id == reading.c.metering_point_id)
        .join(meter, meter.c.id == reading.c.meter_id)
        .where(or_(reading.c.account_id.in_(account_ids), and_(reading.c.source != Source.CUSTOMER, within)))
        .order_by(reading.c.read_on, reading.c.id)
    )
    of: dict[UUID, dict[str, Any]] = {}
    for row in rows(tx.session.execute(found)):
        of[row["id"]] = row | {"revisions": [], "billing_answers": [], "checks": []}
    for name, table, hidden in (
        ("revisions", reading_revision, {"replaced_by"}),
        ("billing_answers", billing_answer, {"version"}),
        ("checks", check_task, {"id"}),
    ):
        columns = [column for column in table.c if column.name not in hidden]
        for part in rows(tx.session.execute(select(*columns).where(table.c.reading_id.in_(of)))):
            of[part.pop("reading_id")][name].append(part)
    return list(of.values())


def forget_rejected(tx: Tx, account_ids: Sequence[UUID]) -> int:
    """Delete the accounts' readings that were never used for an invoice because they were refused; how many."""
    gone = delete(reading).where(reading.c.account_id.in_(account_ids), reading.c.state == State.REJECTED)
    return len(tx.session.execute(gone.returning(reading.c.id)).all())


def forget_who(tx: Tx, account_ids: Sequence[UUID], person_id: UUID) -> int:
    """Remove who submitted and corrected: everybody in the own accounts, the person everywhere; how many readings."""
    of_accounts = select(reading.c.id).where(reading.c.account_id.in_(account_ids))
    changed = tx.session.execute(
        update(reading)
        .where(
            reading.c.submitted_by.is_not(None),
            or_(reading.c.account_id.in_(account_ids), reading.c.submitted_by == person_id),
        )
        .values(submitted_by=None)
        .returning(reading.c.id)
    ).all()
    tx.session.execute(
        update(reading_revision)
        .where(or_(reading_revision.c.reading_id.in_(of_accounts), reading_revision.c.replaced_by == person_id))
        .values(replaced_by=None)
    )
    return len(changed)


def last_day(tx: Tx, account_ids: Sequence[UUID]) -> date | None:
    """The day of the newest reading or of the last agreement's end: what the time of keeping counts from."""
    read = tx.session.execute(select(func.max(reading.c.read_on)).where(reading.c.account_id.in_(account_ids))).scalar()
    ends = func.coalesce(agreement.c.ends_on, TODAY)
    ended = tx.session.execute(select(func.max(ends)).where(_of(account_ids))).scalar()
    return max((day for day in (read, ended) if day is not None), default=None)


def forget_old(tx: Tx) -> tuple[int, int]:
    """Delete agreements that ended, and customers' readings that were made, more than seven calendar years ago.

    The last reading of a meter stays: the next one is counted from it. Returns how many of each.
    """
    ended = tx.session.execute(
        delete(agreement)
        .where(func.extract("year", agreement.c.ends_on) < OLDEST_YEAR)
        .returning(agreement.c.agreement_number)
    ).all()
    newer = reading.alias("newer")
    old = tx.session.execute(
        delete(reading)
        .where(
            reading.c.source == Source.CUSTOMER,
            func.extract("year", reading.c.read_on) < OLDEST_YEAR,
            exists().where(newer.c.meter_id == reading.c.meter_id, newer.c.read_on > reading.c.read_on),
        )
        .returning(reading.c.id)
    ).all()
    return len(ended), len(old)


def _of(account_ids: Sequence[UUID]) -> Any:
    numbers = select(account_link.c.customer_number).where(account_link.c.account_id.in_(account_ids))
    return agreement.c.customer_number.in_(numbers)

"""What other systems tell: accounts, links, agreements, replacements; and the places and meters made from it.

Each fact is one row under its natural key, and the newest version wins, so the rows do not depend on the order of
arrival. ``rebuild`` makes places and meters anew from the rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, func, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import Insert, insert

from chassis.ids import new_id
from chassis.transaction import Tx
from metering.domain import Mark, Meter, Replacement, Start, State, meters_from
from metering.store.tables import account, account_link, agreement, meter, meter_replacement, metering_point, reading


def _newest_wins(table: Table, key: str, *columns: str, version: str | None = None) -> Insert:
    """An upsert for ``Tx.later``."""
    statement = insert(table)
    return statement.on_conflict_do_update(
        index_elements=[key],
        set_={name: statement.excluded[name] for name in columns},
        where=table.c[version] < statement.excluded[version] if version else None,
    )


ACCOUNT = _newest_wins(account, "account_id", "kind")
LINK = _newest_wins(account_link, "customer_number", "account_id", "version", version="version")


def _upsert(tx: Tx, table: Table, keys: tuple[str, ...], values: dict[str, Any], *, newest: str | None = None) -> None:
    statement = insert(table).values(**values)
    changes = {name: statement.excluded[name] for name in values if name not in keys}
    condition = table.c[newest] < statement.excluded[newest] if newest else None
    tx.session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes, where=condition))


def put_account(tx: Tx, account_id: UUID, kind: str) -> None:
    """Note what kind of account it is."""
    tx.later(ACCOUNT, {"account_id": account_id, "kind": kind})


def put_link(tx: Tx, customer_number: str, account_id: UUID | None, version: int) -> None:
    """Note whose customer number it is; None: nobody's."""
    tx.later(LINK, {"customer_number": customer_number, "account_id": account_id, "version": version})


def put_agreement(tx: Tx, values: dict[str, Any], version: int) -> set[str]:
    """Note an agreement's start; returns the facilities that have changed."""
    number = values["agreement_number"]
    before = tx.session.execute(
        select(agreement.c.facility_id).where(agreement.c.agreement_number == number).with_for_update()
    ).scalar()
    _upsert(tx, agreement, ("agreement_number",), values | {"started_version": version}, newest="started_version")
    return {facility for facility in (before, values["facility_id"]) if facility}


def put_end(tx: Tx, agreement_number: str, customer_number: str, ends_on: date, version: int) -> None:
    """Note an agreement's last day, also of an agreement whose start is still to come."""
    values = {
        "agreement_number": agreement_number,
        "customer_number": customer_number,
        "ends_on": ends_on,
        "ended_version": version,
    }
    statement = insert(agreement).values(**values)
    tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["agreement_number"],
            set_={"ends_on": statement.excluded.ends_on, "ended_version": statement.excluded.ended_version},
            where=agreement.c.ended_version < statement.excluded.ended_version,
        )
    )


def put_replacement(tx: Tx, facility_id: str, swap: Replacement, version: int) -> None:
    """Note the replacement of a meter."""
    values = {
        "facility_id": facility_id,
        "replaced_on": swap.on,
        "removed_number": swap.removed_number,
        "removed_value_m3": swap.removed_value_m3,
        "estimated": swap.estimated,
        "number": swap.number,
        "digits": swap.digits,
        "value_m3": swap.value_m3,
        "version": version,
    }
    _upsert(tx, meter_replacement, ("facility_id", "replaced_on"), values, newest="version")


def lock_facilities(tx: Tx, facilities: Iterable[str]) -> None:
    """One at a time makes the meters of a place anew: what two write at once, the second one sees."""
    for facility in sorted(facilities):
        tx.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": facility})


def rebuild(tx: Tx, facility_id: str) -> None:
    """Make the place and its meters from everything known about it. Lock the facility first."""
    told = tx.session.execute(
        select(agreement)
        .where(agreement.c.facility_id == facility_id, agreement.c.started_version > 0)
        .order_by(agreement.c.starts_on.desc(), agreement.c.agreement_number.desc())
    ).all()
    if not told:
        used = select(reading.c.id).where(
            reading.c.metering_point_id == metering_point.c.id, reading.c.origin.is_(None)
        )
        tx.session.execute(delete(metering_point).where(metering_point.c.facility_id == facility_id, ~used.exists()))
        return
    newest = told[0]
    statement = insert(metering_point).values(
        id=new_id(),
        facility_id=facility_id,
        service_area=newest.service_area,
        street=newest.street,
        postal_code=newest.postal_code,
        city=newest.city,
    )
    kept = ("service_area", "street", "postal_code", "city")
    point_id = tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["facility_id"], set_={name: statement.excluded[name] for name in kept}
        ).returning(metering_point.c.id)
    ).scalar_one()
    starts = [
        Start(
            agreement_number=row.agreement_number,
            on=row.starts_on,
            number=row.meter_number,
            digits=row.meter_digits,
            value_m3=row.meter_start_m3,
        )
        for row in told
        if row.meter_number is not None
    ]
    _sync(tx, point_id, meters_from(starts, _replacements(tx, facility_id)))


def _replacements(tx: Tx, facility_id: str) -> list[Replacement]:
    rows = tx.session.execute(select(meter_replacement).where(meter_replacement.c.facility_id == facility_id)).all()
    return [
        Replacement(
            on=row.replaced_on,
            removed_number=row.removed_number,
            removed_value_m3=row.removed_value_m3,
            estimated=row.estimated,
            number=row.number,
            digits=row.digits,
            value_m3=row.value_m3,
        )
        for row in rows
    ]


def _sync(tx: Tx, point_id: UUID, meters: tuple[Meter, ...]) -> None:
    marks: list[tuple[UUID, Mark]] = []
    for known in meters:
        values = {
            "digits": known.digits,
            "installed_on": known.installed_on,
            "installed_value_m3": known.installed_value_m3,
            "removed_on": known.removed_on,
            "removed_value_m3": known.removed_value_m3,
        }
        meter_id = tx.session.execute(
            insert(meter)
            .values(id=new_id(), metering_point_id=point_id, number=known.number, **values)
            .on_conflict_do_update(constraint="uq_meter_point_number", set_=values)
            .returning(meter.c.id)
        ).scalar_one()
        marks += [(meter_id, mark) for mark in known.marks]
    for meter_id, mark in marks:
        _put_mark(tx, point_id, meter_id, mark)
    # A meter that is told of no longer was a mistake; one with customers' readings stays until somebody has looked.
    used = select(reading.c.id).where(reading.c.meter_id == meter.c.id, reading.c.origin.is_(None))
    tx.session.execute(
        delete(meter).where(
            meter.c.metering_point_id == point_id, meter.c.number.not_in([m.number for m in meters]), ~used.exists()
        )
    )
    stale = [reading.c.metering_point_id == point_id, reading.c.origin.is_not(None)]
    if marks:
        stale.append(tuple_(reading.c.meter_id, reading.c.origin).not_in([(i, mark.origin) for i, mark in marks]))
    tx.session.execute(delete(reading).where(*stale))


def _put_mark(tx: Tx, point_id: UUID, meter_id: UUID, mark: Mark) -> None:
    values = {"source": mark.source, "read_on": mark.on, "value_m3": mark.value_m3}
    statement = insert(reading).values(
        id=new_id(),
        metering_point_id=point_id,
        meter_id=meter_id,
        origin=mark.origin,
        state=State.ACCEPTED,
        submitted_at=func.now(),
        revision=1,
        told=0,
        version=1,
        **values,
    )
    tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["meter_id", "origin"],
            index_where=text("origin IS NOT NULL"),
            set_=values,
            where=or_(
                reading.c.read_on != mark.on, reading.c.value_m3 != mark.value_m3, reading.c.source != mark.source
            ),
        )
    )


def account_kind(tx: Tx, account_id: UUID) -> str | None:
    """``private`` or ``company``; None while the account is not known."""
    return tx.session.execute(select(account.c.kind).where(account.c.account_id == account_id)).scalar()


__all__ = [
    "account_kind",
    "lock_facilities",
    "put_account",
    "put_agreement",
    "put_end",
    "put_link",
    "put_replacement",
    "rebuild",
]

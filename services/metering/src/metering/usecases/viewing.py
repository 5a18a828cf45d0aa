"""What an account may see: places, readings and use. Foreign ids answer as unknown ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from chassis.errors import Forbidden
from chassis.transaction import Tx
from metering import domain, store
from metering.domain import Interval, Month, Past, Point, Quality, Series, State
from metering.domain.meters import REMOVED


@dataclass(frozen=True, kw_only=True)
class Consumption:
    """Use at one place in one year: the intervals that touch it and its twelve months."""

    metering_point_id: UUID
    year: int
    intervals: list[dict[str, Any]]
    months: list[Month]
    use_litres: int
    quality: Quality | None


def list_points(tx: Tx, *, limit: int, page: int) -> tuple[list[dict[str, Any]], int]:
    """The account's places, with meter, last value and expected use."""
    account_id, areas = _seeing(tx)
    rows, total = store.points_page(tx, account_id, areas, limit=limit, offset=(page - 1) * limit)
    return [_point(row) for row in rows], total


def _point(row: Any) -> dict[str, Any]:
    known = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    has_meter = row.meter_number is not None
    return {
        "id": row.id,
        "facility_id": row.facility_id,
        "service_area": row.service_area,
        "address": {name: known[name] for name in ("street", "postal_code", "city")},
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "expected_yearly_use_m3": row.expected_yearly_m3,
        "meter": {name: known[name] for name in ("meter_number", "digits", "installed_on", "installed_value_m3")}
        if has_meter
        else None,
        "last_reading": {"value_m3": row.last_value_m3, "read_on": row.last_read_on, "source": row.last_source}
        if row.last_value_m3 is not None
        else None,
        "can_report": has_meter and row.service_area == "water" and row.ends_on is None,
    }


def list_readings(tx: Tx, *, metering_point_id: UUID | None, limit: int, page: int) -> tuple[list[dict[str, Any]], int]:
    """The readings that the account may see, newest first."""
    account_id, areas = _seeing(tx)
    rows, total = store.readings_page(
        tx, account_id, areas, point_id=metering_point_id, limit=limit, offset=(page - 1) * limit
    )
    return [_reading(row, tx.locale) for row in rows], total


def get_reading(tx: Tx, reading_id: UUID) -> dict[str, Any]:
    """One reading; raises ``ReadingNotFound``."""
    account_id, areas = _seeing(tx)
    row = store.one_reading(tx, account_id, areas, reading_id)
    if row is None:
        raise domain.ReadingNotFound
    return _reading(row, tx.locale)


def _reading(row: Any, locale: str) -> dict[str, Any]:
    known = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    point = Point(
        on=row.read_on, value_m3=row.value_m3, source=domain.Source(row.source), corrected=row.corrected_at is not None
    )
    return known | {
        "status": row.state,
        "quality": point.quality,
        "answer_text": row.answer_text_en if locale == "en" else row.answer_text_sv,
        "may_correct": row.source == "customer" and row.state != State.BILLED.value,
    }


def consumption(tx: Tx, *, metering_point_id: UUID, year: int) -> Consumption:
    """Use at one place in one year; raises ``MeteringPointNotFound``."""
    account_id, areas = _seeing(tx)
    place = store.lock_place(tx, account_id, metering_point_id, areas, lock=False)
    if place is None:
        raise domain.MeteringPointNotFound
    found = intervals_of(tx, account_id, metering_point_id, place[1])
    months = domain.by_month(found, year)
    qualities = [month.quality for month in months if month.quality is not None]
    return Consumption(
        metering_point_id=metering_point_id,
        year=year,
        intervals=[asdict(i) | {"days": i.days} for i in found if i.from_on.year <= year <= i.to_on.year],
        months=months,
        use_litres=sum(month.use_litres for month in months),
        quality=domain.least_sure(qualities) if qualities else None,
    )


def intervals_of(tx: Tx, account_id: UUID, point_id: UUID, agreements: Sequence[Any]) -> list[Interval]:
    """Use between the values that the account may see, within its agreements."""
    points: dict[UUID, list[Point]] = {}
    for row in store.visible_points(tx, account_id, point_id):
        point = Point(
            on=row.read_on,
            value_m3=row.value_m3,
            source=domain.Source(row.source),
            corrected=row.corrected_at is not None,
            removal=row.origin == REMOVED,
        )
        points.setdefault(row.meter_id, []).append(point)
    series = [
        Series(
            number=meter.number,
            digits=meter.digits,
            removed_on=meter.removed_on,
            points=tuple(points.get(meter.id, ())),
        )
        for meter in store.meters(tx, point_id)
    ]
    return domain.intervals(series, store.periods(agreements))


def past_of(tx: Tx, account_id: UUID, point_id: UUID, agreements: Sequence[Any]) -> list[Past]:
    """The same, as the history that a new value is judged by."""
    return [
        Past(interval.to_on, interval.days, interval.use_m3)
        for interval in intervals_of(tx, account_id, point_id, agreements)
    ]


def _seeing(tx: Tx) -> tuple[UUID, frozenset[str] | None]:
    if tx.principal is None or tx.principal.account_id is None:
        raise Forbidden
    return tx.principal.account_id, tx.principal.services

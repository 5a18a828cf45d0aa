"""Use from readings: per interval and per month of the year, in the dates of Europe/Stockholm.

Use is summed per meter and never across a swap (B-17). A reading of a day counts as taken at its beginning, so an
interval covers ``from_on`` up to, not including, ``to_on``. Months are in litres, whole numbers that add up exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from metering.domain.meters import Source
from metering.domain.plausibility import use_between

MONTHS = 12
DAY = timedelta(days=1)


class Quality(StrEnum):
    """How sure a value is (B-16); the least sure of several counts."""

    MEASURED = "measured"
    CORRECTED = "corrected"
    ESTIMATED = "estimated"


_RANK = {Quality.MEASURED: 0, Quality.CORRECTED: 1, Quality.ESTIMATED: 2}


def least_sure(qualities: Iterable[Quality]) -> Quality:
    """The quality of what is made of several values."""
    return max(qualities, key=_RANK.__getitem__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value of one meter's counter."""

    on: date
    value_m3: int
    source: Source
    corrected: bool = False
    removal: bool = False

    @property
    def quality(self) -> Quality:
        """Estimated, corrected or measured."""
        if self.source is Source.ESTIMATE:
            return Quality.ESTIMATED
        return Quality.CORRECTED if self.corrected else Quality.MEASURED


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The values of one meter that may be seen."""

    number: str
    digits: int
    removed_on: date | None
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days on which the account had an agreement; ``to_on`` is the last one, None is open."""

    from_on: date
    to_on: date | None

    def reaches(self, on: date) -> bool:
        """Whether a value of this day may belong to it: the morning after the last day still does."""
        return self.from_on <= on and (self.to_on is None or on <= self.to_on + DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Use between two values of one meter."""

    meter_number: str
    from_on: date
    to_on: date
    use_m3: int
    rolled_over: bool
    quality: Quality

    @property
    def days(self) -> int:
        """Days covered; zero where both values are of one day."""
        return (self.to_on - self.from_on).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """Use in one month. ``days_covered`` says for how many of its days there are values."""

    month: int
    use_litres: int
    days_covered: int
    quality: Quality | None


def merged(periods: Iterable[Period]) -> list[Period]:
    """Agreements that follow each other without a gap are one period."""
    done: list[Period] = []
    for period in sorted(periods, key=lambda p: (p.from_on, p.to_on or date.max)):
        last = done[-1] if done else None
        if last is not None and (last.to_on is None or period.from_on <= last.to_on + DAY):
            open_end = last.to_on is None or period.to_on is None
            done[-1] = Period(last.from_on, None if open_end else max(last.to_on or date.min, period.to_on or date.min))
        else:
            done.append(period)
    return done


def intervals(series: Iterable[Series], periods: Iterable[Period]) -> list[Interval]:
    """Every interval with both ends in one period of the account, oldest first.

    Values read after the meter was removed are left out: they were another meter's.
    """
    spans = merged(periods)
    found = [
        interval
        for meter in series
        for span in spans
        for interval in _of(meter, [point for point in meter.points if span.reaches(point.on)])
    ]
    return sorted(found, key=lambda i: (i.from_on, i.to_on, i.meter_number))


def _of(meter: Series, points: Sequence[Point]) -> Iterable[Interval]:
    kept = [point for point in points if meter.removed_on is None or point.on <= meter.removed_on]
    kept.sort(key=lambda point: (point.on, point.removal, point.value_m3))
    for before, after in pairwise(kept):
        use, rolled = use_between(before.value_m3, after.value_m3, meter.digits)
        if before.on == after.on and (rolled or use == 0):
            continue  # two sources tell of the same day
        yield Interval(
            meter_number=meter.number,
            from_on=before.on,
            to_on=after.on,
            use_m3=use,
            rolled_over=rolled,
            quality=least_sure((before.quality, after.quality)),
        )


def litres_between(interval: Interval, from_on: date, to_on: date) -> int:
    """Litres of the part ``from_on`` up to ``to_on``, spread evenly; adjoining parts add up to the whole exactly."""
    if interval.days == 0:
        return interval.use_m3 * 1000 if from_on <= interval.to_on < to_on else 0

    def until(day: date) -> int:
        gone = (min(max(day, interval.from_on), interval.to_on) - interval.from_on).days
        return interval.use_m3 * 1000 * gone // interval.days

    return until(to_on) - until(from_on)


def by_month(found: Sequence[Interval], year: int) -> list[Month]:
    """The twelve months of ``year``. A month that shares an interval with another one is estimated: spread evenly."""
    return [_month(found, year, month) for month in range(1, MONTHS + 1)]


def _month(found: Sequence[Interval], year: int, month: int) -> Month:
    first = date(year, month, 1)
    after = date(year + month // MONTHS, month % MONTHS + 1, 1)
    touching = [
        i for i in found if (i.from_on < after and i.to_on > first) or (i.days == 0 and first <= i.to_on < after)
    ]
    qualities = [
        i.quality if first <= i.from_on and i.to_on <= after else least_sure((i.quality, Quality.ESTIMATED))
        for i in touching
    ]
    covered = {
        day for i in touching for day in range(max(i.from_on, first).toordinal(), min(i.to_on, after).toordinal())
    }
    return Month(
        month=month,
        use_litres=sum(litres_between(i, first, after) for i in touching),
        days_covered=len(covered),
        quality=least_sure(qualities) if qualities else None,
    )

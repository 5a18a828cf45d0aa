"""Is a reading plausible? The written rule (D24), as pure functions on whole m³ and days.

1. The **use** since the previous reading is the difference; where the value is lower, it is what the counter has gone
   if it rolled over once: ``10^digits - previous + value``.
2. A **roll-over is possible** when that use is less than half of the counter's range and, where an expectation
   exists, at most ten times the upper limit below. Otherwise the reading is lower than the last, and refused.
3. The **expected use** of a day is that of the last three years' intervals, where they cover at least 90 days; else the
   agreement's expected yearly use / 365; else, for a private account, 150 m³ a year (a household); else nothing.
4. The **limits** for the days since the previous reading: high = 2 x expected + 10 m³, low = expected / 4 - 5 m³.
5. A possible roll-over is always asked about; use above high or below low is asked about; all else is accepted.
   Without an expectation nothing but a roll-over is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

HISTORY_REACHES = timedelta(days=3 * 365)
HISTORY_DAYS = 90
YEAR_DAYS = 365
HOUSEHOLD_YEARLY_M3 = 150
ROLL_OVER_FACTOR = 10


class Reason(StrEnum):
    """Why a reading is asked about."""

    HIGH = "high"
    LOW = "low"
    ROLL_OVER = "roll-over"


@dataclass(frozen=True, slots=True)
class Past:
    """Use in an earlier interval of the same place."""

    to_on: date
    days: int
    use_m3: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a value means."""

    use_m3: int
    rolled_over: bool
    expected_m3: int | None
    reason: Reason | None
    possible: bool = True
    """False: lower than the last, and no roll-over explains it."""


def use_between(previous_m3: int, value_m3: int, digits: int) -> tuple[int, bool]:
    """Use in m³ between two values of one counter, and whether it rolled over on the way."""
    if value_m3 >= previous_m3:
        return value_m3 - previous_m3, False
    return int(10**digits) - previous_m3 + value_m3, True


def daily_rate(
    history: Iterable[Past], *, on: date, expected_yearly_m3: int | None, household: bool
) -> Fraction | None:
    """Expected m³ a day on the day ``on``, by rule 3; None where nothing is known."""
    recent = [past for past in history if past.days > 0 and on - HISTORY_REACHES <= past.to_on <= on]
    days = sum(past.days for past in recent)
    if days >= HISTORY_DAYS:
        return Fraction(sum(past.use_m3 for past in recent), days)
    if expected_yearly_m3 is not None:
        return Fraction(expected_yearly_m3, YEAR_DAYS)
    return Fraction(HOUSEHOLD_YEARLY_M3, YEAR_DAYS) if household else None


def limits(rate: Fraction, days: int) -> tuple[Fraction, Fraction]:
    """Low and high limit of plausible use in ``days`` days, by rule 4; a negative low limit refuses nothing."""
    expected = rate * days
    return expected / 4 - 5, 2 * expected + 10


def assess(*, previous_m3: int, value_m3: int, days: int, digits: int, rate: Fraction | None) -> Assessment:
    """Judge a value against the previous one, ``days`` days earlier."""
    use, rolled = use_between(previous_m3, value_m3, digits)
    expected = None if rate is None else round(rate * days)
    low, high = (None, None) if rate is None else limits(rate, days)
    if rolled:
        possible = 2 * use < 10**digits and (high is None or use <= ROLL_OVER_FACTOR * high)
        return Assessment(use, rolled, expected, Reason.ROLL_OVER if possible else None, possible)
    reason = None
    if high is not None and use > high:
        reason = Reason.HIGH
    elif low is not None and use < low:
        reason = Reason.LOW
    return Assessment(use, rolled, expected, reason)

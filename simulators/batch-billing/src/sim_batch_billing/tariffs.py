"""Prices with dates of validity. Unit prices are öre without VAT, as exact decimals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

VAT_PERCENT = 25


@dataclass(frozen=True)
class Tariff:
    """What water costs from a day until the next tariff begins."""

    valid_from: date
    per_m3_ore: Decimal
    fixed_per_year_ore: Decimal


WATER = (
    Tariff(date(2020, 1, 1), Decimal(2150), Decimal(214_000)),
    Tariff(date(2025, 1, 1), Decimal("2298.5"), Decimal(231_600)),
    Tariff(date(2026, 1, 1), Decimal("2406.8538"), Decimal(246_000)),
)
WASTE = (
    Tariff(date(2020, 1, 1), Decimal(0), Decimal(148_800)),
    Tariff(date(2026, 1, 1), Decimal(0), Decimal(156_000)),
)
REMINDER_ORE = 6_000
"""60 kr, the most that the law on debt collection costs allows (SFS 1981:1057); no VAT."""


def periods(first: date, last: date, tariffs: tuple[Tariff, ...] = WATER) -> Iterator[tuple[date, date, Tariff]]:
    """Split the days ``first`` to ``last`` (both included) where the tariff changes."""
    ordered = sorted(tariffs, key=lambda tariff: tariff.valid_from)
    start = first
    while start <= last:
        tariff = max((t for t in ordered if t.valid_from <= start), key=lambda t: t.valid_from, default=ordered[0])
        later = [t.valid_from for t in ordered if t.valid_from > start]
        end = min(last, min(later) - timedelta(days=1)) if later else last
        yield start, end, tariff
        start = end + timedelta(days=1)

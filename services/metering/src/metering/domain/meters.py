"""Meters at a place, as agreements and replacements tell them (B-17).

What is known arrives in any order, twice and late, so nothing here is told step by step: ``meters_from`` makes the
meters anew from all facts, and the same facts give the same meters whatever their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise


class Source(StrEnum):
    """Where a value comes from (B-16)."""

    CUSTOMER = "customer"
    UTILITY = "utility"
    ESTIMATE = "estimate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """An agreement started with this meter showing this value (m³)."""

    agreement_number: str
    on: date
    number: str
    digits: int
    value_m3: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """One meter was taken away and another put in its place."""

    on: date
    removed_number: str
    removed_value_m3: int
    estimated: bool
    """The old counter could not be read: its last value was estimated."""
    number: str
    digits: int
    value_m3: int


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A value that the utility tells; ``origin`` is its natural key within the meter."""

    on: date
    value_m3: int
    origin: str
    source: Source = Source.UTILITY


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One meter at one place, from installation to removal. Values in m³."""

    number: str
    digits: int
    installed_on: date
    installed_value_m3: int
    removed_on: date | None = None
    removed_value_m3: int | None = None
    marks: tuple[Mark, ...] = ()


INSTALLED, REMOVED = "installed", "removed"


def meters_from(starts: Iterable[Start], replacements: Iterable[Replacement]) -> tuple[Meter, ...]:
    """The meters of one place, oldest first.

    A meter is installed when it is first told of; what is told of it later are readings by the utility. It is removed
    by its replacement, or, where none was told, on the day another meter is first told of: then the last value is
    unknown, and no use is made up for it.
    """
    replacements = list(replacements)
    told: dict[str, list[tuple[Mark, int]]] = {}
    for swap in replacements:
        mark = Mark(swap.on, swap.value_m3, f"replacement:{swap.on}")
        told.setdefault(swap.number, []).append((mark, swap.digits))
    for start in starts:
        mark = Mark(start.on, start.value_m3, f"agreement:{start.agreement_number}")
        told.setdefault(start.number, []).append((mark, start.digits))
    meters = sorted((_meter(number, marks) for number, marks in told.items()), key=lambda m: (m.installed_on, m.number))
    return _removed(meters, {swap.removed_number: swap for swap in sorted(replacements, key=lambda swap: swap.on)})


def _meter(number: str, told: list[tuple[Mark, int]]) -> Meter:
    # A replacement's value is read by a fitter, so it comes before an agreement's of the same day.
    (first, digits), *later = sorted(told, key=lambda pair: (pair[0].on, not pair[0].origin.startswith("r"), pair[0]))
    return Meter(
        number=number,
        digits=digits,
        installed_on=first.on,
        installed_value_m3=first.value_m3,
        marks=(Mark(first.on, first.value_m3, INSTALLED), *(mark for mark, _ in later)),
    )


def _removed(meters: list[Meter], swaps: dict[str, Replacement]) -> tuple[Meter, ...]:
    done = []
    for meter, following in [*pairwise(meters), *((meter, None) for meter in meters[-1:])]:
        swap = swaps.get(meter.number)
        if swap is not None and swap.on >= max(mark.on for mark in meter.marks):
            source = Source.ESTIMATE if swap.estimated else Source.UTILITY
            last = Mark(swap.on, swap.removed_value_m3, REMOVED, source)
            done.append(
                replace(meter, removed_on=swap.on, removed_value_m3=swap.removed_value_m3, marks=(*meter.marks, last))
            )
        elif following is not None:
            done.append(replace(meter, removed_on=following.installed_on))
        else:
            done.append(meter)
    return tuple(done)

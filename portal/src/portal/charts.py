"""Charts drawn on the server: SVG without script or style, every one with the same numbers as a table beside it.

Colours come from the style sheet by class (``chart-bar-1`` to ``chart-bar-4``), so the theme and forced colours work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10

RIGHT, TOP, BOTTOM = 8.0, 16.0, 34.0
CROWDED = 8
"""From here on every other bar has its label on a telephone."""
SMALLEST = 1e-6
"""Less than this between highest and lowest is nothing that could be seen."""
SPECK = 0.02
"""What lies so little below nothing (a rounding) gets no room of its own below the axis."""


@dataclass(frozen=True)
class Size:
    """Of the paper to draw on; the browser scales it to the page."""

    width: float
    height: float
    left: float
    """For the numbers of the axis."""


WIDE, NARROW = Size(720.0, 300.0, 64.0), Size(360.0, 260.0, 52.0)
"""For a computer, and for a telephone: a wide drawing would be too small to read there."""


@dataclass(frozen=True)
class Bar:
    """One bar: its place, how much, and what a person reads."""

    label: str
    """Under the bar, short: ``jan``."""
    name: str
    """In the table: ``januari 2026``."""
    values: tuple[float | None, ...]
    """One per series, stacked or side by side; None: not known (never drawn as nothing)."""
    texts: tuple[str, ...]
    """The same, as read."""
    note: str = ""
    """Said in the table, drawn with a pattern: measured, estimated, corrected (B-16)."""
    uncertain: bool | tuple[bool, ...] = False
    """For the whole row, or one per series."""


@dataclass(frozen=True)
class Rect:
    """A drawn bar."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str
    uncertain: bool


@dataclass(frozen=True)
class Drawing:
    """What stands where, on one size of paper."""

    name: str
    """``wide`` or ``narrow``."""
    rects: tuple[Rect, ...]
    ticks: tuple[tuple[float, str], ...]
    labels: tuple[tuple[float, str], ...]
    baseline: float
    width: float
    height: float
    left: float
    right: float


@dataclass(frozen=True)
class Chart:
    """A chart; the macro ``chart`` shows the drawing that fits, and the table."""

    id: str
    title: str
    unit: str
    series: tuple[str, ...]
    bars: tuple[Bar, ...]
    drawings: tuple[Drawing, ...]
    summary: str = ""
    """One sentence that says what the picture shows."""
    has_notes: bool = field(default=False)


def bars(
    chart_id: str,
    title: str,
    rows: Sequence[Bar],
    *,
    series: Sequence[str],
    unit: str,
    tick: Callable[[float], str] | None = None,
    stacked: bool = False,
    summary: str = "",
) -> Chart:
    """Draw a bar chart.

    Args:
        chart_id: unique on the page.
        title: what is shown, as a heading.
        rows: one group of bars each.
        series: the names, as many as each row has values.
        unit: of the numbers.
        tick: how a number on the axis is written, a function of one float; None: whole numbers.
        stacked: the values of a row on top of each other instead of side by side.
        summary: one sentence for those who do not see the picture.

    """
    write = tick or (lambda value: f"{value:g}")
    return Chart(
        id=chart_id,
        title=title,
        unit=unit,
        series=tuple(series),
        bars=tuple(rows),
        drawings=(
            _draw("wide", WIDE, rows, write, stacked=stacked),
            _draw("narrow", NARROW, rows, write, stacked=stacked),
        ),
        summary=summary,
        has_notes=any(row.note for row in rows),
    )


def _draw(name: str, size: Size, rows: Sequence[Bar], write: Callable[[float], str], *, stacked: bool) -> Drawing:
    top = max([*(_total(row, stacked=stacked) for row in rows), 0.0])
    low = min([0.0, *(value or 0.0 for row in rows for value in row.values)])
    if -low < top * SPECK:
        low = 0.0
    step = _step(top - low)
    high, bottom = ceil(top / step) * step or step, floor(low / step) * step
    inner = size.height - TOP - BOTTOM

    def y(value: float) -> float:
        return round(TOP + inner * (high - max(value, bottom)) / (high - bottom), 1)

    count = round((high - bottom) / step)
    room = (size.width - size.left - RIGHT) / max(len(rows), 1)
    every = 2 if name == "narrow" and len(rows) > CROWDED else 1
    drawn: list[Rect] = []
    labels: list[tuple[float, str]] = []
    for index, row in enumerate(rows):
        begin = size.left + room * index
        if index % every == 0:
            labels.append((round(begin + room / 2, 1), row.label))
        drawn += _group(row, begin, room, y, stacked=stacked)
    return Drawing(
        name=name,
        rects=tuple(drawn),
        ticks=tuple((y(bottom + step * index), write(bottom + step * index)) for index in range(count + 1)),
        labels=tuple(labels),
        baseline=y(0.0),
        width=size.width,
        height=size.height,
        left=size.left,
        right=size.width - RIGHT,
    )


def _group(row: Bar, begin: float, room: float, y: Callable[[float], float], *, stacked: bool) -> list[Rect]:
    wide = min(room * 0.7, 56.0)
    columns = 1 if stacked else max(len(row.values), 1)
    each = wide / columns
    left = begin + (room - wide) / 2
    found, base = [], 0.0
    for number, value in enumerate(row.values):
        if value is None:
            continue
        foot = base if stacked else 0.0
        one, other = y(foot), y(foot + value)
        found.append(
            Rect(
                x=round(left + (0 if stacked else each * number), 1),
                y=min(one, other),
                width=round(each - (2 if columns > 1 else 0), 1),
                height=max(round(abs(one - other), 1), 1.0 if value else 0.0),
                series=number + 1,
                title=f"{row.name}: {row.texts[number]}",
                uncertain=row.uncertain if isinstance(row.uncertain, bool) else row.uncertain[number],
            )
        )
        base += value if stacked else 0.0
    return found


def _total(row: Bar, *, stacked: bool) -> float:
    known = [value for value in row.values if value is not None]
    if not known:
        return 0.0
    return sum(known) if stacked else max(known)


def _step(span: float) -> float:
    """A step of 1, 2 or 5 times a power of ten that gives four to eight lines."""
    if span < SMALLEST:
        return 1.0
    rough = span / 5
    power = 10.0 ** floor(log10(rough))
    return next(float(factor * power) for factor in (1, 2, 5, 10) if factor * power >= rough)


__all__ = ["Bar", "Chart", "Drawing", "bars"]

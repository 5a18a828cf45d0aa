"""What was measured, as ratios against a limit that was taken in the same round, and whether a goal is met."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

MET, MISSED, NO_GOAL, NOT_MEASURED = "met", "MISSED", "-", "not measured"
HEAD = ("what", "against", "goal", "median", "min", "max", "verdict", "ours", "the other")


@dataclass(frozen=True)
class Goal:
    """``at_least`` or ``at_most``: what the median has to be."""

    at_least: float | None = None
    at_most: float | None = None

    def met_by(self, value: float) -> bool:
        """Whether ``value`` is good enough."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def __str__(self) -> str:
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return f"<= {self.at_most:g}" if self.at_most is not None else ""


@dataclass
class Row:
    """One comparison. ``ours`` and ``limit`` hold one figure per round, taken one right after the other.

    Without ``limit`` the figures of ours are compared with the goal themselves; ``unit`` is theirs.
    """

    what: str
    against: str
    unit: str
    goal: Goal = field(default_factory=Goal)
    ours: list[float] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)
    difference: bool = False
    """Compare by ours minus limit and not by ours over limit."""
    trouble: str = ""
    """Why it could not be measured."""

    def add(self, ours: float, limit: float | None = None) -> None:
        """Note a round."""
        self.ours.append(ours)
        if limit is not None:
            self.limit.append(limit)

    @property
    def values(self) -> list[float]:
        """What is compared with the goal, one per round."""
        if not self.limit:
            return self.ours
        pairs = zip(self.ours, self.limit, strict=True)
        return [ours - limit if self.difference else ours / limit for ours, limit in pairs]

    @property
    def median(self) -> float:
        """The middle one of the rounds."""
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """The goal is met, missed, or there is none."""
        if self.trouble:
            return NOT_MEASURED
        if self.goal == Goal():
            return NO_GOAL
        return MET if self.goal.met_by(self.median) else MISSED

    def cells(self) -> tuple[str, ...]:
        """The row as it is printed."""
        goal = str(self.goal)
        if self.trouble:
            return (self.what, self.against, goal, "", "", "", self.verdict, self.trouble, "")
        values = self.values
        compared = [_number(value) for value in (self.median, min(values), max(values))]
        limit = f"{_number(statistics.median(self.limit))} {self.unit}" if self.limit else ""
        ours = f"{_number(statistics.median(self.ours))} {self.unit}"
        return (self.what, self.against, goal, *compared, self.verdict, ours, limit)

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        known = {"what": self.what, "against": self.against, "unit": self.unit, "goal": str(self.goal)}
        if self.trouble:
            return known | {"verdict": self.verdict, "trouble": self.trouble}
        values = [round(value, 4) for value in self.values]
        return known | {
            "verdict": self.verdict,
            "median": round(self.median, 4),
            "min": min(values),
            "max": max(values),
            "ours": [round(value, 4) for value in self.ours],
            "limit": [round(value, 4) for value in self.limit],
        }


def failed(what: str, error: BaseException) -> Row:
    """The row of something that could not be measured."""
    reason = " ".join(str(error).split())
    return Row(what, "", "", trouble=f"{type(error).__name__}: {reason}"[:200])


def render(rows: Sequence[Row]) -> str:
    """All rows as one table of text."""
    lines = [HEAD, *(row.cells() for row in rows)]
    return "\n".join(_aligned(lines))


def summary(rows: Iterable[Row]) -> str:
    """How many goals there are, and how many are met."""
    verdicts = [row.verdict for row in rows]
    parts = [f"{verdicts.count(MET)} goals met", f"{verdicts.count(MISSED)} missed"]
    if lost := verdicts.count(NOT_MEASURED):
        parts.append(f"{lost} could not be measured")
    return ", ".join(parts)


def _aligned(lines: Sequence[tuple[str, ...]]) -> list[str]:
    # The last two columns are words: the reason why there are no figures may be long.
    widths = [max(len(line[column]) for line in lines) for column in range(7)]
    figures = max((len(line[7]) for line in lines if line[6] != NOT_MEASURED), default=0)
    made = []
    for line in lines:
        left = [line[column].ljust(widths[column]) for column in (0, 1)]
        middle = [line[column].rjust(widths[column]) for column in (2, 3, 4, 5)]
        made.append("  ".join([*left, *middle, line[6].ljust(widths[6]), line[7].rjust(figures), line[8]]).rstrip())
    rule = "-" * max(map(len, made))
    return [made[0], rule, *made[1:]]


def _number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"

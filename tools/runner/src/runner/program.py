"""What the supervisor runs, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from devservers.process import Command


def _nothing() -> None:
    """Nothing to prepare."""


def _at_once() -> bool:
    """Ready as soon as it runs."""
    return True


@dataclass(frozen=True, kw_only=True)
class Program:
    """One process, or one piece of work, and what it waits for.

    A *task* ends by itself: it is done when it has ended with status 0. An *action* is a short function of the
    supervisor's own, also done once.
    """

    name: str
    command: Callable[[], Command] | None = None
    """Made when the process is started, so that it may depend on what was prepared."""
    action: Callable[[], None] | None = None
    prepare: Callable[[], None] = _nothing
    """Called in the supervisor just before each start."""
    ready: Callable[[], bool] = _at_once
    started: Callable[[], None] = _nothing
    """Called in the supervisor each time it has become ready."""
    after: tuple[str, ...] = ()
    """Started when these are ready; stopped before them."""
    module: tuple[str, ...] | None = None
    """``python -m`` this, so that the template process may run it."""
    task: bool = False
    timeout: float = 60.0
    """Seconds from start to ready."""
    ports: tuple[int, ...] = ()


def ordered(programs: list[Program]) -> list[Program]:
    """``programs`` with each behind all that it waits for.

    Raises:
        ValueError: for an unknown name, a name used twice, or a ring.

    """
    known = {program.name: program for program in programs}
    if len(known) != len(programs):
        raise ValueError("two programs have the same name")
    result: dict[str, Program] = {}
    while len(result) < len(programs):
        free = [p for p in programs if p.name not in result and all(name in result for name in p.after)]
        if not free:
            stuck = [p for p in programs if p.name not in result]
            unknown = {name for p in stuck for name in p.after} - known.keys()
            raise ValueError(f"unknown: {unknown}" if unknown else f"a ring: {[p.name for p in stuck]}")
        result |= {program.name: program for program in free}
    return list(result.values())

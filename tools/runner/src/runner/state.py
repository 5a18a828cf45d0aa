"""``.run/state.json``: what runs, so that another command can show it or clean up after a crash."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from runner.identity import Recorded, born


class AlreadyRunning(Exception):
    """Another runner holds this checkout."""


class State:
    """The file, written whole on every change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._data: dict[str, Any] = {"phase": "starting", "processes": {}}

    def begin(self, **facts: Any) -> None:
        """Note this process as the runner."""
        pid = os.getpid()
        self._data = {"phase": "starting", "runner": {"pid": pid, "born": born(pid)}, **facts, "processes": {}}
        self._write()

    def phase(self, phase: str) -> None:
        """``starting``, ``ready``, ``stopping`` or ``failed``."""
        self._data["phase"] = phase
        self._write()

    def add(self, process: Recorded, status: str) -> None:
        """Note a process; the order is the order of the starts."""
        self._data["processes"].pop(process.name, None)
        self._data["processes"][process.name] = {**asdict(process), "status": status}
        self._write()

    def status(self, name: str, status: str) -> None:
        """Change what is said of a process."""
        if name in self._data["processes"]:
            self._data["processes"][name]["status"] = status
            self._write()

    def remove(self, name: str) -> None:
        """Forget a process that has ended."""
        if self._data["processes"].pop(name, None) is not None:
            self._write()

    def _write(self) -> None:
        half = self._path.with_suffix(".half")
        half.write_text(json.dumps(self._data, indent=1))
        half.replace(self._path)


def read(path: Path) -> dict[str, Any]:
    """What the last runner wrote; empty when there is nothing or not to be read."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def recorded(data: dict[str, Any]) -> list[Recorded]:
    """The processes of ``data``, the last started first: the order to stop them in."""
    names = ("name", "pid", "born", "stop_signal", "grace")
    rows = data.get("processes", {}).values()
    return [Recorded(**{name: row[name] for name in names}) for row in reversed(list(rows))]


def runner_of(data: dict[str, Any]) -> Recorded | None:
    """The living runner, if there is one."""
    row = data.get("runner")
    if not row:
        return None
    runner = Recorded(name="runner", pid=row["pid"], born=row["born"], grace=90)
    return runner if runner.alive() else None


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """One runner per checkout.

    Raises:
        AlreadyRunning: when there is one.

    """
    with lock.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning from None
        yield

"""Who a process is: its number alone may belong to somebody else tomorrow."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_STAT_START, _STAT_STATE = 19, 0
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A process as it was written down, with what it takes to end it."""

    name: str
    pid: int
    born: str
    stop_signal: int = signal.SIGTERM
    grace: float = 10.0

    def alive(self) -> bool:
        """Whether this very process still runs."""
        return born(self.pid) == self.born


def born(pid: int) -> str | None:
    """When process ``pid`` started, in words that no other process has; None when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None if Path("/proc/self/stat").exists() else _born_by_ps(pid)
    if fields[_STAT_STATE] in "ZX":
        return None
    return f"{_BOOT.read_text().strip()}:{fields[_STAT_START]}"


def _born_by_ps(pid: int) -> str | None:
    found = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


def end(processes: Iterable[Recorded]) -> list[str]:
    """End what still runs of ``processes``, one after the other; the names of those that did.

    Only processes with the recorded number *and* time of birth are touched.
    """
    ended = []
    for process in processes:
        if not process.alive():
            continue
        os.kill(process.pid, process.stop_signal)
        deadline = time.monotonic() + process.grace
        while process.alive() and time.monotonic() < deadline:
            time.sleep(0.03)
        if process.alive():
            os.killpg(process.pid, signal.SIGKILL)
        ended.append(process.name)
    return ended

"""What the clients asked and saw, kept outside the system, and what is concluded from it."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.failures.audit import Findings


@dataclass(frozen=True)
class Command:
    """One reading: a place and a day, which together are its natural key."""

    id: str
    point: str
    value: int
    day: str

    @property
    def key(self) -> tuple[str, str]:
        """By this its effects are found."""
        return self.point, self.day


@dataclass
class History:
    """What was asked and what was answered, in a file that no part of the system touches."""

    path: Path
    lock: threading.Lock = field(default_factory=threading.Lock)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def note(self, command: Command, kind: str, **more: Any) -> None:
        """Write one line: invoke, ok, fail or info."""
        entry = {"t": time.time(), "kind": kind, "id": command.id, "point": command.point, "day": command.day} | more
        with self.lock:
            self.entries.append(entry)
            with self.path.open("a") as file:
                file.write(json.dumps(entry) + "\n")

    def keys(self, kind: str) -> set[tuple[str, str]]:
        """(point, day) of every command with such an entry."""
        with self.lock:
            return {(entry["point"], entry["day"]) for entry in self.entries if entry["kind"] == kind}


@dataclass
class Traffic:
    """What the clients saw."""

    requests: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    without_retry_after: int = 0
    """Answers 503 that do not say when to come again."""
    slowest: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, seconds: float, error: str | None, *, says_when: bool = True) -> None:
        """One request."""
        with self.lock:
            self.requests += 1
            self.slowest = max(self.slowest, seconds)
            if error is not None:
                self.errors[error] += 1
            if not says_when:
                self.without_retry_after += 1


@dataclass
class Verdict:
    """Counts, to be printed as they are."""

    commands: int
    ok: int
    failed: int
    info: int
    recovered: int
    lost: int
    doubled: int
    phantom: int
    half: int
    dead_letters: int
    gaps: int
    mails_twice: int
    requests: int
    http_errors: dict[str, int]
    slowest: float
    findings: Findings
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """P0: nothing lost, doubled, phantom or half, no dead letter but those expected, every client served."""
        bad = (self.lost, self.doubled, self.phantom, self.half, self.dead_letters, self.gaps, self.failed)
        return self.ok > 0 and not any(bad)

    def __str__(self) -> str:
        counts = ("commands", "ok", "info", "recovered", "lost", "doubled", "phantom", "half", "dead_letters")
        said = [f"{name} {getattr(self, name)}" for name in counts]
        said += [f"{name} {getattr(self, name)}" for name in ("failed", "gaps", "mails_twice") if getattr(self, name)]
        said.append(f"requests {self.requests}, errors {self.http_errors or 0}, slowest {self.slowest:.1f} s")
        said += [f"{name} {value}" for name, value in self.notes.items()]
        return ", ".join(said)

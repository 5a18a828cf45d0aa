"""``./minasidor test`` and ``./minasidor bench``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from runner.children import python
from runner.layout import Layout

PYTEST_NOTHING_COLLECTED = 5
INTERRUPTED = 130
PATIENCE = 30.0
"""Seconds in which a step that is interrupted may end its servers."""
FAST = "not journey and not failure"
TOGETHER = ("-n", "3")
"""Three workers on the two cores of the smallest machine: they wait for servers and pages as much as they compute.

Where each runs a whole suite of its own, that is a gigabyte of memory for each.
"""
BY_FILE = ("--dist", "loadfile")
"""A file's tests share a running suite."""
BROWSER, SECURITY = "tests/browser", "tests/security"


@dataclass(frozen=True)
class Step:
    """One command of the checks."""

    name: str
    argv: tuple[str, ...]
    fine: tuple[int, ...] = (0,)
    beside: bool = False
    """Runs while the step before it does: it waits more than it computes. What it says comes when it has ended."""


def steps(root: Path, arguments: list[str], *, quick: bool) -> list[Step]:
    """The checks in order; with ``arguments`` only pytest, with those (and of the quick tests, where it is to be)."""
    if quick:
        return [_pytest("tests, quick", f"{FAST} and not slow", *TOGETHER, *arguments)]
    if arguments:
        return [Step("pytest", (*python(("pytest",)), *arguments))]
    tools = Path(sys.executable).parent
    lint = [
        Step("ruff check", (str(tools / "ruff"), "check", ".")),
        Step("ruff format", (str(tools / "ruff"), "format", "--check", ".")),
        Step("mypy", (str(tools / "mypy"),)),
    ]
    if (root / ".importlinter").exists():
        lint.append(Step("lint-imports", (str(tools / "lint-imports"),)))
    return [
        *lint,
        _pytest("tests", FAST, *TOGETHER),
        _pytest("tests, browser", "journey", BROWSER, *TOGETHER, *BY_FILE),
        _pytest("tests, journeys", "journey", f"--ignore={BROWSER}", f"--ignore={SECURITY}", *TOGETHER, *BY_FILE),
        # One suite for the folder, and the scan for personal numbers comes last.
        _pytest("tests, security", "journey", SECURITY, beside=True),
        _pytest("tests, failures", "failure and not journey"),
    ]


def run(layout: Layout, environ: Mapping[str, str], arguments: list[str], *, quick: bool) -> int:
    """Run all steps, also after one that failed; 0 only when every one was fine."""
    failed: list[str] = []
    told = {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for together in _rounds(steps(layout.root, arguments, quick=quick)):
        running = [_Running.start(step, told, layout.root) for step in together]
        try:
            while any(each.seconds is None for each in running):
                for each in running:
                    each.look()
                time.sleep(0.05)
        except KeyboardInterrupt:
            for each in running:
                each.give_up()
            return INTERRUPTED
        failed += [each.step.name for each in running if not each.tell()]
    print(f"\nminasidor: {'FAILED: ' + ', '.join(failed) if failed else 'all checks passed'}")
    return 1 if failed else 0


def _rounds(every: Iterable[Step]) -> Iterator[list[Step]]:
    """The steps in order; each with those that run beside it."""
    together: list[Step] = []
    for step in every:
        if together and not step.beside:
            yield together
            together = []
        together.append(step)
    if together:
        yield together


@dataclass
class _Running:
    step: Step
    process: subprocess.Popen[bytes]
    begin: float
    said: IO[bytes] | None
    seconds: float | None = None

    @classmethod
    def start(cls, step: Step, environ: Mapping[str, str], folder: Path) -> _Running:
        said = tempfile.TemporaryFile() if step.beside else None  # noqa: SIM115 - closed when it has been told
        if not step.beside:
            print(f"\n== {step.name}", flush=True)
        process = subprocess.Popen(
            step.argv, env=dict(environ), cwd=folder, stdout=said, stderr=subprocess.STDOUT if said else None
        )
        return cls(step, process, time.monotonic(), said)

    def look(self) -> None:
        """Notice the end."""
        if self.seconds is None and self.process.poll() is not None:
            self.seconds = time.monotonic() - self.begin

    def tell(self) -> bool:
        """Print how it ended; whether that is fine."""
        if self.said is not None:
            print(f"\n== {self.step.name}", flush=True)
            self.said.seek(0)
            sys.stdout.write(self.said.read().decode(errors="replace"))
            self.said.close()
        status = self.process.returncode
        fine = status in self.step.fine
        how = "ok" if fine else f"FAILED ({status})"
        print(f"== {self.step.name}: {how} in {self.seconds:.1f} s", flush=True)
        return fine

    def give_up(self) -> None:
        """Let it end its servers: a terminal has told it, too, that it is interrupted."""
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait()


def bench(layout: Layout, environ: Mapping[str, str], arguments: list[str]) -> int:
    """Print the table of ``tests/performance`` (a folder that runs as a program)."""
    folder = layout.root / "tests" / "performance"
    if not (folder / "__main__.py").exists():
        print("minasidor: tests/performance is not in this checkout", file=sys.stderr)
        return 1
    argv = (sys.executable, str(folder), *arguments)
    return subprocess.run(argv, env=dict(environ), cwd=layout.root, check=False).returncode


def _pytest(name: str, marks: str, *more: str, beside: bool = False) -> Step:
    argv = (*python(("pytest",)), "-q", "-m", marks, *more)
    return Step(name, argv, fine=(0, PYTEST_NOTHING_COLLECTED), beside=beside)

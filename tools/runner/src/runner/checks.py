"""``./minasidor test`` and ``./minasidor bench``."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.children import python
from runner.layout import Layout

PYTEST_NOTHING_COLLECTED = 5
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


def steps(root: Path, arguments: list[str], *, quick: bool) -> list[Step]:
    """The checks in order; with ``arguments`` only pytest, with exactly those."""
    if arguments:
        return [Step("pytest", (*python(("pytest",)), *arguments))]
    if quick:
        return [_pytest("tests, quick", f"{FAST} and not slow", *TOGETHER)]
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
        _pytest("tests, security", "journey", SECURITY),
        _pytest("tests, failures", "failure and not journey"),
    ]


def run(layout: Layout, environ: Mapping[str, str], arguments: list[str], *, quick: bool) -> int:
    """Run all steps, also after one that failed; 0 only when every one was fine."""
    failed: list[str] = []
    told = {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for step in steps(layout.root, arguments, quick=quick):
        print(f"\n== {step.name}", flush=True)
        begin = time.monotonic()
        try:
            status = subprocess.run(step.argv, env=told, cwd=layout.root, check=False).returncode
        except KeyboardInterrupt:
            return 130
        fine = status in step.fine
        print(
            f"== {step.name}: {'ok' if fine else f'FAILED ({status})'} in {time.monotonic() - begin:.1f} s", flush=True
        )
        if not fine:
            failed.append(step.name)
    print(f"\nminasidor: {'FAILED: ' + ', '.join(failed) if failed else 'all checks passed'}")
    return 1 if failed else 0


def bench(layout: Layout, environ: Mapping[str, str], arguments: list[str]) -> int:
    """Print the table of ``tests/performance`` (a folder that runs as a program)."""
    folder = layout.root / "tests" / "performance"
    if not (folder / "__main__.py").exists():
        print("minasidor: tests/performance is not in this checkout", file=sys.stderr)
        return 1
    argv = (sys.executable, str(folder), *arguments)
    return subprocess.run(argv, env=dict(environ), cwd=layout.root, check=False).returncode


def _pytest(name: str, marks: str, *more: str) -> Step:
    return Step(name, (*python(("pytest",)), "-q", "-m", marks, *more), fine=(0, PYTEST_NOTHING_COLLECTED))

"""``./minasidor up``: seconds until the addresses are printed, and the memory of everything.

A checkout of its own (links to this one, with its own data and ports), so that a running suite is left alone.
Memory is PSS: a page that n processes share counts one n-th in each.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from bench.table import Goal, Row

from devservers import ports
from runner import state
from runner.layout import OFFSETS, Layout

ROOT = Path(__file__).resolve().parents[2]
OWN = {".run", ".venv", ".git"}
SUITE, TOOLS = "suite", "tools"
"""Services, gateway, PostgreSQL, RabbitMQ and nginx; and what only a developer's machine runs."""
UP = "Minasidor is up."
LIMIT_SECONDS = 180
GRACE_SECONDS = 90
SETTLE_SECONDS = 2.0
ROOM = 1 + max(offset for offset, _ in OFFSETS.values())


def measure(rounds: int) -> list[Row]:
    """The first start makes all data; the later ones find it."""
    first = Row("up, to the printed addresses, no data yet", "", "s", Goal(at_most=20))
    later = Row("up, to the printed addresses, again", "", "s", Goal(at_most=20))
    memory = Row("memory (PSS), services with their servers", "", "MiB", Goal(at_most=900))
    everything = Row("memory (PSS), with simulators and runner, too", "", "MiB")
    with _checkout() as root:
        for number in range(rounds):
            with _up(root) as (seconds, pid):
                (later if number else first).add(seconds)
                time.sleep(SETTLE_SECONDS)
                found = _pss_mib(pid, root)
                memory.add(found[SUITE])
                everything.add(found[SUITE] + found[TOOLS])
    return [row for row in (first, later, memory, everything) if row.ours]


@contextlib.contextmanager
def _checkout() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench-up-") as made:
        root = Path(made)
        root.chmod(0o755)
        for entry in ROOT.iterdir():
            if entry.name not in OWN:
                (root / entry.name).symlink_to(entry)
        yield root


@contextlib.contextmanager
def _up(root: Path) -> Iterator[tuple[float, int]]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MINASIDOR_")}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    environ |= {"MINASIDOR_ROOT": str(root), "MINASIDOR_PORT": str(ports.free_base(ROOM))}
    begin = time.perf_counter()
    runner = subprocess.Popen(
        [sys.executable, "-m", "runner", "up"],
        env=environ,
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield _wait(runner, begin), runner.pid
    finally:
        runner.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            runner.communicate(timeout=GRACE_SECONDS)
        if runner.poll() is None:
            runner.kill()
            runner.wait()


def _wait(runner: subprocess.Popen[str], begin: float) -> float:
    assert runner.stdout is not None
    said = []
    for line in runner.stdout:
        said.append(line)
        if UP in line:
            return time.perf_counter() - begin
        if time.perf_counter() - begin > LIMIT_SECONDS:
            break
    raise RuntimeError("it did not come up: " + " ".join(said)[-300:])


def _pss_mib(pid: int, root: Path) -> dict[str, float]:
    recorded = {row["pid"]: name for name, row in state.read(Layout(root).state)["processes"].items()}
    found = dict.fromkeys((SUITE, TOOLS), 0.0)
    runner = psutil.Process(pid)
    for process in [runner, *runner.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            # A process of gunicorn or PostgreSQL belongs to the one that the runner started.
            line = [process, *process.parents()]
            name = next((recorded[each.pid] for each in line if each.pid in recorded), "runner")
            found[_kind(name)] += process.memory_full_info().pss / 2**20
    return found


def _kind(name: str) -> str:
    own = name.endswith((".web", ".worker")) or name in {"postgres", "rabbitmq", "epmd", "nginx"}
    return SUITE if own else TOOLS

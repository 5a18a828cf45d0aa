"""The real servers under the real runner: up, killed, found clean, down. Services come with ``tests/journeys``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devservers import ports
from runner import identity, state
from runner.layout import Layout

RUNNER = """
import os, pathlib, sys
from runner import suite
from runner.layout import Layout
from runner.output import Output
from runner.plan import Plan, Planner

def servers_only(planner):
    return Plan(planner.servers.programs(), None, planner.servers.ports_used)

layout = Layout(pathlib.Path(sys.argv[1]))
output = Output(layout.log)
sys.exit(suite.run(layout, dict(os.environ), output, servers_only, up=lambda planner: print("UP", flush=True)))
"""


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.03)


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder that PostgreSQL's own user can enter."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="minasidor-suite-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def base() -> int:
    return ports.free_base(20)


def start(root: Path, base: int) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "MINASIDOR_PORT": str(base), "MINASIDOR_SERVERS": "embedded"}
    for name in ("MINASIDOR_POSTGRES_URL", "MINASIDOR_AMQP_URL"):
        environ.pop(name, None)
    log = (root / "runner.out").open("wb")
    with log:
        runner = subprocess.Popen([sys.executable, "-c", RUNNER, str(root)], env=environ, stdout=log, stderr=log)
    wait_for(lambda: runner.poll() is not None or b"UP" in (root / "runner.out").read_bytes())
    assert runner.poll() is None, (root / "runner.out").read_text()
    return runner


def nothing_left(root: Path, base: int, processes: list[identity.Recorded]) -> bool:
    free = all(ports.is_free(base + offset) for offset in (10, 11, 13, 14))
    return free and not any(process.alive() for process in processes)


@pytest.mark.slow
def test_up_killed_up_again_and_down(root: Path, base: int) -> None:
    layout = Layout(root)
    runner = start(root, base)
    processes = state.recorded(state.read(layout.state))
    assert {process.name for process in processes} == {"postgres", "rabbitmq", "epmd"}
    assert not nothing_left(root, base, processes)
    runner.kill()
    runner.wait()
    wait_for(lambda: nothing_left(root, base, processes))

    runner = start(root, base)
    processes = state.recorded(state.read(layout.state))
    second = subprocess.run(
        [sys.executable, "-c", RUNNER, str(root)], env={**os.environ}, capture_output=True, text=True, check=False
    )
    assert "AlreadyRunning" in second.stderr
    runner.send_signal(signal.SIGTERM)
    assert runner.wait(30) == 0
    assert nothing_left(root, base, processes)
    assert state.read(layout.state)["processes"] == {}

"""One server for all workers of a run, ended with the run however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from devservers import databases, shared
from devservers.errors import ServerError

CONTROLLER = """
import sys, time
from devservers import shared
run = shared.Run()
print(run.folder, flush=True)
print(shared.reference(run.folder, "postgres")["url"], flush=True)
time.sleep(600)
"""


ASK = """
import json, pathlib
from devservers import shared
print(json.dumps(shared.reference(pathlib.Path({!r}), "postgres")))
"""


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MINASIDOR_POSTGRES_URL", raising=False)
    monkeypatch.setenv("MINASIDOR_SERVERS", "embedded")


def test_workers_get_the_same_server_and_it_ends_with_the_run() -> None:
    run = shared.Run()
    ask = ASK.format(str(run.folder))
    workers = [subprocess.Popen([sys.executable, "-c", ask], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = {worker.communicate()[0] for worker in workers}
    assert len(answers) == 1
    url = json.loads(answers.pop())["url"]
    assert databases.answers(url)  # although all that asked for it are gone
    run.end()
    assert not databases.answers(url)
    assert not run.folder.exists()


def test_the_server_ends_when_the_controller_is_killed() -> None:
    controller = subprocess.Popen([sys.executable, "-c", CONTROLLER], stdout=subprocess.PIPE, text=True)
    assert controller.stdout is not None
    folder, url = (controller.stdout.readline().strip() for _ in range(2))
    assert databases.answers(url)
    os.kill(controller.pid, signal.SIGKILL)
    controller.wait()
    controller.stdout.close()
    wait_for(lambda: not databases.answers(url))
    subprocess.run(["rm", "-rf", folder], check=True)


def test_a_failed_start_is_told_to_every_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINASIDOR_SERVERS", "nonsense")
    run = shared.Run()
    for _ in range(2):
        with pytest.raises(ServerError, match="nonsense"):
            shared.reference(run.folder, "rabbitmq")
    run.end()


def test_nothing_is_started_unless_asked_for() -> None:
    run = shared.Run()
    assert [path.name for path in Path(run.folder).iterdir()] == [shared.ALIVE]
    run.end()

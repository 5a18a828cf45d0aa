"""dramatiq, two processes of eight threads: an actor with an inbox row, the effect, and a commit per message."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.load import PRODUCER, linked, message

from contracts import rabbitmq

WHAT = "dramatiq, 2 processes, 8 threads each"
OWN_QUEUE = True
PROCESSES = 2
GRACE_SECONDS = 20
ACTORS = "dramatiq_actors"


def fill(told: dict[str, Any], servers: Any, events: int) -> None:
    """By its own producer into its own queue: it takes nothing else."""
    program = f"import {ACTORS}, json, sys; {ACTORS}.send(json.load(sys.stdin))"
    facts = []
    for number in range(events):
        made = message(linked(number), number)
        facts.append([made.headers, made.body.decode()])
    import json

    subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(facts),
        text=True,
        env=_environ(told, servers),
        cwd=Path(__file__).parent,
        check=True,
        capture_output=True,
    )


@contextmanager
def running(told: dict[str, Any], servers: Any) -> Iterator[None]:
    """Its own command line."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "dramatiq", ACTORS, "--processes", "2", "--threads", "8", "--skip-logging"],
        env=_environ(told, servers),
        cwd=Path(__file__).parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        worker.terminate()
        try:
            worker.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def _environ(told: dict[str, Any], servers: Any) -> dict[str, str]:
    # It declares its queues itself, which only the operator may.
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(Path(__file__).parent),
        "BENCH_AMQP_URL": servers.amqp_url(rabbitmq.OPERATOR),
        "BENCH_DATABASE_URL": told["database_url"],
        "BENCH_SOURCE": PRODUCER,
    }

"""PostgreSQL is restarted and killed under load (A10): people are told when to come again, no process dies of it."""

from __future__ import annotations

import signal
import time

import pytest
from tests.failures.prover import whole

from runner.journey.gateway_client import until

pytestmark = pytest.mark.failure

HEALTHY_SECONDS = 5.0
LONGEST_ANSWER_SECONDS = 4.0
"""3 s for a statement or a connection, and the way through the gateway."""


def restart(prover, number):
    """End the server by a signal, wait for its successor; what became of the suite meanwhile."""
    suite = prover.suite
    before = suite.pids()
    answers = suite.planner.servers._running_postgres().ready
    with prover.round(f"A10 {signal.Signals(number).name}") as going:
        suite.kill("postgres", number)
        until("the server to be gone", lambda: suite.pids().get("postgres") != before["postgres"], 30)
        until("the server to answer", lambda: "postgres" in suite.pids() and answers(), 60)
        up = time.monotonic()
        whole(suite)
        going.notes["whole_after_seconds"] = round(time.monotonic() - up, 1)
        going.more(12)
    now = suite.pids()
    going.notes["restarted"] = sorted(name for name in before if now.get(name) != before[name])
    return going


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["fast", "killed"])
def test_A10_a_restart_of_the_database_is_a_503_with_retry_after_and_no_process_restarts(prover, judged, number):
    going = restart(prover, number)
    verdict = judged(going)
    assert verdict.http_errors, "nobody noticed: the server was not away"
    assert set(verdict.http_errors) == {"503"}
    assert going.traffic.without_retry_after == 0
    assert verdict.slowest <= LONGEST_ANSWER_SECONDS
    assert going.notes["restarted"] == ["postgres"]
    assert going.notes["whole_after_seconds"] <= HEALTHY_SECONDS

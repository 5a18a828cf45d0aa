"""Every service is renewed under load (A22): web by SIGHUP, workers by SIGTERM, nginx by SIGHUP."""

from __future__ import annotations

import signal
import time

import pytest

from contracts.catalogue import SERVICES
from runner.journey.gateway_client import until

pytestmark = pytest.mark.failure

REQUESTS = 1000


def test_A22_a_rolling_restart_of_every_service_fails_no_request(prover, suite, judged):
    webs = [f"{service}.web" for service in SERVICES] + ["gateway.web", "nginx"]
    before = suite.pids()
    with prover.round("A22") as going:
        began = time.monotonic()
        for service in SERVICES:
            name = f"{service}.worker"
            suite.kill(name, signal.SIGTERM)
            until(f"a new {name}", lambda name=name: suite.pids().get(name) not in {None, before[name]}, 30)
        for name in webs:
            suite.kill(name, signal.SIGHUP)
            going.more(6)
        until("the suite to be whole", lambda: not suite.troubled(), 60)
        until("a thousand requests", lambda: going.traffic.requests >= REQUESTS, 90)
        going.notes["seconds"] = round(time.monotonic() - began, 1)
    verdict = judged(going)
    now = suite.pids()
    assert {name for name in before if before[name] == now[name]} >= set(webs), "a reload keeps the master"
    assert verdict.http_errors == {}

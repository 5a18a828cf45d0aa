"""Every service is renewed under load (A22): web by SIGHUP, workers by SIGTERM, nginx by SIGHUP."""

from __future__ import annotations

import signal
import time

import pytest
from tests.failures.prover import whole

from contracts.catalogue import SERVICES
from runner.journey.gateway_client import until

pytestmark = pytest.mark.failure

REQUESTS = 1000
REDELIVERED_SHARE = 0.05


def handed_over(suite, since):
    """Events applied since the round began, and those that the new workers were given again."""
    query = "SELECT count(*) FROM inbox WHERE received_at > %s"
    applied = sum(suite.query(service, query, since)[0][0] for service in SERVICES)
    again = sum(suite.metric(f"{service}.worker", "minasidor_events_redelivered_total") for service in SERVICES)
    return applied, int(again)


def test_A22_a_rolling_restart_of_every_service_fails_no_request(prover, suite, judged):
    webs = [f"{service}.web" for service in SERVICES] + ["gateway.web", "nginx"]
    before = suite.pids()
    with prover.round("A22", reads=4) as going:
        began = time.monotonic()
        since = suite.query("metering", "SELECT clock_timestamp()")[0][0]
        for service in SERVICES:
            name = f"{service}.worker"
            suite.kill(name, signal.SIGTERM)
            until(f"a new {name}", lambda name=name: suite.pids().get(name) not in {None, before[name]}, 30)
        for name in webs:
            suite.kill(name, signal.SIGHUP)
            going.more(6)
        whole(suite)
        until("a thousand requests", lambda: going.traffic.requests >= REQUESTS, 90)
        going.notes["seconds"] = round(time.monotonic() - began, 1)
    applied, again = handed_over(suite, since)
    going.notes["redelivered"] = f"{again} of {applied}"
    verdict = judged(going)
    now = suite.pids()
    assert {name for name in before if before[name] == now[name]} >= set(webs), "a reload keeps the master"
    assert verdict.http_errors == {}
    assert again <= applied * REDELIVERED_SHARE

"""Processes die at the worst places, and anywhere at all: nothing is lost, nothing is done twice."""

from __future__ import annotations

import random
import threading
import time
from datetime import date, timedelta

import pytest
from tests.failures.faults import Tap
from tests.failures.prover import whole

from runner.journey.gateway_client import until

pytestmark = pytest.mark.failure

RESPAWN_SECONDS = 3.0
WEB_DEATHS = 4
RELAY_DEATHS = 3
CONSUMERS = ("identity", "org-registry", "invitations", "billing", "metering", "notify")
CONSUMER_POINTS = ("consumer.after_inbox", "consumer.before_commit", "consumer.after_commit")
CHAOS_SEED = 20261122
CHAOS_SECONDS = 0.7
QUIET_SECONDS = 60.0
THEIRS = {"bankid", "bolagsverket", "spar", "postbox", "template", "epmd"}
"""Systems of others that we only play (their mails and orders are in memory), and what runs nothing."""
NEWCOMER = "201001192382"


def carried_out(suite, orders, timeout=60):
    """Wait until every ordered death has happened and all are there again."""
    until(f"these deaths: {orders.left()}", lambda: not orders.left(), timeout)
    whole(suite, timeout)


@pytest.mark.parametrize("point", ["web.before_commit", "web.after_commit"])
def test_A1_a_web_process_that_dies_around_the_commit_gives_the_stored_answer_to_the_retry(
    prover, suite, orders, judged, point
):
    pids = suite.pids()
    silences = []
    with prover.round(f"A1 {point}") as going:
        for _ in range(WEB_DEATHS):
            orders.kill("metering.web", point)
            until("the death", lambda: not orders.left(), 30)
            died = time.monotonic()
            until("a new web process", lambda: suite.ask("metering.web")[0] == 200, 30)
            silences.append(time.monotonic() - died)
            going.more(8)
    going.notes |= {"killed": WEB_DEATHS, "respawned_after_seconds": round(max(silences), 1)}
    going.notes["answers_replayed"] = going.replayed()
    verdict = judged(going)
    assert suite.pids() == pids, "gunicorn brings its worker back by itself"
    assert sum(verdict.http_errors.values()) >= WEB_DEATHS, "nobody noticed the deaths"
    assert set(verdict.http_errors) <= {"502", "503", "504"}
    assert max(silences) <= RESPAWN_SECONDS
    # Only who died after the commit leaves a stored answer; others' requests may be caught in the same process.
    assert going.replayed() >= (WEB_DEATHS if point == "web.after_commit" else 0)


def test_A2_a_relay_that_dies_around_the_confirm_publishes_again_and_nothing_is_done_twice(
    prover, suite, orders, judged
):
    points = ("relay.before_publish", "relay.after_publish", "relay.after_confirm")
    tap = Tap(suite)
    tap.start()
    try:
        with prover.round("A2") as going:
            for service in ("metering", "billing"):
                for point in points:
                    orders.kill(f"{service}.worker", point, RELAY_DEATHS)
            carried_out(suite, orders, 120)
        going.notes |= {"killed": 2 * len(points) * RELAY_DEATHS, "delivered_again": tap.twice()}
        judged(going)
    finally:
        tap.close()
    assert tap.trouble == []
    assert tap.twice() > 0, "no event was published again: the deaths missed the window"


def test_A3_a_consumer_that_dies_around_its_commit_gets_the_event_again_and_applies_it_once(
    prover, suite, orders, judged
):
    pids = suite.pids()
    with prover.round("A3") as going:
        for service in CONSUMERS:
            for point in CONSUMER_POINTS:
                orders.kill(f"{service}.worker", point)
        feed = Customers(prover)
        feed.start()
        try:
            carried_out(suite, orders, 120)
        finally:
            feed.over.set()
            feed.join(30)
    again = {
        service: int(suite.metric(f"{service}.worker", "minasidor_events_redelivered_total")) for service in CONSUMERS
    }
    going.notes |= {"killed": len(CONSUMERS) * len(CONSUMER_POINTS), "customers": len(feed.numbers)}
    going.notes["redelivered_to_the_last_of_each"] = sum(again.values())
    judged(going, sender_died=True)
    assert all(again.values()), f"a consumer was given nothing again: {again}"
    now = suite.pids()
    assert {name for name in pids if pids[name] != now[name]} == {f"{service}.worker" for service in CONSUMERS}
    feed.judge()


class Customers(threading.Thread):
    """The billing system tells of new customers, so that every subscriber has something to take."""

    def __init__(self, prover):
        super().__init__(daemon=True)
        self.prover = prover
        self.over = threading.Event()
        self.numbers = []

    def run(self):
        while not self.over.wait(0.5):
            self.numbers.append(self.prover.new_customer(NEWCOMER, starts_on=date.today() - timedelta(days=100)))

    def judge(self):
        """Each customer number has exactly one account, everywhere the same."""
        query = "SELECT customer_number, count(*) FROM account_link WHERE customer_number = ANY(%s) GROUP BY 1"
        for service in ("billing", "metering"):
            rows = dict(self.prover.suite.query(service, query, self.numbers))
            assert rows == dict.fromkeys(self.numbers, 1), service


def test_A5_every_process_killed_once_at_a_random_time(prover, suite, judged):
    dice = random.Random(CHAOS_SEED)
    victims = sorted(name for name in suite.pids() if name not in THEIRS)
    dice.shuffle(victims)
    with prover.round("A5") as going:
        pause = threading.Event()
        for name in victims:
            until(f"{name} to be there", lambda name=name: name in suite.pids(), 60)
            suite.kill(name)
            pause.wait(dice.uniform(0, 2 * CHAOS_SECONDS))
        last = time.monotonic()
        whole(suite, QUIET_SECONDS)
        going.notes["killed"] = len(victims)
        going.more(8)
    judged(going, sender_died=True)
    assert time.monotonic() - last <= QUIET_SECONDS

"""Background loops: woken by a commit's NOTIFY, by the time they named, and by the poll at the latest."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import text

from chassis.errors import Unavailable
from chassis.jobs import Jobs
from chassis.subscriptions import Subscriptions, on
from chassis.testing import wait_for
from chassis.worker import Loop, LoopRun, Worker
from contracts.catalogue import consumed_by

HOUR = timedelta(hours=1)


class Work:
    """Counts its steps; ``answers`` are what they return, then an hour; an exception among them is raised."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.steps = 0
        self.closed = False

    def step(self):
        self.steps += 1
        answer = self.answers.pop(0) if self.answers else 3600.0
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self):
        self.closed = True


@pytest.fixture
def start(databases):
    settings = databases("org-registry")
    running = []

    def begin(work, *, poll=HOUR):
        run = LoopRun(Loop("test-loop", lambda _run: work, wake="something_new", poll=poll), settings)
        thread = threading.Thread(target=run.run)
        thread.start()
        running.append((run, thread))
        return run

    yield begin
    for run, thread in running:
        run.stop()
        thread.join(5)
        assert not thread.is_alive()


def test_it_looks_once_when_it_starts_and_again_when_a_commit_says_so(producer, start):
    work = Work()
    start(work)
    wait_for(lambda: work.steps == 1)
    with producer.transaction() as tx:
        tx.session.execute(text("NOTIFY something_new"))
        assert work.steps == 1, "not before the commit"
    wait_for(lambda: work.steps == 2)


def test_it_looks_again_at_once_and_then_when_it_said(start):
    work = Work(0.0, 0.0, 0.01)
    start(work)
    wait_for(lambda: work.steps == 4)


def test_the_poll_is_the_net(start):
    work = Work()
    start(work, poll=timedelta(milliseconds=10))
    wait_for(lambda: work.steps >= 3)


def test_a_database_that_is_away_is_waited_for(start):
    work = Work(Unavailable(), Unavailable(), 3600.0)
    start(work)
    wait_for(lambda: work.steps == 3)
    assert not work.closed


def test_it_ends_soon_when_told_to_and_closes_its_work(start):
    work = Work()
    run = start(work)
    wait_for(lambda: work.steps == 1)
    began = time.monotonic()
    run.stop()
    wait_for(lambda: work.closed)
    assert time.monotonic() - began < 2


def test_a_loop_that_fails_ends_the_worker_with_an_error(databases):
    work = Work(ZeroDivisionError())
    loop = Loop("test-loop", lambda _run: work, wake="something_new", poll=HOUR)
    taken = Subscriptions(*(on(spec.cls, lambda *_: None) for spec in consumed_by("cases")), service="cases")
    worker = Worker(databases("cases"), taken, Jobs(), background=[loop])
    assert worker.run(only="background", signals=False) == 1
    assert work.closed


@pytest.mark.parametrize("name", ["Upper", "a b", "a; DROP TABLE x", ""])
def test_a_channel_is_a_plain_name(databases, name):
    with pytest.raises(ValueError, match="channel"):
        LoopRun(Loop("test-loop", lambda _run: Work(), wake=name, poll=HOUR), databases("org-registry"))

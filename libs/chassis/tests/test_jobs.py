"""Jobs run once at a time and once per interval, whoever starts them; the built-in ones keep the tables small."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from chassis import jobs
from chassis.ids import new_id
from chassis.jobs import Job, JobContext, Jobs, Scheduler, UnknownJob
from chassis.testing import wait_for


@pytest.fixture
def context(subscriber):
    return JobContext(subscriber, subscriber.settings)


def record(database, name):
    with database.read() as tx:
        query = text("SELECT * FROM job_run WHERE name = :name")
        return tx.session.execute(query, {"name": name}).mappings().first()


def test_a_job_runs_once_at_a_time(context):
    begun, let, runs = threading.Event(), threading.Event(), []

    def work(_context):
        runs.append(1)
        begun.set()
        let.wait(10)

    job = Job("slow", timedelta(hours=1), work)
    first = threading.Thread(target=jobs.run, args=(job, context))
    first.start()
    begun.wait(10)
    assert jobs.run(job, context) is False
    let.set()
    first.join(10)
    assert jobs.run(job, context) is True
    assert len(runs) == 2


def test_what_a_job_raises_is_noted_and_raised_and_its_lock_is_free(context, subscriber):
    def fail(_context):
        raise ZeroDivisionError

    job = Job("failing", timedelta(hours=1), fail)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            jobs.run(job, context)
    noted = record(subscriber, "failing")
    assert noted["error"] == "ZeroDivisionError"
    assert noted["finished_at"] >= noted["started_at"]


def test_two_schedulers_run_a_job_once_per_interval_and_go_on_after_a_failure(context):
    runs, failures = [], []

    def fail(_context):
        failures.append(1)
        raise ZeroDivisionError

    table = Jobs(
        Job("often", timedelta(seconds=0.3), lambda _context: runs.append(1)),
        Job("rare", timedelta(hours=1), lambda _context: runs.append(100)),
        Job("failing", timedelta(seconds=0.3), fail),
    )
    schedulers = [Scheduler(table, context) for _ in range(2)]
    threads = [threading.Thread(target=scheduler.run) for scheduler in schedulers]
    for thread in threads:
        thread.start()
    wait_for(lambda: runs.count(1) >= 4 and len(failures) >= 2)
    for scheduler in schedulers:
        scheduler.stop()
    for thread in threads:
        thread.join(10)
    assert runs.count(100) == 1


def test_jobs_are_found_by_name_and_names_are_single():
    assert Jobs().get("inbox-retention").every == timedelta(hours=6)
    with pytest.raises(UnknownJob):
        Jobs().get("none")
    with pytest.raises(ValueError, match="same name"):
        Jobs(Job("inbox-retention", timedelta(1), lambda _context: None))


def test_retention_removes_what_is_old_and_nothing_else(context, subscriber, monkeypatch):
    monkeypatch.setattr(jobs, "DELETE_BATCH", 3)
    with subscriber.engine.begin() as connection:
        for age, count in ((31, 10), (29, 4)):
            connection.execute(
                text(
                    "INSERT INTO inbox (event_id, source, type, digest, received_at)"
                    " SELECT gen_random_uuid(), 's', 't', 'x', now() - make_interval(days => :age)"
                    " FROM generate_series(1, :count)"
                ),
                {"age": age, "count": count},
            )
        for hours in (-1, 1):
            connection.execute(
                text(
                    "INSERT INTO idempotency_key (person_id, method, route, key, request_hash, expires_at)"
                    " VALUES (:person, 'POST', '/', 'k', 'x', now() + make_interval(hours => :hours))"
                ),
                {"person": new_id(), "hours": hours},
            )
    for job in Jobs():
        assert jobs.run(job, context)
    with subscriber.read() as tx:
        assert tx.session.execute(text("SELECT count(*) FROM inbox")).scalar_one() == 4
        assert tx.session.execute(text("SELECT count(*) FROM idempotency_key")).scalar_one() == 1


def test_the_scope_of_an_idempotency_key_is_single_also_without_an_account(subscriber):
    from sqlalchemy.exc import IntegrityError

    person = new_id()

    def insert():
        with subscriber.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO idempotency_key (person_id, method, route, key, request_hash, expires_at)"
                    " VALUES (:person, 'POST', '/', 'k', 'x', now())"
                ),
                {"person": person},
            )

    insert()
    with pytest.raises(IntegrityError, match="uq_idempotency_key_scope"):
        insert()

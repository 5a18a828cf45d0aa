"""Scheduled work: ``JOBS = Jobs(Job("expire-invitations", every=timedelta(minutes=1), run=expire))``.

A job runs under an advisory lock, so that however many workers and cron jobs there are it runs once at a time; the
time of its last start is in the database, so that it also runs once per interval. The same job is started by the
worker's scheduler, by ``jobs run NAME`` and by a Kubernetes CronJob.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from chassis import inbox, outbox, partitions
from chassis.ids import utcnow
from chassis.settings import Settings
from chassis.telemetry import logger, traced
from chassis.transaction import Database

log = logger(__name__)

LOCK_SPACE = 0x6A6F62
"""First key of the advisory locks of jobs; the second is a hash of the name."""
DELETE_BATCH = 5000


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a job works with."""

    database: Database
    settings: Settings


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work that is due again ``every`` so often. It opens its own transactions."""

    name: str
    every: timedelta
    run: Callable[[JobContext], object]


class UnknownJob(KeyError):
    """There is no job of that name."""


class Jobs:
    """The jobs of one service, with those that every service has."""

    def __init__(self, *jobs: Job) -> None:
        every = (*jobs, *BUILT_IN)
        self._jobs = {job.name: job for job in every}
        if len(self._jobs) != len(every):
            message = "two jobs have the same name"
            raise ValueError(message)

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def get(self, name: str) -> Job:
        """The job called ``name``; raises ``UnknownJob``."""
        try:
            return self._jobs[name]
        except KeyError:
            raise UnknownJob(name) from None


def run(job: Job, context: JobContext, *, only_if_due: bool = False) -> bool:
    """Run ``job`` now; returns False where another process is at it (or it is not due).

    What the job raises is noted in ``job_run`` and raised.
    """
    with _locked(context.database, job.name) as connection:
        if connection is None or (only_if_due and not _is_due(connection, job)):
            return False
        connection.exec_driver_sql(
            "INSERT INTO job_run (name, started_at) VALUES (%s, clock_timestamp())"
            " ON CONFLICT (name) DO UPDATE SET started_at = clock_timestamp(), finished_at = NULL, error = NULL",
            (job.name,),
        )
        error: str | None = None
        try:
            with traced():
                job.run(context)
        except BaseException as problem:
            error = type(problem).__name__
            raise
        finally:
            if not connection.invalidated:
                connection.exec_driver_sql(
                    "UPDATE job_run SET finished_at = clock_timestamp(), error = %s WHERE name = %s",
                    (error, job.name),
                )
    return True


@contextmanager
def _locked(database: Database, name: str) -> Iterator[Connection | None]:
    # A session lock on a connection of its own: the job's transactions come and go beneath it, and the
    # server frees it if this process dies.
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        key = (LOCK_SPACE, name)
        got = connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s, hashtext(%s))", key).scalar_one()
        if not got:
            yield None
            return
        try:
            yield connection
        finally:
            if not connection.invalidated:
                connection.exec_driver_sql("SELECT pg_advisory_unlock(%s, hashtext(%s))", key)


def _is_due(connection: Connection, job: Job) -> bool:
    # A twentieth of the interval is forgiven: two schedulers do not tick in the same millisecond.
    due: bool = connection.exec_driver_sql(
        "SELECT coalesce((SELECT started_at <= clock_timestamp() - %s::interval FROM job_run WHERE name = %s), true)",
        (job.every * 0.95, job.name),
    ).scalar_one()
    return due


class Scheduler:
    """Starts each job when it is due; one at a time, in the thread that calls ``run``."""

    stuck_after = 900.0

    def __init__(self, jobs: Jobs, context: JobContext) -> None:
        self._jobs = jobs
        self._context = context
        self._stop = threading.Event()
        self.last_progress = time.monotonic()

    def stop(self) -> None:
        """End ``run`` after the job that is at work."""
        self._stop.set()

    def run(self) -> None:
        """Work until ``stop``. A job that fails is logged and comes again after its interval."""
        due = {job.name: time.monotonic() for job in self._jobs}
        while not self._stop.is_set():
            self.last_progress = time.monotonic()
            for job in self._jobs:
                if self._stop.is_set() or time.monotonic() < due[job.name]:
                    continue
                due[job.name] = time.monotonic() + job.every.total_seconds()
                self._run(job)
                self.last_progress = time.monotonic()
            self._stop.wait(max(0.05, min(1.0, min(due.values()) - time.monotonic())))

    def _run(self, job: Job) -> None:
        started = time.monotonic()
        try:
            ran = run(job, self._context, only_if_due=True)
        except Exception as error:
            log.exception("job-failed", job=job.name, error=type(error).__name__)
        else:
            if ran:
                log.info("job-ran", job=job.name, seconds=round(time.monotonic() - started, 3))


def _outbox_partitions(context: JobContext) -> None:
    with context.database.transaction() as tx:
        partitions.make_ahead(tx.session.connection())


def _outbox_retention(context: JobContext) -> None:
    with context.database.transaction() as tx:
        dropped = partitions.drop_old(tx.session.connection())
    if dropped:
        log.info("outbox-days-dropped", partitions=dropped)


def _delete_in_batches(context: JobContext, table: str, condition: str, limit: object) -> int:
    total = 0
    while True:
        with context.database.transaction() as tx:
            count = (
                tx.session.connection()
                .exec_driver_sql(
                    f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("  # noqa: S608 - our own names
                    f"SELECT ctid FROM {table} WHERE {condition} LIMIT {DELETE_BATCH}))",
                    (limit,),
                )
                .rowcount
            )
        total += count
        if count < DELETE_BATCH:
            return total


def _inbox_retention(context: JobContext) -> None:
    limit = utcnow() - inbox.RETENTION
    _delete_in_batches(context, "inbox", "received_at < %s", limit)
    _delete_in_batches(context, "inbox_attempt", "last_at < %s", limit)
    _delete_in_batches(context, "dead_letter", "settled_at < %s", limit)


def _overdue(context: JobContext) -> None:
    with context.database.read() as tx:
        count = outbox.overdue(tx.session.connection())
    if count:
        log.error("outbox-overdue", count=count)


def _idempotency_retention(context: JobContext) -> None:
    _delete_in_batches(context, "idempotency_key", "expires_at < %s", utcnow())


BUILT_IN = (
    Job("outbox-partitions", timedelta(hours=1), _outbox_partitions),
    Job("outbox-overdue", timedelta(minutes=1), _overdue),
    Job("outbox-retention", timedelta(hours=6), _outbox_retention),
    Job("inbox-retention", timedelta(hours=6), _inbox_retention),
    Job("idempotency-retention", timedelta(hours=1), _idempotency_retention),
)

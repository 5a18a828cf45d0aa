"""Composition root: what notify consists of."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from chassis import app
from chassis.jobs import Job, JobContext, Jobs
from chassis.telemetry import logger
from chassis.worker import Worker
from notify.api import routes
from notify.consumers import SUBSCRIPTIONS, senders
from notify.settings import Settings
from notify.usecases import copying, telling
from notify.usecases.privacy import HOLDINGS

log = logger(__name__)

SERVICE = "notify"
ROUTES = [routes]


def _take_up(context: JobContext) -> None:
    with context.database.transaction() as tx:
        looked_at, abandoned = telling.take_up_all(tx)
    if looked_at or abandoned:
        log.info("notices-wait", waiting=looked_at, abandoned=abandoned)


def _forget(context: JobContext) -> None:
    while True:
        with context.database.transaction() as tx:
            count = telling.forget(tx)
        if count < telling.BATCH:
            return


def _forget_copies(context: JobContext) -> None:
    with context.database.transaction() as tx:
        copying.forget_unconfirmed(tx)


JOBS = Jobs(
    Job("take-up-waiting-notices", every=timedelta(minutes=1), run=_take_up),
    Job("forget-old-notices", every=timedelta(hours=6), run=_forget),
    Job("forget-unconfirmed-copies", every=timedelta(hours=1), run=_forget_copies),
)


def create_app(settings: Settings) -> Flask:
    """The web process; it sends nothing and opens no address."""
    return app.create_app(settings, ROUTES, title="Minasidor: notify")


def create_worker(settings: Settings) -> Worker:
    """The worker process: relay, consumer, jobs, and a sender per channel."""
    return Worker(settings, SUBSCRIPTIONS, JOBS, background=senders(settings))


__all__ = ["HOLDINGS", "JOBS", "ROUTES", "SERVICE", "SUBSCRIPTIONS", "Settings", "create_app", "create_worker"]

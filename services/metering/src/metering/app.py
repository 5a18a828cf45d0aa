"""Composition root: what metering consists of."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from chassis import app
from chassis.jobs import Job, JobContext, Jobs
from chassis.settings import Settings
from chassis.worker import Worker
from metering.api import routes
from metering.consumers import SUBSCRIPTIONS
from metering.usecases import privacy
from metering.usecases.privacy import HOLDINGS

SERVICE = "metering"
ROUTES = [routes]


def _forget(context: JobContext) -> None:
    with context.database.transaction() as tx:
        privacy.forget_old(tx)


JOBS = Jobs(Job("forget-old-readings", every=timedelta(days=1), run=_forget))


def create_app(settings: Settings) -> Flask:
    """The web process."""
    return app.create_app(settings, ROUTES, title="Minasidor: metering")


def create_worker(settings: Settings) -> Worker:
    """The worker process: relay, consumer and jobs."""
    return Worker(settings, SUBSCRIPTIONS, JOBS)


__all__ = ["HOLDINGS", "JOBS", "ROUTES", "SERVICE", "SUBSCRIPTIONS", "Settings", "create_app", "create_worker"]

"""Composition root: what billing consists of."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from billing.api import routes
from billing.consumers import SUBSCRIPTIONS
from billing.usecases import privacy
from billing.usecases.privacy import HOLDINGS
from chassis import app
from chassis.jobs import Job, JobContext, Jobs
from chassis.settings import Settings
from chassis.worker import Worker

SERVICE = "billing"
ROUTES = [routes]


def _forget(context: JobContext) -> None:
    with context.database.transaction() as tx:
        privacy.forget_old_invoices(tx)


JOBS = Jobs(Job("forget-old-invoices", every=timedelta(days=1), run=_forget))


def create_app(settings: Settings) -> Flask:
    """The web process."""
    return app.create_app(settings, ROUTES, title="Minasidor: billing")


def create_worker(settings: Settings) -> Worker:
    """The worker process: relay, consumer and jobs."""
    return Worker(settings, SUBSCRIPTIONS, JOBS)


__all__ = ["HOLDINGS", "JOBS", "ROUTES", "SERVICE", "SUBSCRIPTIONS", "Settings", "create_app", "create_worker"]

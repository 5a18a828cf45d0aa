"""Composition root: what billing consists of."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from billing import usecases
from billing.api import routes
from billing.consumers import SUBSCRIPTIONS
from billing.settings import Settings
from billing.usecases import privacy
from billing.usecases.privacy import HOLDINGS
from chassis import app
from chassis.jobs import Job, JobContext, Jobs
from chassis.mailed_links import example_settings
from chassis.worker import Worker

SERVICE = "billing"
ROUTES = [routes]
SHARED_PAGE = "/delad-faktura"
"""Path of the portal's page that the link to a shared invoice opens."""


def make_keys(settings: Settings) -> usecases.Keys:
    """The keys of this process."""
    return usecases.Keys.from_settings(settings, SHARED_PAGE)


def _forget(context: JobContext) -> None:
    with context.database.transaction() as tx:
        privacy.forget_old_invoices(tx)


def _forget_shares(context: JobContext) -> None:
    with context.database.transaction() as tx:
        usecases.forget_shares(tx)


JOBS = Jobs(
    Job("forget-old-invoices", every=timedelta(days=1), run=_forget),
    Job("forget-invoice-shares", every=timedelta(hours=1), run=_forget_shares),
)


def create_app(settings: Settings) -> Flask:
    """The web process."""
    return app.create_app(settings, ROUTES, title="Minasidor: billing", extensions={"keys": make_keys(settings)})


def create_worker(settings: Settings) -> Worker:
    """The worker process: relay, consumer and jobs."""
    return Worker(settings, SUBSCRIPTIONS, JOBS)


EXAMPLE_SETTINGS = example_settings(SERVICE)
"""For documents made without a deployment."""

__all__ = [
    "EXAMPLE_SETTINGS",
    "HOLDINGS",
    "JOBS",
    "ROUTES",
    "SERVICE",
    "SUBSCRIPTIONS",
    "Settings",
    "create_app",
    "create_worker",
    "make_keys",
]

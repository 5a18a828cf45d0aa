"""Composition root: what cases consists of."""

from __future__ import annotations

from flask import Flask

from cases.api import routes
from cases.consumers import SUBSCRIPTIONS
from cases.usecases import HOLDINGS
from chassis import app
from chassis.jobs import Jobs
from chassis.settings import Settings
from chassis.worker import Worker

SERVICE = "cases"
ROUTES = [routes]
JOBS = Jobs()


def create_app(settings: Settings) -> Flask:
    """The web process."""
    return app.create_app(settings, ROUTES, title="Minasidor: cases")


def create_worker(settings: Settings) -> Worker:
    """The worker process: relay, consumer and jobs."""
    return Worker(settings, SUBSCRIPTIONS, JOBS)


__all__ = ["HOLDINGS", "JOBS", "ROUTES", "SERVICE", "SUBSCRIPTIONS", "Settings", "create_app", "create_worker"]

"""Composition root: what cases consists of."""

from __future__ import annotations

from flask import Flask

from cases.api import routes
from chassis import app
from chassis.jobs import Jobs
from chassis.settings import Settings
from chassis.subscriptions import Subscriptions
from chassis.worker import Worker

SERVICE = "cases"
ROUTES = [routes]
JOBS = Jobs()


def create_app(settings: Settings) -> Flask:
    """The web process."""
    return app.create_app(settings, ROUTES, title="Minasidor: cases")


def create_worker(settings: Settings) -> Worker:
    """The worker process; it listens to nothing yet."""
    return Worker(settings, Subscriptions(service=SERVICE), JOBS)


__all__ = ["JOBS", "ROUTES", "SERVICE", "Settings", "create_app", "create_worker"]

"""Composition root: what metering consists of."""

from __future__ import annotations

from flask import Flask

from chassis import app
from chassis.jobs import Jobs
from chassis.settings import Settings
from chassis.worker import Worker
from metering.api import routes
from metering.consumers import SUBSCRIPTIONS

SERVICE = "metering"
ROUTES = [routes]
JOBS = Jobs()


def create_app(settings: Settings) -> Flask:
    """The web process."""
    return app.create_app(settings, ROUTES, title="Minasidor: metering")


def create_worker(settings: Settings) -> Worker:
    """The worker process: relay, consumer and jobs."""
    return Worker(settings, SUBSCRIPTIONS, JOBS)


__all__ = ["JOBS", "ROUTES", "SERVICE", "SUBSCRIPTIONS", "Settings", "create_app", "create_worker"]

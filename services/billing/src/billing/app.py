"""Composition root: what billing consists of."""

from __future__ import annotations

from flask import Flask

from billing.api import routes
from billing.consumers import SUBSCRIPTIONS
from chassis import app
from chassis.jobs import Jobs
from chassis.settings import Settings
from chassis.worker import Worker

SERVICE = "billing"
ROUTES = [routes]
JOBS = Jobs()


def create_app(settings: Settings) -> Flask:
    """The web process."""
    return app.create_app(settings, ROUTES, title="Minasidor: billing")


def create_worker(settings: Settings) -> Worker:
    """The worker process: relay, consumer and jobs."""
    return Worker(settings, SUBSCRIPTIONS, JOBS)


__all__ = ["JOBS", "ROUTES", "SERVICE", "SUBSCRIPTIONS", "Settings", "create_app", "create_worker"]

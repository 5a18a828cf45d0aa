"""Composition root: what orders consists of."""

from __future__ import annotations

from flask import Flask

from chassis import app
from chassis.jobs import Jobs
from chassis.settings import Settings
from chassis.worker import Worker
from orders.api import routes
from orders.consumers import SUBSCRIPTIONS
from orders.usecases import HOLDINGS

SERVICE = "orders"
ROUTES = [routes]
JOBS = Jobs()


def create_app(settings: Settings) -> Flask:
    """The web process."""
    return app.create_app(settings, ROUTES, title="Minasidor: orders")


def create_worker(settings: Settings) -> Worker:
    """The worker process: relay, consumer and jobs."""
    return Worker(settings, SUBSCRIPTIONS, JOBS)


__all__ = ["HOLDINGS", "JOBS", "ROUTES", "SERVICE", "SUBSCRIPTIONS", "Settings", "create_app", "create_worker"]

"""Composition root: what orders consists of."""

from __future__ import annotations

from flask import Flask

from chassis import app
from chassis.jobs import Jobs
from chassis.settings import Settings
from chassis.subscriptions import Subscriptions
from chassis.worker import Worker
from orders.api import routes

SERVICE = "orders"
ROUTES = [routes]
JOBS = Jobs()


def create_app(settings: Settings) -> Flask:
    """The web process."""
    return app.create_app(settings, ROUTES, title="Minasidor: orders")


def create_worker(settings: Settings) -> Worker:
    """The worker process; it listens to nothing yet."""
    return Worker(settings, Subscriptions(service=SERVICE), JOBS)


__all__ = ["JOBS", "ROUTES", "SERVICE", "Settings", "create_app", "create_worker"]

"""Liveness, readiness and metrics.

``/livez`` touches nothing: a database that is down must restart nobody. ``/readyz`` asks the database and its
migrations; the broker is not part of it, because a web process never needs it.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app
from prometheus_client import Counter, Histogram

from chassis import migrations, requests
from chassis.errors import Unavailable

blueprint = Blueprint("health", __name__)

REQUESTS = Counter("http_requests_total", "Requests answered", ["route", "method", "status"])
DURATION = Histogram(
    "http_request_seconds",
    "Time to answer",
    ["route", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


@blueprint.get("/livez")
def livez() -> Response:
    """Say that the process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> Response:
    """Say whether requests can be served: database reachable, migrations at the head that this release needs."""
    database = current_app.extensions["chassis"].database
    if database is None:
        return Response("ok\n", mimetype="text/plain")
    try:
        ready = migrations.current_is_head(database)
    except Unavailable:
        return Response("database unreachable\n", status=503, mimetype="text/plain")
    if not ready:
        return Response("migrations are not at head\n", status=503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus metrics, summed over the worker processes where there are several."""
    return requests.metrics()

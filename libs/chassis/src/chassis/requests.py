"""What is noted of every request that was answered: one log line, two metrics. Neither says who or what for."""

from __future__ import annotations

import time

from flask import Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

from chassis.telemetry import logger, set_trace

log = logger(__name__)
PROBES = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked all the time, by machines."""


def begin() -> None:
    """Start the clock; take on the trace of whoever asks."""
    g.started = time.monotonic()
    set_trace(request.headers.get("X-Correlation-Id"), request.headers.get("traceparent"))


def note(response: Response, requests: Counter, seconds: Histogram) -> None:
    """Count and log the answer, by the rule of its route: the path itself may hold ids. Probes are left out."""
    if request.path in PROBES:
        return
    rule = request.url_rule.rule if request.url_rule else "unknown"
    elapsed = time.monotonic() - g.started
    requests.labels(rule, request.method, str(response.status_code)).inc()
    seconds.labels(rule, request.method).observe(elapsed)
    log.info(
        "request",
        route=rule,
        method=request.method,
        status=response.status_code,
        milliseconds=round(elapsed * 1000, 1),
    )


def metrics() -> Response:
    """Prometheus metrics in text form, summed over the worker processes where there are several."""
    registry = CollectorRegistry()
    try:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    except ValueError:  # PROMETHEUS_MULTIPROC_DIR is not set: one process
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

"""The worker's own small HTTP listener: liveness, readiness, metrics. GET only, nothing else is served."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Protocol

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from chassis import migrations
from chassis.errors import DomainError
from chassis.settings import Settings
from chassis.telemetry import logger
from chassis.transaction import Database

log = logger(__name__)

PLAIN = "text/plain; charset=utf-8"


class Watched(Protocol):
    """A part of the worker, as the monitor sees it."""

    last_progress: float
    """``time.monotonic()`` of the last sign of life."""
    stuck_after: float
    """Seconds without one after which it counts as hung: longer than anything it may rightly be busy with."""


class Monitor(Collector):
    """Answers for the parts of one worker on ``settings.worker_bind`` (nowhere, if that is empty)."""

    def __init__(self, settings: Settings, database: Database, parts: Mapping[str, Watched]) -> None:
        self._settings = settings
        self._database = database
        self._parts = parts
        self._server: socketserver.BaseServer | None = None

    def start(self) -> None:
        """Listen, in a thread."""
        REGISTRY.register(self)
        if not self._settings.worker_bind:
            return
        self._server = _listen(self._settings.worker_bind, self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.2,), name="monitor", daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        REGISTRY.unregister(self)
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            if self._settings.worker_bind.startswith("unix:"):
                Path(self._settings.worker_bind.removeprefix("unix:")).unlink(missing_ok=True)

    @property
    def address(self) -> Any:
        """Where it listens; with port 0 the system has chosen one."""
        return None if self._server is None else self._server.server_address

    def collect(self) -> Iterator[Metric]:
        """Gauges that are measured when somebody asks."""
        ages = GaugeMetricFamily(
            "minasidor_worker_progress_age_seconds", "Since the last sign of life", labels=["part"]
        )
        for name, part in self._parts.items():
            ages.add_metric([name], time.monotonic() - part.last_progress)
        yield ages
        connected = GaugeMetricFamily("minasidor_worker_broker_connected", "1 if in touch with it", labels=["part"])
        for name, value in self._broker().items():
            connected.add_metric([name], value)
        yield connected
        with suppress(DomainError):
            yield from self._stored()

    def _broker(self) -> dict[str, bool]:
        states = {}
        for name, part in self._parts.items():
            if hasattr(part, "connected"):
                states[name] = bool(part.connected)
            elif hasattr(part, "state"):
                states[name] = part.state in {"active", "standby"}
        return states

    def _stored(self) -> Iterator[Metric]:
        with self._database.read() as tx:
            connection = tx.session.connection()
            waiting, age = connection.exec_driver_sql(
                "SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)"
                " FROM outbox WHERE published_at IS NULL"
            ).one()
            dead = connection.exec_driver_sql("SELECT count(*) FROM dead_letter WHERE settled_at IS NULL").scalar_one()
        yield GaugeMetricFamily("minasidor_outbox_waiting", "Events not published yet", value=waiting)
        yield GaugeMetricFamily("minasidor_outbox_age_seconds", "Age of the oldest of them", value=float(age))
        yield GaugeMetricFamily("minasidor_dead_letters", "Dead letters that nobody has settled", value=dead)

    def live(self) -> tuple[int, str]:
        """Status and text of /livez."""
        now = time.monotonic()
        stuck = [name for name, part in self._parts.items() if now - part.last_progress > part.stuck_after]
        return (503, f"no progress: {', '.join(stuck)}\n") if stuck else (200, "ok\n")

    def ready(self) -> tuple[int, str]:
        """Status and text of /readyz."""
        try:
            if not migrations.current_is_head(self._database):
                return 503, "migrations are not at head\n"
        except DomainError:
            return 503, "database unreachable\n"
        away = [name for name, touch in self._broker().items() if not touch]
        return 200, f"degraded: {', '.join(away)} waiting for the broker\n" if away else "ok\n"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answers: dict[str, Callable[[], tuple[int, str]]] = {"/livez": self.live, "/readyz": self.ready}

        class Handler(BaseHTTPRequestHandler):
            timeout = 5

            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self._answer(200, generate_latest(), CONTENT_TYPE_LATEST)
                elif self.path in answers:
                    status, text = answers[self.path]()
                    self._answer(status, text.encode(), PLAIN)
                else:
                    self._answer(404, b"not found\n", PLAIN)

            def _answer(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def address_string(self) -> str:
                return "local"

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                pass

        return Handler


class _Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class _Unix(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


def _listen(bind: str, handler: type[BaseHTTPRequestHandler]) -> socketserver.BaseServer:
    if bind.startswith("unix:"):
        path = bind.removeprefix("unix:")
        Path(path).unlink(missing_ok=True)
        return _Unix(path, handler)
    host, _, port = bind.rpartition(":")
    server = type("_Tcp6", (_Tcp,), {"address_family": socket.AF_INET6}) if ":" in host else _Tcp
    made: socketserver.BaseServer = server((host.strip("[]"), int(port)), handler)
    return made

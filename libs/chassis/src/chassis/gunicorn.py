"""gunicorn with the settings that were measured (ADR 0005): gthread, few threads, bounded connections.

gthread drains on SIGTERM what ``sync`` would drop; ``--timeout`` does not bound a gthread request, so limits come from
``statement_timeout`` and client time-outs. The control socket is off: all services of a machine would share its path.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from prometheus_client import multiprocess

from chassis.settings import Settings


def options(settings: Settings) -> dict[str, Any]:
    """The gunicorn settings for a service."""
    return {
        "bind": settings.bind,
        "worker_class": "gthread",
        "workers": settings.web_workers,
        "threads": settings.web_threads,
        "worker_connections": settings.web_threads * 4,
        "backlog": 64,
        "keepalive": 75,
        "graceful_timeout": 20,
        "timeout": 60,
        "preload_app": False,
        "control_socket_disable": True,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "umask": 0o007,
        "proc_name": f"minasidor-{settings.service}-web",
        "limit_request_line": 4094,
        "limit_request_fields": 60,
        "limit_request_field_size": 16_384,
        "forwarded_allow_ips": "",
    }


def _forget_metrics(_server: Any, worker: Any) -> None:
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn started from code, so that one command starts every service."""

    def __init__(self, make_app: Callable[[], Flask], settings: Settings) -> None:
        self._make_app = make_app
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Apply ``options``; a worker that ends takes its metrics files along."""
        for name, value in options(self._settings).items():
            self.cfg.set(name, value)
        if self._settings.web_workers > 1:
            self.cfg.set("child_exit", _forget_metrics)

    def load(self) -> Flask:
        """Build the application inside the worker, after the fork."""
        return self._make_app()


def serve(make_app: Callable[[], Flask], settings: Settings) -> None:
    """Serve until SIGTERM; never returns normally."""
    Server(make_app, settings).run()

"""Runs the application in gunicorn: one worker, since everything is in its memory."""

from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication


class Server(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """gunicorn with options from the code; it stops 1-2 s after SIGTERM."""

    def __init__(self, app: Flask, bind: str, **options: Any) -> None:
        self._app = app
        self._options: dict[str, Any] = {
            "bind": bind,
            "workers": 1,
            "worker_class": "gthread",
            "threads": 32,
            "graceful_timeout": 1,
            "control_socket_disable": True,
            "proc_name": "sim-bolagsverket",
            **options,
        }
        super().__init__()

    def load_config(self) -> None:
        """Hand the options to gunicorn; no file and no variable is read."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, built before the worker starts."""
        return self._app

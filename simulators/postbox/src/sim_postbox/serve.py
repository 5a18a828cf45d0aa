"""Runs the web application in gunicorn, and the SMTP sink beside it in the same process."""

from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from sim_postbox.app import create_app
from sim_postbox.settings import Settings
from sim_postbox.smtp import Listener
from sim_postbox.state import State


class Server(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """One worker, since everything is in its memory; it stops 1-2 s after SIGTERM."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._app = create_app(settings)
        self._listener: Listener | None = None
        super().__init__()

    def load_config(self) -> None:
        """Hand the options to gunicorn; no file and no variable is read."""
        options: dict[str, Any] = {
            "bind": self._settings.bind,
            "workers": 1,
            "worker_class": "gthread",
            "threads": 32,
            "graceful_timeout": 1,
            "control_socket_disable": True,
            "proc_name": "sim-postbox",
            "post_worker_init": self._start,
            "worker_exit": self._stop,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Give gunicorn the application, built before the worker starts."""
        return self._app

    def _start(self, worker: Any) -> None:
        """Start the threads in the worker, after the fork; an SMTP port in use ends the process."""
        state: State = self._app.extensions["postbox"]
        state.delivery.start()
        self._listener = Listener(self._settings, state.box, state.faults)
        self._listener.start()
        worker.log.info("Listening for mail at: smtp://%s", self._settings.smtp)

    def _stop(self, _arbiter: object, _worker: object) -> None:
        if self._listener is not None:
            self._listener.stop(no_assert=True)

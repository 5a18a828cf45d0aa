"""Runs the application in gunicorn: one worker, since everything is in its memory."""

import ssl
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sim_spar.app import control_app, register_app
from sim_spar.register import Register
from sim_spar.settings import Settings


class Server(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """gunicorn with options from the code; it stops 1-2 s after SIGTERM."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._beside: BaseWSGIServer | None = None
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
            "proc_name": "sim-spar",
        }
        if self._settings.tls_cert:
            options |= {"certfile": self._settings.tls_cert, "keyfile": self._settings.tls_key}
            options["ssl_context"] = self._tls
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, built in the worker."""
        register = Register(self._settings)
        if not self._settings.control_bind:
            return register_app(register, control=True)
        host, _, port = self._settings.control_bind.rpartition(":")
        self._beside = make_server(host, int(port), control_app(register), threaded=True, request_handler=_Quiet)
        threading.Thread(target=self._beside.serve_forever, name="control", daemon=True).start()
        return register_app(register, control=False)

    def _tls(self, _config: Config, _default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        """TLS 1.2 or later; with a client CA a caller must show a certificate from it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._settings.tls_cert, self._settings.tls_key)
        if self._settings.tls_client_ca:
            context.load_verify_locations(cafile=self._settings.tls_client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - base's name
        """No line per request, like the main address."""

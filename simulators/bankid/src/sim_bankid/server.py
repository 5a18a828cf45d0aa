"""Runs the simulator: one gunicorn process with threads, because everything is in memory."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.workers.gthread import ThreadWorker
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sim_bankid.app import rp_app, tester_app
from sim_bankid.settings import Bind, Settings
from sim_bankid.world import World

_GRACE = 1
"""Seconds a stopping process lets running calls end."""


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn without a configuration file or command line."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._beside: BaseWSGIServer | None = None
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn: turn our settings into its own."""
        settings = self._settings
        options: dict[str, object] = {
            "bind": str(settings.bind),
            "worker_class": "gthread",
            "workers": 1,
            "threads": settings.threads,
            "graceful_timeout": _GRACE,
            "keepalive": 5,
            "control_socket_disable": True,
            "loglevel": "warning",
            "proc_name": "sim_bankid",
            "post_worker_init": self._ready,
        }
        if settings.tls:
            options["certfile"] = str(settings.tls_cert)
            options["keyfile"] = str(settings.tls_key)
            options["ssl_context"] = self._tls
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Called in the worker process: make the world there, and the second address if any."""
        world = World.make(self._settings)
        if self._settings.control_bind is not None:
            self._beside = _serve_beside(self._settings.control_bind, tester_app(world))
        return rp_app(world)

    def _ready(self, worker: ThreadWorker) -> None:
        """Tell on standard output where to find us: port 0 in a setting means any free port."""
        host, port = worker.sockets[0].sock.getsockname()[:2]
        scheme = "https" if self._settings.tls else "http"
        api = f"{scheme}://{Bind(host, port)}"
        tester = api
        if self._beside is not None:
            tester = f"http://{Bind(str(self._beside.host), self._beside.port)}"
        print(f"sim_bankid ready api={api} tester={tester}", flush=True)

    def _tls(self, _config: Config, _default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        """TLS 1.2 or later; with a client CA a client must show a certificate from it."""
        settings = self._settings
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(str(settings.tls_cert), str(settings.tls_key))
        if settings.tls_client_ca is not None:
            context.load_verify_locations(cafile=str(settings.tls_client_ca))
            context.verify_mode = ssl.CERT_REQUIRED
        return context


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - base's name
        """No line per request, like the main address."""


def _serve_beside(bind: Bind, app: Flask) -> BaseWSGIServer:
    server = make_server(bind.host, bind.port, app, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, name="control", daemon=True).start()
    return server

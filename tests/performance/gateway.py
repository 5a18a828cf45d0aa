"""What the gateway costs: an authenticated GET through it, against plain nginx in front of the same service.

Everything runs on this machine alone (loopback and Unix sockets). Both sides run with the same nginx, the same service
process and the same token check in it.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import children
from bench.children import Line
from bench.load import wait
from bench.table import Goal, Row
from bench.wrk import get, load

GOAL_RATIO = 0.63
GOAL_ADDED_MS = 0.15
SESSIONS = 500
ROUTES = {
    "identity": [{"name": "session", "method": "GET", "path": "/v1/session", "access": "person"}],
    "org-registry": [{"name": "account", "method": "GET", "path": "/v1/account", "access": "account"}],
    "billing": [{"name": "invoices", "method": "GET", "path": "/v1/invoices", "access": "account"}],
}
PLAIN = """
{user}worker_processes {workers};
pid {folder}/plain.pid;
error_log {folder}/plain-error.log warn;
daemon off;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    keepalive_requests 10000;
    upstream billing {{ server unix:{folder}/billing.sock; keepalive 6; keepalive_requests 100000; }}
    server {{
        listen 127.0.0.1:{port};
        location /api/billing/ {{
            proxy_http_version 1.1;
            proxy_set_header Connection '';
            proxy_set_header Authorization 'Bearer {token}';
            proxy_pass http://billing/;
        }}
    }}
}}
"""


def measure(rounds: int, seconds: int) -> list[Row]:
    """One person with many connections, one person with one, and many persons at once."""
    rows: list[Row] = []
    with _everything() as (plain, gateway, sessions):
        cookies = [f"__Host-sid={session}" for session in sessions]
        rows += _compare("gateway, 16 connections of one session", plain, gateway, (16, cookies[:1]), rounds, seconds)
        rows += _compare("gateway, one connection", plain, gateway, (1, cookies[:1]), rounds, seconds, added=True)
        what = f"gateway, 16 connections of {SESSIONS} sessions"
        rows += _compare(what, plain, gateway, (16, cookies), rounds, seconds, goal=Goal())
    return rows


def _compare(
    what: str,
    plain: str,
    gateway: str,
    shape: tuple[int, list[str]],
    rounds: int,
    seconds: int,
    *,
    goal: Goal = Goal(at_least=GOAL_RATIO),  # noqa: B008 - frozen
    added: bool = False,
) -> list[Row]:
    rate = Row(what, "plain nginx, same service", "req/s", Goal() if added else goal)
    middle = Row(f"{what}: p50 added", "plain nginx, same service", "ms", Goal(at_most=GOAL_ADDED_MS), difference=True)
    connections, cookies = shape
    for number in range(rounds + 1):
        pair = [
            load(url, seconds=seconds, connections=connections, headers={"Host": "localhost"}, cookies=cookies)
            for url in (gateway, plain)
        ]
        if errors := sum(each.errors for each in pair):
            raise RuntimeError(f"{what}: {errors} requests failed")
        if number:  # the first round warms up
            rate.add(pair[0].per_second, pair[1].per_second)
            middle.add(pair[0].p50_ms, pair[1].p50_ms)
    return [rate, middle] if added else [rate]


@contextlib.contextmanager
def _everything() -> Iterator[tuple[str, str, list[str]]]:
    from chassis import tokens as signing
    from chassis.settings import load as load_settings
    from gateway import nginx
    from gateway.settings import Settings

    key = signing.generate_key("bench")
    sessions = [secrets.token_urlsafe(32) for _ in range(SESSIONS)]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-bench-")))
        (folder / "routes.json").write_text(json.dumps(ROUTES))
        port, plain_port = _free_port(), _free_port()
        environ = {
            "PATH": os.environ["PATH"],
            "MINASIDOR_ENVIRONMENT": "test",
            "MINASIDOR_LOG_LEVEL": "WARNING",
            "MINASIDOR_GATEWAY_JWKS": signing.public_jwks(key),
            "MINASIDOR_DATABASE_URL": "unused",
            "MINASIDOR_GATEWAY_PRIVATE_JWK": json.dumps(key),
            "GATEWAY_BIND": f"unix:{folder}/policy.sock",
            "GATEWAY_LISTEN": f"127.0.0.1:{port}",
            "GATEWAY_ROUTES_FILE": str(folder / "routes.json"),
            **{f"GATEWAY_UPSTREAM_{name}": f"unix:{folder}/lookup.sock" for name in ("IDENTITY", "ORG_REGISTRY")},
            "GATEWAY_UPSTREAM_BILLING": f"unix:{folder}/billing.sock",
            "GATEWAY_CONNECTIONS_PER_ADDRESS": "0",
            **{f"GATEWAY_RATE_{name}": "900000r/s+100000" for name in ("DEFAULT", "ADDRESS")},
        }
        for service, name in (("billing", "billing"), ("lookup", "lookup")):
            child = stack.enter_context(
                children.start("gateway:serve", kind=service, bind=f"unix:{folder}/{name}.sock", environ=environ)
            )
            child.hear()
            stack.callback(child.interrupt)
        _start(stack, [sys.executable, "-m", "chassis", "gateway", "web"], environ)
        settings = load_settings(Settings, "gateway", environ)
        nginx.write(settings, folder)
        stack.callback(shutil.rmtree, nginx.cache_folder(settings, folder), ignore_errors=True)
        _start(stack, nginx.command(settings, folder), environ)
        minter = signing.Minter(key)
        conf = folder / "plain.conf"
        conf.write_text(
            PLAIN.format(
                user="user root;" if os.geteuid() == 0 else "",
                workers=settings.nginx_workers,
                folder=folder,
                port=plain_port,
                token=minter.mint("billing", _principal()),
            )
        )
        program = nginx.command(settings, folder)[0]
        _start(stack, [program, "-p", f"{folder}/", "-c", str(conf), "-e", str(folder / "plain-error.log")], environ)
        for name in ("billing", "lookup", "policy"):
            wait(lambda name=name: (folder / f"{name}.sock").is_socket())
        for each in (port, plain_port):
            wait(lambda each=each: _answers(each))
        path = "/api/billing/v1/invoices"
        wait(lambda: _lets_in(f"http://127.0.0.1:{port}{path}", sessions[0]), 20, what="the gateway lets nobody in")
        yield f"http://127.0.0.1:{plain_port}{path}", f"http://127.0.0.1:{port}{path}", sessions


def _principal() -> Any:
    from chassis.ids import new_id
    from chassis.transaction import Principal

    scopes = frozenset({"billing:read", "billing:write"})
    return Principal(person_id=new_id(), account_id=new_id(), session_id=new_id(), role="owner", scopes=scopes)


def _start(stack: contextlib.ExitStack, command: list[str], environ: dict[str, str]) -> None:
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)

    def stop() -> None:
        process.terminate()
        process.wait(20)

    stack.callback(stop)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _lets_in(url: str, session: str) -> bool:
    try:
        return bool(get(url, {"Host": "localhost", "Cookie": f"__Host-sid={session}"}))
    except OSError:
        return False


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# -- in the child ------------------------------------------------------------------------------
def serve(line: Line, kind: str, bind: str, environ: dict[str, str]) -> None:
    """A service as the chassis makes it, without a database: what is measured is the way to it."""
    from flask import Blueprint, Flask, Response, g, request

    from chassis import gunicorn
    from chassis.app import create_app
    from chassis.ids import new_id
    from chassis.settings import load as load_settings
    from gateway.settings import Settings

    service = "billing" if kind == "billing" else "identity"
    settings = load_settings(
        Settings, service, {**environ, f"{service.upper()}_BIND": bind, f"{service.upper()}_WEB_THREADS": "4"}
    )
    blueprint = Blueprint("bench", __name__)
    rows = json.dumps({"items": [{"invoice_id": str(new_id()), "total_ore": 12500} for _ in range(20)]}).encode()
    session = {"session_id": new_id(), "person_id": new_id(), "account_id": new_id(), "name": "T", "locale": "sv"}
    body = json.dumps({key: str(value) for key, value in session.items()}).encode()

    @blueprint.get("/v1/invoices")
    def invoices() -> Response:
        if g.principal is None or g.principal.account_id is None:
            return Response(status=401)
        return Response(rows, content_type="application/json")

    @blueprint.post("/v1/internal/sessions")
    def sessions() -> Response:
        return Response(body, content_type="application/json")

    @blueprint.post("/v1/internal/grants")
    def grants() -> Response:
        account = request.get_json()["account_id"]
        grant = {"membership_id": str(new_id()), "account_id": account, "role": "owner", "scopes": ["billing:read"]}
        return Response(json.dumps(grant), content_type="application/json")

    def make() -> Flask:
        app = create_app(settings, [], title=kind, make_database=None)
        app.register_blueprint(blueprint)
        return app

    line.say(serving=True)
    gunicorn.serve(make, settings)

"""What the gateway costs: an authenticated GET through it, against plain nginx in front of the same service.

``measure()`` starts everything on this machine alone (loopback and Unix sockets), loads each side in turns with wrk,
and stops what it started. Both sides run with the same nginx, the same service process and the same token check in it.
Goals (performance, section 5): requests per second >= 0.63 of plain nginx, added p50 <= 0.15 ms.

By hand: ``python tests/performance/gateway.py --rounds 5 --seconds 2``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

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
LUA = """
local sessions = {%s}
local i = 0
request = function()
  i = i %% #sessions + 1
  return wrk.format("GET", nil, {["Cookie"] = "__Host-sid=" .. sessions[i], ["Host"] = "localhost"})
end
"""


@dataclass(frozen=True)
class Load:
    """One wrk run."""

    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int


@dataclass(frozen=True)
class Result:
    """Medians over the rounds; ``ratio`` and ``added_ms`` are taken per round, so drift of the machine cancels out."""

    name: str
    plain_per_second: float
    gateway_per_second: float
    ratio: float
    ratio_range: tuple[float, float]
    plain_p50_ms: float
    gateway_p50_ms: float
    added_p50_ms: float
    errors: int


def measure(*, rounds: int = 5, seconds: int = 2, settings: dict[str, str] | None = None) -> list[Result]:
    """Measure: one person with many connections, one person with one, and many persons at once."""
    with _everything(settings or {}) as (plain, gateway, tokens, folder):
        one = ["-H", f"Cookie: __Host-sid={tokens[0]}"]
        script = folder / "many.lua"
        script.write_text(LUA % ",".join(f'"{token}"' for token in tokens))
        cases = {
            "one session, 16 connections": (["-c16", *one], ["-c16", *one]),
            "one session, 1 connection": (["-c1", *one], ["-c1", *one]),
            f"{SESSIONS} sessions, 16 connections": (["-c16", "-s", str(script)], ["-c16", "-s", str(script)]),
        }
        return [_compare(name, plain, gateway, arguments, rounds, seconds) for name, arguments in cases.items()]


def _compare(
    name: str, plain: str, gateway: str, arguments: tuple[list[str], list[str]], rounds: int, seconds: int
) -> Result:
    pairs = []
    for number in range(rounds + 1):
        pair = (_load(plain, arguments[0], seconds), _load(gateway, arguments[1], seconds))
        if number:  # the first round warms up
            pairs.append(pair)
    ratios = sorted(after.per_second / before.per_second for before, after in pairs)
    return Result(
        name=name,
        plain_per_second=round(statistics.median(before.per_second for before, _ in pairs)),
        gateway_per_second=round(statistics.median(after.per_second for _, after in pairs)),
        ratio=round(statistics.median(ratios), 3),
        ratio_range=(round(ratios[0], 3), round(ratios[-1], 3)),
        plain_p50_ms=round(statistics.median(before.p50_ms for before, _ in pairs), 3),
        gateway_p50_ms=round(statistics.median(after.p50_ms for _, after in pairs), 3),
        added_p50_ms=round(statistics.median(after.p50_ms - before.p50_ms for before, after in pairs), 3),
        errors=sum(before.errors + after.errors for before, after in pairs),
    )


def _load(url: str, arguments: list[str], seconds: int) -> Load:
    done = subprocess.run(
        ["wrk", "-t1", f"-d{seconds}s", "--latency", "-H", "Host: localhost", *arguments, url],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 30,
    )
    text = done.stdout

    def latency(percent: str) -> float:
        found = re.search(rf"^\s*{percent}%\s+([\d.]+)(us|ms|s)\s*$", text, re.MULTILINE)
        if not found:
            raise RuntimeError(f"wrk said no latency: {text}")
        return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]

    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    errors = (int(refused[1]) if refused else 0) + (sum(map(int, broken.groups())) if broken else 0)
    return Load(float(rate[1]) if rate else 0.0, latency("50"), latency("99"), errors)


@contextlib.contextmanager
def _everything(changes: dict[str, str]) -> Iterator[tuple[str, str, list[str], Path]]:
    from chassis import tokens as signing
    from chassis.settings import load
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
            **changes,
        }
        for service, name in (("billing", "billing"), ("lookup", "lookup")):
            command = [sys.executable, __file__, "--serve", service, f"unix:{folder}/{name}.sock"]
            _start(stack, command, environ)
        _start(stack, [sys.executable, "-m", "chassis", "gateway", "web"], environ)
        settings = load(Settings, "gateway", environ)
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
            _wait(lambda name=name: (folder / f"{name}.sock").is_socket())
        for each in (port, plain_port):
            _wait(lambda each=each: _answers(each))
        path = "/api/billing/v1/invoices"
        yield f"http://127.0.0.1:{plain_port}{path}", f"http://127.0.0.1:{port}{path}", sessions, folder


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


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(condition: Any, seconds: float = 20.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            raise TimeoutError("a part of the measurement did not start")
        time.sleep(0.05)


def _serve(kind: str, bind: str) -> None:
    # A service as the chassis makes it, without a database: what is measured is the way to it.
    from flask import Blueprint, Flask, Response, g, request

    from chassis import gunicorn
    from chassis.app import create_app
    from chassis.ids import new_id
    from chassis.settings import load
    from gateway.settings import Settings

    service = "billing" if kind == "billing" else "identity"
    settings = load(
        Settings, service, {**os.environ, f"{service.upper()}_BIND": bind, f"{service.upper()}_WEB_THREADS": "4"}
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

    gunicorn.serve(make, settings)


def main() -> int:
    """Measure and print, or (for itself) serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", nargs=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    options = parser.parse_args()
    if options.serve:
        _serve(*options.serve)
    for result in measure(rounds=options.rounds, seconds=options.seconds):
        sys.stdout.write(json.dumps(asdict(result)) + "\n")
    return 0


if __name__ == "__main__":
    sys.path.pop(0)  # this folder, in which "gateway" would be this file
    sys.exit(main())

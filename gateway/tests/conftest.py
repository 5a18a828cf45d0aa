"""A real nginx with a real policy (gunicorn) in front of small real HTTP servers that stand in for the services."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import secrets
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from chassis import tokens
from chassis.ids import new_id
from chassis.settings import load
from chassis.testing import wait_for
from gateway import nginx
from gateway.settings import RATE_CLASSES, Settings

KEY = tokens.generate_key("gateway-test")
PORTAL_PAGE = "<!doctype html><title>Portal</title>" + "x" * 2000
TABLE: dict[str, list[dict[str, Any]]] = {
    "identity": [
        {"name": "log_in", "method": "POST", "path": "/v1/logins", "access": "public", "rate": "login"},
        {"name": "session", "method": "GET", "path": "/v1/session", "access": "person"},
        {"name": "log_out", "method": "DELETE", "path": "/v1/session", "access": "person"},
        {"name": "choose", "method": "PUT", "path": "/v1/session/account", "access": "select-account"},
        {"name": "terms", "method": "GET", "path": "/v1/terms", "access": "public"},
        {"name": "hook", "method": "POST", "path": "/v1/hooks", "access": "public", "csrf": False},
    ],
    "org-registry": [
        {"name": "accounts", "method": "GET", "path": "/v1/accounts", "access": "person"},
        {"name": "company", "method": "POST", "path": "/v1/company-accounts", "access": "person", "rate": "company"},
        {
            "name": "search",
            "method": "POST",
            "path": "/v1/staff/customer-searches",
            "access": "staff",
            "scope": "customer-service",
            "rate": "staff-search",
        },
    ],
    "invitations": [
        {
            "name": "accept",
            "method": "POST",
            "path": "/v1/acceptances",
            "access": "person",
            "claims": ["name", "birth_year"],
            "rate": "invitation",
        },
    ],
    "billing": [
        {"name": "invoices", "method": "GET", "path": "/v1/invoices", "access": "account", "scope": "billing:read"},
        {"name": "invoice", "method": "GET", "path": "/v1/invoices/<uuid:invoice_id>", "access": "account"},
        {"name": "pay", "method": "POST", "path": "/v1/payments", "access": "account", "scope": "billing:write"},
        {"name": "sealed", "method": "GET", "path": "/v1/sealed", "access": "person", "claims": ["sealed_pnr"]},
    ],
    "metering": [
        {"name": "readings", "method": "GET", "path": "/v1/readings", "access": "account"},
        {"name": "read", "method": "POST", "path": "/v1/readings", "access": "account"},
    ],
    "notify": [
        {
            "name": "report",
            "method": "POST",
            "path": "/v1/sms-reports/<uuid:delivery_id>/<mac>",
            "access": "public",
            "csrf": False,
            "body_limit": 4096,
            "rate": "sms-report",
        },
    ],
    "cases": [
        {
            "name": "attach",
            "method": "POST",
            "path": "/v1/cases/<uuid:case_id>/attachments",
            "access": "account",
            "body_limit": 10 * 1024 * 1024,
        },
        {"name": "queue", "method": "GET", "path": "/v1/queue", "access": "staff", "scope": "case-officer"},
        {"name": "hidden", "method": "POST", "path": "/internal/cases", "access": "internal"},
    ],
    "orders": [{"name": "orders", "method": "GET", "path": "/v1/orders", "access": "account"}],
}


@dataclass
class Seen:
    """One request as a stub got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


Answer = tuple[int, dict[str, str], bytes]


class Stub:
    """An HTTP server on a Unix socket; ``answer`` decides, ``seen`` remembers."""

    def __init__(self, path: Path, answer: Callable[[Seen], Answer]) -> None:
        self.address = f"unix:{path}"
        self.path = path
        self.answer = answer
        self.seen: list[Seen] = []
        self._server: socketserver.BaseServer | None = None
        self._thread: threading.Thread | None = None
        self._open: set[socket.socket] = set()

    def start(self) -> None:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = False
            timeout = 60

            def setup(self) -> None:
                super().setup()
                stub._open.add(self.connection)

            def finish(self) -> None:
                stub._open.discard(self.connection)
                super().finish()

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                seen = Seen(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                stub.seen.append(seen)
                status, headers, content = stub.answer(seen)
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - names of the base class

            def log_message(self, *_: Any) -> None:
                pass

            def handle(self) -> None:
                with contextlib.suppress(OSError):  # the other side went away, as tests make it do
                    super().handle()

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 64

        self.path.unlink(missing_ok=True)
        self._server = Server(str(self.path), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and cut what is open, as a killed process would."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for connection in list(self._open):
            with contextlib.suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RDWR)
        self.path.unlink(missing_ok=True)
        self._server = None

    def last(self, path: str) -> Seen:
        return next(seen for seen in reversed(self.seen) if seen.path.startswith(path))


def echo(seen: Seen) -> Answer:
    body = {"path": seen.path, "method": seen.method, "headers": seen.headers, "length": len(seen.body)}
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


@dataclass
class Person:
    """Somebody who is logged in, and what the person's browser sends."""

    token: str
    person_id: str
    account_id: str | None

    @property
    def csrf(self) -> str:
        digest = hmac.new(self.token.encode(), b"csrf", hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def reads(self, **more: str) -> dict[str, str]:
        return {"Cookie": f"__Host-sid={self.token}", **{k.replace("_", "-"): v for k, v in more.items()}}

    def writes(self, **more: str | None) -> dict[str, str]:
        headers: dict[str, str | None] = {
            "Cookie": f"__Host-sid={self.token}",
            "X-CSRF-Token": self.csrf,
            "Origin": "http://localhost:8080",
            "Sec-Fetch-Site": "same-origin",
            "Minasidor-Account": self.account_id,
            "Content-Type": "application/json",
        }
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        return {name: value for name, value in headers.items() if value is not None}


@dataclass
class World:
    """The services, and what identity and org-registry know."""

    folder: Path
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    grants: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    suspended: set[str] = field(default_factory=set)
    stubs: dict[str, Stub] = field(default_factory=dict)

    def log_in(self, *, account: bool = True, **session: Any) -> Person:
        person = Person(secrets.token_urlsafe(32), str(new_id()), str(new_id()) if account else None)
        self.sessions[person.token] = {
            "session_id": str(new_id()),
            "person_id": person.person_id,
            "account_id": person.account_id,
            "name": "Tolvan Tolvansson",
            "birth_year": 1912,
            "registered": True,
            "locale": "sv",
            "staff": [],
            "idle_expires_at": "2026-11-22T10:00:00Z",
            "expires_at": "2026-11-22T18:00:00Z",
        } | session
        if person.account_id:
            self.grant(person, person.account_id)
        return person

    def grant(self, person: Person, account_id: str, **grant: Any) -> None:
        self.grants[person.person_id, account_id] = {
            "membership_id": str(new_id()),
            "account_id": account_id,
            "role": "owner",
            "scopes": ["billing:read", "billing:write", "metering:read"],
            "read_only": False,
            "services": None,
        } | grant

    def identity(self, seen: Seen) -> Answer:
        if not seen.path.startswith("/v1/internal/"):
            return _with_cookies(echo(seen))
        question = seen.json()
        session = self.sessions.get(question["token"])
        if session is None:
            return 401, {"Content-Type": "application/problem+json"}, b"{}"
        if seal_for := question.get("seal_for"):
            session = session | {"sealed_personal_number": f"sealed-for-{seal_for}"}
        return 200, {"Content-Type": "application/json"}, json.dumps(session).encode()

    def registry(self, seen: Seen) -> Answer:
        if not seen.path.startswith("/v1/internal/"):
            return echo(seen)
        question = seen.json()
        if question["account_id"] in self.suspended:
            return 403, {"Content-Type": "application/problem+json"}, b'{"code": "grant-suspended", "status": 403}'
        grant = self.grants.get((question["person_id"], question["account_id"]))
        if grant is None:
            return 404, {"Content-Type": "application/problem+json"}, b"{}"
        return 200, {"Content-Type": "application/json"}, json.dumps(grant).encode()


def _with_cookies(answer: Answer) -> Answer:
    status, headers, body = answer
    return status, headers | {"Set-Cookie": "__Host-pre=abc; Secure; HttpOnly; SameSite=Lax; Path=/"}, body


@dataclass
class Response:
    """What came out of the gateway."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Nginx:
    """One nginx process on a port of its own."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.port = free_port()
        self.folder = folder
        self.settings = load(Settings, "gateway", environ | {"GATEWAY_LISTEN": f"127.0.0.1:{self.port}"})
        self.conf = nginx.write(self.settings, folder)
        self.process = subprocess.Popen(nginx.command(self.settings, folder))
        try:
            wait_for(self._listening)
        except BaseException:
            self.stop()
            raise

    def _listening(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def request(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: Any = None,
        *,
        host: str = "localhost",
    ) -> Response:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", host)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            if body is not None and not any(name.lower() == "transfer-encoding" for name in headers or {}):
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                connection.putheader("Content-Length", str(len(body)))
            elif method in {"POST", "PUT"} and body is None:
                connection.putheader("Content-Length", "0")
            connection.endheaders(body)
            answer = connection.getresponse()
            return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, headers: dict[str, str] | None = None, **options: Any) -> Response:
        return self.request("GET", path, headers, **options)

    def raw(self, data: bytes, timeout: float = 5.0) -> bytes:
        """Send bytes as they are, return everything that comes until the connection is closed (or silence)."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            connection.sendall(data)
            received = b""
            try:
                while part := connection.recv(65536):
                    received += part
            except (TimeoutError, ConnectionResetError):
                pass
            return received


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("gw"))
    answers: dict[str, Callable[[Seen], Answer]] = {"identity": made.identity, "org-registry": made.registry}
    for service in TABLE:
        made.stubs[service] = Stub(made.folder / f"{service}.sock", answers.get(service, echo))
    made.stubs["portal"] = Stub(
        made.folder / "portal.sock",
        lambda seen: (
            (200, {"Content-Type": "text/html; charset=utf-8"}, PORTAL_PAGE.encode())
            if seen.path != "/headers"
            else echo(seen)
        ),
    )
    for stub in made.stubs.values():
        stub.start()
    yield made
    for stub in made.stubs.values():
        stub.stop()


@pytest.fixture(scope="session")
def environ(world: World) -> dict[str, str]:
    """The settings of policy and nginx; ``orders`` is not deployed here."""
    table = world.folder / "routes.json"
    table.write_text(json.dumps(TABLE))
    addresses = {
        f"GATEWAY_UPSTREAM_{service.upper().replace('-', '_')}": stub.address
        for service, stub in world.stubs.items()
        if service not in {"orders", "portal"}
    }
    return addresses | {
        "MINASIDOR_ENVIRONMENT": "test",
        "MINASIDOR_PUBLIC_URL": "http://localhost:8080",
        "MINASIDOR_GATEWAY_PRIVATE_JWK": json.dumps(KEY),
        "GATEWAY_BIND": f"unix:{world.folder}/policy.sock",
        "GATEWAY_ROUTES_FILE": str(table),
        "GATEWAY_CACHE_FOLDER": str(world.folder / "cache"),
        **{f"GATEWAY_RATE_{name.upper().replace('-', '_')}": "off" for name in ("default", "address", *RATE_CLASSES)},
    }


@pytest.fixture(scope="session")
def policy(world: World, environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with (world.folder / "policy.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "chassis", "gateway", "web"],
            env={"PATH": os.environ["PATH"], **environ},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        wait_for((world.folder / "policy.sock").is_socket, timeout=20)
        yield process
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def another_nginx(
    world: World, environ: dict[str, str], policy: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Nginx]]:
    """Start one more nginx, with other settings."""
    started: list[Nginx] = []

    def start(**changes: str) -> Nginx:
        folder = tmp_path_factory.mktemp("nginx")
        settings = environ | {"GATEWAY_CACHE_FOLDER": str(folder / "cache")}
        started.append(Nginx(folder, settings | {f"GATEWAY_{name.upper()}": value for name, value in changes.items()}))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture(scope="session")
def gate(another_nginx: Callable[..., Nginx]) -> Nginx:
    """The gateway as it is, but without rate limits."""
    return another_nginx()


@pytest.fixture(autouse=True)
def _same_world_afterwards(request: pytest.FixtureRequest) -> Iterator[None]:
    """A stub that a test made slow or stopped is as before for the next one."""
    if "world" not in request.fixturenames:
        yield
        return
    world: World = request.getfixturevalue("world")
    before = {name: stub.answer for name, stub in world.stubs.items()}
    yield
    for name, stub in world.stubs.items():
        stub.answer = before[name]
        if stub._server is None:
            stub.start()


@pytest.fixture(scope="session")
def believed() -> Callable[[str, dict[str, str]], tokens.Identity]:
    """What a service learns from the token in the headers it got; fails where it would refuse the token."""
    jwks = tokens.public_jwks(KEY)

    def verify(service: str, headers: dict[str, str]) -> tokens.Identity:
        return tokens.Verifier(jwks, service).verify(headers["authorization"].removeprefix("Bearer "))

    return verify

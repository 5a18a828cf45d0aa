"""One request through the gateway with every header in our hands, and what each answer must wear (C40, C41)."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass
from pathlib import Path
from posixpath import normpath
from typing import Any
from urllib.parse import urlsplit

from tests.conftest import _UnixConnection

from chassis.ids import new_id
from gateway.nginx.servers import ALWAYS
from runner.journey.gateway_client import Browser

READS = frozenset({"GET", "HEAD"})
REFUSED = 400
TIMEOUT = 15
LEAK = re.compile(
    r"Traceback|File \"|site-packages|psycopg|sqlalchemy|werkzeug|marshmallow|\bSELECT\b|\bINSERT INTO\b|\.py\b|/src/"
    r"|UndefinedTable|relation \"",
)
"""What an error must not tell: stack, statement, path, library."""


@dataclass(frozen=True)
class Answer:
    """What came back, byte for byte."""

    status: int
    headers: http.client.HTTPMessage
    raw: bytes

    @property
    def json(self) -> Any:
        """The body as JSON; an empty one is None."""
        return json.loads(self.raw) if self.raw else None

    @property
    def code(self) -> str | None:
        """The problem's code, where it is a problem."""
        is_problem = self.headers.get_content_type() == "application/problem+json"
        return self.json["code"] if is_problem and self.raw else None

    @property
    def told(self) -> tuple[Any, ...]:
        """Everything that a stranger can learn, without what differs between any two requests."""
        own = {"date", "x-correlation-id"}
        headers = sorted((name.lower(), value) for name, value in self.headers.items() if name.lower() not in own)
        body = self.raw
        if self.code:
            body = {key: value for key, value in self.json.items() if key != "instance"}
        return self.status, headers, body

    def __str__(self) -> str:
        return f"{self.status} {self.code or ''} {self.raw[:200]!r}"


def usual(browser: Browser, method: str) -> dict[str, str]:
    """The headers that the portal's page sends."""
    headers = {"Accept": "application/json", "Accept-Language": browser.language}
    if browser.cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    if method in READS:
        return headers
    headers |= {"Origin": browser.base_url, "Content-Type": "application/json", "Idempotency-Key": str(new_id())}
    if browser.csrf_token:
        headers["X-CSRF-Token"] = browser.csrf_token
    if browser.account_id:
        headers["Minasidor-Account"] = browser.account_id
    return headers


def ask(
    browser: Browser,
    method: str,
    path: str,
    body: Any = None,
    *,
    headers: dict[str, str | None] | None = None,
    data: bytes | None = None,
    keep: bool = True,
) -> Answer:
    """Send one request and check that the answer is dressed as every answer must be.

    ``headers`` are added to the usual ones; None takes one away. ``data`` are raw bytes instead of JSON.
    """
    target = urlsplit(browser.base_url)
    merged: dict[str, str | None] = {**usual(browser, method), **(headers or {})}
    sent = {name: value for name, value in merged.items() if value is not None}
    if data is None and method not in READS:
        data = json.dumps({} if body is None else body).encode()
    connection = http.client.HTTPConnection(target.hostname or "localhost", target.port or 80, timeout=TIMEOUT)
    try:
        connection.request(method, path, body=data, headers=sent)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
    finally:
        connection.close()
    if keep:
        browser._keep_cookies(answer.headers)
    dressed(answer, method, path, logged_in="__Host-sid" in (sent.get("Cookie") or ""))
    return answer


def dressed(answer: Answer, method: str, path: str, *, logged_in: bool) -> None:
    """C40, C41: the security headers on every answer, refusals in their form, and nothing told about our insides."""
    what = f"{method} {path[:200]} -> {answer}"
    for name, value in ALWAYS.items():
        assert answer.headers.get_all(name) == [value], f"{name}: {what}"
    assert len(answer.headers.get_all("Content-Security-Policy") or []) == 1, what
    assert answer.headers.get("Server") == "nginx", what
    for name in ("X-Powered-By", "Via", "X-AspNet-Version", "X-Service-Token", "X-Problem"):
        assert name not in answer.headers, what
    if logged_in and path.startswith("/api/") and not path.startswith("/api/docs"):
        assert "no-store" in (answer.headers.get("Cache-Control") or "") or path.endswith("openapi.json"), what
    if answer.status < REFUSED:
        return
    assert "no-store" in (answer.headers.get("Cache-Control") or ""), what
    assert not LEAK.search(answer.raw.decode()), what
    if answer.headers.get_content_type() == "text/html":  # a page of the portal, for people; never for the API
        assert not normpath(urlsplit(path).path).startswith("/api/"), what
        assert re.search(r'<html lang="(sv|en)"', answer.raw.decode()), what
        return
    assert answer.headers.get_content_type() == "application/problem+json", what
    if method != "HEAD":
        assert answer.json["status"] == answer.status, what
        assert {"type", "title", "detail", "instance", "code"} <= answer.json.keys(), what


def direct(
    socket: Path, method: str, path: str, *, headers: dict[str, str] | None = None, body: Any = None
) -> tuple[int, Any]:
    """Ask a service past the gateway, on its own socket; status and JSON."""
    connection = _UnixConnection(socket)
    try:
        data = None if method in READS else json.dumps({} if body is None else body).encode()
        sent = {"Content-Type": "application/json", "Idempotency-Key": str(new_id())} | (headers or {})
        connection.request(method, path, body=data, headers=sent)
        response = connection.getresponse()
        raw = response.read()
        is_json = "json" in (response.headers.get_content_type() or "")
        return response.status, json.loads(raw) if raw and is_json else raw.decode()
    finally:
        connection.close()


__all__ = ["READS", "Answer", "ask", "direct", "dressed", "usual"]

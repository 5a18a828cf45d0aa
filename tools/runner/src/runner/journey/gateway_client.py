"""A person's browser, as far as the gateway is concerned: cookies, CSRF token, account header, keys.

Uses nothing that the portal does not use: the gateway's JSON API.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, TypeVar
from urllib.parse import urlsplit

from chassis.ids import new_id

T = TypeVar("T")
POLL_SECONDS = 0.05
TOO_MANY, UNAVAILABLE = 429, 503


class Refused(Exception):
    """The gateway or a service said no."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')}")
        self.status = status
        self.problem = problem
        self.code = problem.get("code")
        self.detail = problem.get("detail")


class TooSlow(AssertionError):
    """What was waited for did not happen in time."""


def until(what: str, condition: Callable[[], T], timeout: float = 15.0) -> T:
    """Return the first truthy answer; raises ``TooSlow`` naming ``what``."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            message = f"not within {timeout:g} s: {what}"
            raise TooSlow(message)
        time.sleep(POLL_SECONDS)


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: Any


@dataclass
class Browser:
    """One browser: keeps cookies as a browser on localhost does, so ``Secure`` ones too."""

    base_url: str
    language: str = "sv"
    cookies: dict[str, str] = field(default_factory=dict)
    csrf_token: str | None = None
    account_id: str | None = None
    correlation_id: str | None = None

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        account: str | None = None,
    ) -> Answer:
        """Send one request and return the answer, whatever its status."""
        target = urlsplit(self.base_url)
        connection = http.client.HTTPConnection(target.hostname or "localhost", target.port or 80, timeout=15)
        sent = {"Accept": "application/json", "Accept-Language": self.language} | (headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method not in {"GET", "HEAD"}:
            sent.setdefault("Origin", self.base_url)
            if self.csrf_token:
                sent.setdefault("X-CSRF-Token", self.csrf_token)
            chosen = account or self.account_id
            if chosen:
                sent.setdefault("Minasidor-Account", chosen)
        if method == "POST":
            sent.setdefault("Idempotency-Key", key or str(new_id()))
        if self.correlation_id:
            sent["X-Correlation-Id"] = self.correlation_id
        if isinstance(body, bytes):
            data: bytes | None = body  # a file; ``headers`` say of what type
        else:
            data = None if body is None and method != "POST" else json.dumps(body or {}).encode()
            if data is not None:
                sent["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body=data, headers=sent)
            response = connection.getresponse()
            raw = response.read()
        finally:
            connection.close()
        self._keep_cookies(response.headers)
        kind = response.headers.get_content_type() or ""
        if kind.startswith("image/") or kind in {"application/pdf", "application/zip"}:
            return Answer(response.status, response.headers, raw)
        return Answer(response.status, response.headers, json.loads(raw) if raw and "json" in kind else raw.decode())

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Send and return the body; raises ``Refused``. ``path`` is below ``/api``."""
        answer = self.send(method, f"/api{path}", body, **options)
        if answer.status >= 400:  # noqa: PLR2004 - HTTP's own line
            raise Refused(answer.status, answer.body if isinstance(answer.body, dict) else {"detail": answer.body})
        return answer.body

    def get(self, path: str, **options: Any) -> Any:
        """GET below ``/api``."""
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        """POST below ``/api``."""
        return self.call("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Any:
        """PUT below ``/api``."""
        return self.call("PUT", path, {} if body is None else body, **options)

    def delete(self, path: str, body: Any = None, **options: Any) -> Any:
        """DELETE below ``/api``."""
        return self.call("DELETE", path, body, **options)

    def _keep_cookies(self, headers: http.client.HTTPMessage) -> None:
        for line in headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value

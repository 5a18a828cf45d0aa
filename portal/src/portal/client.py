"""The gateway's API, as the person who asks sees it: the browser's cookies go along, and what is set comes back.

One connection pool per process and no memory between requests: the pool's own cookie jar takes nothing in, or one
person's session would follow the next person's request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import quote

import httpx2

from portal.settings import Settings

READS = frozenset({"GET", "HEAD"})
PROBLEM = "application/problem+json"


class ApiError(Exception):
    """The API said no, as problem+json, or did not answer at all (``code`` is then ``unreachable``)."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str = "",
        detail: str = "",
        *,
        errors: list[dict[str, str]] | None = None,
        instance: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = errors or []
        """``{"field", "detail"}``: where a form is wrong; ``field`` is the name in the request's body or query."""
        self.instance = instance
        """What customer service wants to hear: the number of the request."""
        self.retry_after = retry_after
        """Seconds to wait, where the API says so."""

    def is_about_the_form(self) -> bool:
        """Whether the person can mend it on the page (400, 409, 422 and the like) instead of getting an error page."""
        return self.status in {400, 403, 409, 410, 413, 422, 429} and self.code not in {
            "account-mismatch",
            "csrf-refused",
        }


@dataclass(frozen=True)
class Answer:
    """What came back, decoded."""

    status: int
    body: Any
    headers: Mapping[str, str]
    content: bytes = b""


@dataclass
class Browser:
    """What the portal knows of the browser it acts for; its cookies change with what the API sets."""

    cookies: dict[str, str]
    language: str
    headers: dict[str, str] = field(default_factory=dict)
    """``Origin``, ``Sec-Fetch-Site``, ``User-Agent``, ``X-Forwarded-For``, ``X-Correlation-Id``, ``traceparent``."""
    set_cookies: list[str] = field(default_factory=list)
    """``Set-Cookie`` lines of the API, to hand on as they are."""

    def take(self, lines: list[str]) -> None:
        """Remember what an answer sets: for the next call of this page, and for the browser."""
        for line in lines:
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0]
            if value:
                self.cookies[name.strip()] = value
            else:
                self.cookies.pop(name.strip(), None)
        self.set_cookies += lines


class Gateway:
    """The connection to the gateway; thread-safe, one per process."""

    def __init__(self, settings: Settings, transport: httpx2.BaseTransport | None = None) -> None:
        address = settings.gateway
        if transport is None:
            limits = httpx2.Limits(max_connections=32, max_keepalive_connections=8)
            uds = address.removeprefix("unix:") if address.startswith("unix:") else None
            transport = httpx2.HTTPTransport(uds=uds, limits=limits)
        base = settings.public_url.replace("https://", "http://", 1) if address.startswith("unix:") else address
        self._client = httpx2.Client(
            base_url=base if "://" in base else f"http://{base}",
            transport=transport,
            timeout=settings.api_timeout_seconds,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            trust_env=False,
            headers={"Host": httpx2.URL(settings.public_url).netloc.decode()},
        )

    def call(
        self,
        browser: Browser,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask ``/api`` + ``path``. Raises ``ApiError`` for every answer of 400 or more, and for none at all."""
        sent = {"Accept-Language": browser.language, "Accept": "application/json, */*;q=0.5", **browser.headers}
        if browser.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        if content_type:
            sent["Content-Type"] = content_type
        sent |= dict(headers or {})
        wanted = {name: value for name, value in (query or {}).items() if value not in (None, "")}
        try:
            response = self._client.request(
                method, f"/api{path}", params=wanted, json=json, content=content, headers=sent
            )
        except httpx2.HTTPError as error:
            raise ApiError(503, "unreachable") from error
        browser.take(response.headers.get_list("set-cookie"))
        if response.status_code >= 400:  # noqa: PLR2004 - HTTP's own line
            raise _error(response)
        return Answer(response.status_code, _body(response), response.headers, response.content)


def segment(value: object) -> str:
    """One segment of a path: whatever it holds, it stays one."""
    return quote(str(value), safe="")


def _body(response: httpx2.Response) -> Any:
    if "json" not in response.headers.get("content-type", "") or not response.content:
        return None
    try:
        return response.json()
    except ValueError as error:
        raise ApiError(502, "unreadable") from error


def _error(response: httpx2.Response) -> ApiError:
    try:
        body = response.json() if "json" in response.headers.get("content-type", "") else {}
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    wait = response.headers.get("retry-after", "")
    return ApiError(
        response.status_code,
        str(body.get("code") or "unknown"),
        str(body.get("title") or ""),
        str(body.get("detail") or ""),
        errors=[entry for entry in body.get("errors") or [] if isinstance(entry, dict)],
        instance=str(body.get("instance") or ""),
        retry_after=int(wait) if wait.isdecimal() else None,
    )


__all__ = ["READS", "Answer", "ApiError", "Browser", "Gateway", "segment"]

"""A portal over a gateway that answers what a test says; nothing listens anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2
import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.app import create_app
from portal.client import Gateway
from portal.settings import Settings

PERSON = str(UUID(int=1))
SESSION = str(UUID(int=2))
HOME = str(UUID(int=11))
COMPANY = str(UUID(int=12))
INVOICE = str(UUID(int=1001))
SID = "s" * 43
CSRF = "csrf-token-of-the-session"
ORIGIN = "http://localhost:8080"

Answer = Any


@dataclass
class FakeApi:
    """The gateway: routes by method and path, calls kept in order."""

    routes: dict[tuple[str, str], Answer] = field(default_factory=dict)
    calls: list[httpx2.Request] = field(default_factory=list)

    def on(self, method: str, path: str, body: Any = None, *, status: int = 200, headers: Any = ()) -> None:
        """Answer ``/api`` + ``path``; a callable ``body`` gets the request and gives a response."""
        if callable(body):
            self.routes[method, path] = body
            return
        content = b"" if body is None else json.dumps(body).encode()
        kind = "application/problem+json" if status >= 400 else "application/json"
        lines = [*headers, *([("content-type", kind)] if content else [])]
        self.routes[method, path] = lambda _: httpx2.Response(status, headers=lines, content=content)

    def refuse(self, method: str, path: str, status: int, code: str, **more: Any) -> None:
        """Answer with a problem."""
        body = {"status": status, "code": code, "title": f"Titel {code}", "detail": f"Detalj {code}", **more}
        self.on(method, path, body, status=status)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.calls.append(request)
        route: Callable[[httpx2.Request], httpx2.Response] | None = self.routes.get(
            (request.method, request.url.path.removeprefix("/api"))
        )
        if route is None:
            raise AssertionError(f"the portal asked for {request.method} {request.url.path}, which nobody expected")
        return route(request)

    def asked(self, method: str, path: str) -> list[httpx2.Request]:
        """The calls of one operation."""
        return [call for call in self.calls if (call.method, call.url.path) == (method, f"/api{path}")]

    def sent(self, method: str, path: str) -> Any:
        """The JSON of the one call of an operation."""
        (call,) = self.asked(method, path)
        return json.loads(call.content) if call.content else None


@dataclass
class Portal:
    """A browser before the portal, and the API behind it."""

    app: Flask
    api: FakeApi
    client: FlaskClient

    def get(self, path: str, **more: Any) -> Any:
        """Read a page."""
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, *, headers: Any = None, **more: Any) -> Any:
        """Post a form as a page of ours does."""
        fields = {"csrf_token": CSRF, "account": HOME, "idempotency_key": str(UUID(int=99))} | (data or {})
        sent = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"} if headers is None else headers
        return self.client.post(path, data=fields, headers=sent, **more)

    def log_in(
        self,
        *,
        account: str | None = HOME,
        registered: bool = True,
        accounts: list[dict[str, Any]] | None = None,
        status: str = "ok",
        message: str | None = None,
        **session: Any,
    ) -> None:
        """From now on somebody is logged in."""
        self.client.set_cookie("__Host-sid", SID, domain="localhost")
        self.api.on("GET", "/identity/v1/session", session_body(account, registered=registered) | session)
        listed = [an_account(HOME), an_account(COMPANY, kind="company", name="Bageriet AB", role="signatory")]
        self.api.on(
            "GET",
            "/org-registry/v1/accounts",
            {"items": listed if accounts is None else accounts, "status": status, "message": message},
        )

    def has_invoice(self, *shares: dict[str, Any], **more: Any) -> None:
        """From now on somebody is logged in whose account has an invoice that is shared so."""
        self.log_in()
        path = f"/billing/v1/invoices/{INVOICE}"
        self.api.on("GET", path, an_invoice(**more))
        self.api.on("GET", f"{path}/shares", {"items": list(shares), "page": 1, "limit": 50, "total": len(shares)})


def session_body(account: str | None = HOME, *, registered: bool = True) -> dict[str, Any]:
    """What ``GET /session`` gives."""
    return {
        "session_id": SESSION,
        "person": {"id": PERSON, "name": "Karin Test"},
        "registered": registered,
        "account_id": account,
        "locale": "sv",
        "csrf_token": CSRF,
        "idle_expires_at": "2026-11-22T10:30:00Z",
        "expires_at": "2026-11-22T18:00:00Z",
        "warn_at": "2026-11-22T10:28:00Z",
    }


def an_account(
    account_id: str, *, kind: str = "private", name: str = "Storgatan 1", role: str = "owner"
) -> dict[str, Any]:
    """A row of ``GET /accounts``."""
    return {
        "id": account_id,
        "kind": kind,
        "display_name": name,
        "role": role,
        "read_only": False,
        "services": None,
        "membership_id": str(UUID(int=21)),
    }


def an_invoice(**more: Any) -> dict[str, Any]:
    """What ``GET /invoices/<id>`` gives."""
    return {
        "id": INVOICE,
        "invoice_number": "2026-1001",
        "kind": "invoice",
        "issued_on": "2026-10-12",
        "due_on": "2026-11-11",
        "period_from": "2026-07-01",
        "period_to": "2026-09-30",
        "service_areas": ["water"],
        "total_ore": 65985,
        "credited_ore": 0,
        "paid_ore": 0,
        "remaining_ore": 65985,
        "document_status": "issued",
        "payment_status": "unpaid",
        "overdue": False,
        "ocr": "1000012026100147",
        "bankgiro": "991-2346",
        "net_ore": 52788,
        "vat_ore": 13197,
        "rounding_ore": 0,
        "lines": [
            {
                "description": "Vatten <b>och</b> avlopp",
                "quantity": "41",
                "unit": "m³",
                "unit_price_ore": "1287.5",
                "net_ore": 52788,
                "vat_rate": 25,
                "vat_ore": 13197,
                "service_area": "water",
                "facility_id": "VA-1",
                "period_from": "2026-07-01",
                "period_to": "2026-07-31",
            }
        ],
        "vat": [{"rate": 25, "net_ore": 52788, "vat_ore": 13197}],
        "payments": [],
        "credits_invoice_number": None,
        "credited_by": [],
        "reading_id": None,
    } | more


@pytest.fixture
def invoice() -> dict[str, Any]:
    return an_invoice()


@pytest.fixture
def api() -> FakeApi:
    made = FakeApi()
    made.on("GET", "/identity/v1/login-methods", {"items": [{"id": "bankid", "name": "BankID", "default": True}]})
    made.on("GET", "/billing/v1/shared-invoices", {"items": [], "page": 1, "limit": 1, "total": 0})
    return made


class Switch:
    """What an app that many tests share talks to: the API of the test that is running."""

    api: FakeApi

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        return self.api(request)


@pytest.fixture(scope="session")
def apps() -> dict[str, tuple[Flask, Switch]]:
    """One app per settings: most of what a new one costs is compiling the same templates again."""
    return {}


@pytest.fixture
def make_portal(api: FakeApi, apps: dict[str, tuple[Flask, Switch]]) -> Callable[..., Portal]:
    def make(**settings: Any) -> Portal:
        values = {"service": "portal", "environment": "test", "log_level": "CRITICAL", "public_url": ORIGIN} | settings
        key = repr(sorted(values.items()))
        if key not in apps:
            chosen, switch = Settings(**values), Switch()
            gateway = Gateway(chosen, transport=httpx2.MockTransport(switch))
            apps[key] = create_app(chosen, gateway=gateway), switch
        app, switch = apps[key]
        switch.api = api
        return Portal(app, api, app.test_client())

    return make


@pytest.fixture
def portal(make_portal: Callable[..., Portal]) -> Iterator[Portal]:
    return make_portal()

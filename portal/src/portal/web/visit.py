"""One visit: who asks for this page, in which language, for which account, and the API on that person's behalf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import current_app, g, request

from chassis.ids import new_id
from chassis.telemetry import trace_context
from portal.client import READS, Answer, ApiError, Browser, Gateway
from portal.formats import Formats
from portal.settings import Settings
from portal.texts import LANGUAGES, Texts

SESSION_COOKIE = "__Host-sid"
LANGUAGE_COOKIE = "__Host-language"
API_COOKIES = (SESSION_COOKIE, "__Host-pre", "__Host-device")
"""The cookies that belong to the API; only these are forwarded."""
FORWARDED = ("Origin", "Sec-Fetch-Site", "User-Agent")
STATUS_ENDED = 401
METERED = frozenset({"water", "electricity", "district-heating"})
"""Services whose use is measured."""


@dataclass(frozen=True)
class Account:
    """An account that the person may act for."""

    id: str
    kind: str
    name: str
    role: str
    read_only: bool
    services: tuple[str, ...] | None
    number: str = ""
    """What stands beside the name of a home that is named by its street: the customer number tells two homes apart."""
    notice: str = ""
    """Why it cannot be chosen, where customer service has suspended it (FB12)."""

    @property
    def has_meters(self) -> bool:
        """Whether what the person may see can have meters (D22)."""
        return self.services is None or not METERED.isdisjoint(self.services)

    @property
    def full(self) -> str:
        """Name and number, where nothing else says which one it is."""
        return f"{self.name}, {self.number}" if self.number else self.name

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Account:
        """From ``GET /org-registry/v1/accounts``."""
        services = row.get("services")
        place = row.get("place")
        return cls(
            row["id"],
            str(row["kind"]),
            place or row["display_name"],
            str(row["role"]),
            bool(row["read_only"]),
            None if services is None else tuple(services),
            row["display_name"] if place else "",
            str(row.get("notice") or ""),
        )


class Visit:
    """Lives for one request; ``visit()`` is the present one."""

    def __init__(self, settings: Settings, gateway: Gateway) -> None:
        self.settings = settings
        self._gateway = gateway
        self.browser = Browser(
            cookies={name: request.cookies[name] for name in API_COOKIES if name in request.cookies},
            language=self._stated_language() or "sv",
            headers=_forwarded(),
        )
        self.session_ended = False
        """The browser came with a session that has ended (S17)."""
        self.menu = ""
        """The entry of the menu that the page belongs to."""

    # -- who ----------------------------------------------------------------------------------
    @cached_property
    def session(self) -> dict[str, Any] | None:
        """``GET /session`` of the API, or None when nobody is logged in."""
        if SESSION_COOKIE not in self.browser.cookies:
            return None
        try:
            body: dict[str, Any] = self.get("/identity/v1/session")
        except ApiError as error:
            if error.status == STATUS_ENDED:
                self.session_ended = True
                return None
            raise
        return body

    def ended(self) -> None:
        """The session has ended since the page was begun: from here on nobody is logged in."""
        self.session = None
        self.session_ended = True

    @cached_property
    def _account_list(self) -> dict[str, Any]:
        body: dict[str, Any] = self.get("/org-registry/v1/accounts")
        return body

    @property
    def accounts(self) -> list[Account]:
        """What the person may choose between (T20)."""
        return [Account.of(row) for row in self._account_list["items"]]

    @property
    def accounts_status(self) -> str:
        """``ok``, ``none`` (T18) or ``pending`` (T19)."""
        return str(self._account_list["status"])

    @property
    def accounts_message(self) -> str:
        """The API's text for a status that is not ``ok``."""
        return str(self._account_list.get("message") or "")

    @property
    def account(self) -> Account | None:
        """The account that the session is in."""
        chosen = (self.session or {}).get("account_id")
        if not chosen:
            return None
        own = next((account for account in self.accounts if account.id == chosen), None)
        return own or self._looked_at

    @cached_property
    def _looked_at(self) -> Account | None:
        """The account that customer service looks at, by the customer's consent: it is none of their own (FK9)."""
        if not (self.session or {}).get("staff"):
            return None
        try:
            return Account.of(self.get("/org-registry/v1/account"))
        except ApiError as error:
            if error.status in {403, 404}:
                return None
            raise

    # -- in which language --------------------------------------------------------------------
    def _stated_language(self) -> str | None:
        said = request.cookies.get(LANGUAGE_COOKIE)
        return said if said in LANGUAGES else request.accept_languages.best_match(LANGUAGES)

    @cached_property
    def language(self) -> str:
        """What the person chose here, else what the browser asks for, else Swedish (D27)."""
        return self.browser.language

    @cached_property
    def t(self) -> Texts:
        """The texts."""
        settings = self.settings
        hours = settings.support_hours_en if self.language == "en" else settings.support_hours_sv
        return Texts(
            self.language,
            {
                "operator": settings.operator_name,
                "support_email": settings.support_email,
                "support_phone": settings.support_phone,
                "support_hours": hours,
            },
        )

    @cached_property
    def formats(self) -> Formats:
        """Dates, numbers and money."""
        return Formats(self.language)

    # -- the API ------------------------------------------------------------------------------
    def call(self, method: str, path: str, **more: Any) -> Answer:
        """Call the API as this person; raises ``ApiError``."""
        return self._gateway.call(self.browser, method, path, **more)

    def get(self, path: str, **query: Any) -> Any:
        """Read; the decoded body. Empty query values are left out."""
        return self.call("GET", path, query=query).body

    def send(self, method: str, path: str, json: Any = None, **more: Any) -> Any:
        """Write, with what the posted form carries: CSRF token, account, idempotency key; the decoded body."""
        headers = {
            "X-CSRF-Token": request.form.get("csrf_token", ""),
            "Minasidor-Account": request.form.get("account", ""),
            "Idempotency-Key": request.form.get("idempotency_key", "") or str(new_id()),
        } | dict(more.pop("headers", {}))
        sent = {name: value for name, value in headers.items() if value}
        if json is None and "content" not in more and method == "POST":
            # A POST without a body is still JSON to the API.
            more |= {"content": b"", "content_type": "application/json"}
        return self.call(method, path, json=json, headers=sent, **more).body

    def choose_account(self, account_id: str) -> None:
        """Go on with ``account_id`` right after a login or a registration; the session gets a new id.

        Only after a step that has shown already that it came from our own page: the call is the portal's, so it names
        itself as the origin.
        """
        session = self.session
        if session is None:
            raise ApiError(STATUS_ENDED, "not-logged-in")
        headers = {
            "X-CSRF-Token": session["csrf_token"],
            "Minasidor-Account": account_id,
            "Origin": self.settings.origin,
            "Sec-Fetch-Site": "same-origin",
        }
        self.__dict__["session"] = self.call("PUT", "/identity/v1/session/account", headers=headers).body

    def forget(self) -> None:
        """Ask anew who is logged in: a login, a logout or a registration has just happened."""
        for name in ("session", "_account_list"):
            self.__dict__.pop(name, None)


def _forwarded() -> dict[str, str]:
    found = {name: request.headers[name] for name in FORWARDED if name in request.headers}
    if request.method in READS and found.get("Sec-Fetch-Site") == "none":
        # An address that was typed in, or a page read anew: nobody else's page is behind it.
        del found["Sec-Fetch-Site"]
    found["X-Forwarded-For"] = request.headers.get("X-Real-IP") or request.remote_addr or "127.0.0.1"
    trace = trace_context()
    return found | {"X-Correlation-Id": trace.correlation_id, "traceparent": trace.traceparent}


def visit() -> Visit:
    """The visit of this request."""
    if "visit" not in g:
        portal = current_app.extensions["portal"]
        g.visit = Visit(portal.settings, portal.gateway)
    present: Visit = g.visit
    return present


__all__ = ["LANGUAGE_COOKIE", "SESSION_COOKIE", "Account", "Visit", "visit"]

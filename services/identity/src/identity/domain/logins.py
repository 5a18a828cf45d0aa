"""A login: one browser's way through BankID (domain facts 1.8 to 1.11; reliability 4.2)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote, urlencode
from uuid import UUID

from identity.domain import messages
from identity.domain.messages import Flow, Message, Platform

LIFE = timedelta(minutes=10)
"""From the start; longer than any honest order takes, with renewals."""
RENEW_WITHIN = timedelta(minutes=3)
"""From the start: so long a QR code that nobody scans is renewed silently."""
COLLECT_EVERY = timedelta(seconds=2)
COLLECT_STUCK_AFTER = timedelta(seconds=15)
"""A collect in flight this long belongs to a process that died; longer than two calls with all their time-outs."""
RETURN_WITHIN = timedelta(minutes=3)
"""From BankID's result until the browser must be back (same device)."""
TROUBLES_TOLERATED = 3
"""Failed collects in a row before the user is told."""

VISIBLE_TEXT = {
    "sv": "Logga in på Mina sidor.\n\nLogga aldrig in för att någon annan ber dig.",
    "en": "Log in to Mina sidor.\n\nNever log in because somebody else asks you to.",
}
"""What the app shows: the service, the purpose and a warning (C17)."""

OUTSTANDING = "outstandingTransaction"
START_FAILED = "startFailed"


class Device(StrEnum):
    """Where the person's BankID is."""

    OTHER = "other"
    SAME = "same"


class ReturnMode(StrEnum):
    """Where the return address carries the nonce (as OAuth's ``response_mode``; ADR 0024)."""

    FRAGMENT = "fragment"
    """Reaches no server and no log on the way: for a page with a script, which alone can read it."""
    QUERY = "query"
    """For a page without."""


class LoginStatus(StrEnum):
    """State of a login."""

    PENDING = "pending"
    AWAITING_RETURN = "awaiting-return"
    """Same device: BankID is done, the browser has not come back with the nonce."""
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"


RUNNING = (LoginStatus.PENDING, LoginStatus.AWAITING_RETURN)


@dataclass(frozen=True, kw_only=True)
class Login:
    """A row of the login table as the rules see it: a login, or an attempt to sign (``sign_order_id``)."""

    id: UUID
    device: str
    platform: str
    status: str
    locale: str
    return_path: str | None
    order_ref: str | None
    auto_start_token: str | None
    qr_start_token: str | None
    qr_start_secret: str | None
    visible_data: str
    order_started_at: datetime
    hint_code: str | None
    error_code: str | None
    troubles: int
    collecting_since: datetime | None
    start_address: str
    device_hash: str | None
    returned_at: datetime | None
    completed_at: datetime | None
    person_id: UUID | None
    created_at: datetime
    sign_order_id: UUID | None = None

    @property
    def flow(self) -> Flow:
        """How the app gets the order."""
        return Flow.QR if self.device == Device.OTHER else Flow.AUTOSTART

    @property
    def expires_at(self) -> datetime:
        """When the login is void, whatever has happened."""
        return self.created_at + LIFE

    def as_of(self, now: datetime) -> Login:
        """The login at ``now``: one whose time has run out has failed, whether or not anybody wrote it down."""
        over = self.status in RUNNING and now >= self.expires_at
        if self.status == LoginStatus.AWAITING_RETURN and self.completed_at is not None:
            over = over or now >= self.completed_at + RETURN_WITHIN
        return replace(self, status=LoginStatus.FAILED, hint_code="expiredTransaction") if over else self

    def outward_status(self) -> str:
        """What the browser is told: a cancelled login is one that failed."""
        return LoginStatus.FAILED if self.status == LoginStatus.CANCELLED else self.status

    def message(self, locale: str) -> Message:
        """The text for the present state."""
        status = self.outward_status()
        if self.error_code:
            code = messages.select_error(self.error_code)
        else:
            hint = self.hint_code if status in {LoginStatus.PENDING, LoginStatus.FAILED} else None
            if self.returned_at is not None and hint == OUTSTANDING:
                hint = None  # whoever is back has had the app open: we have not asked BankID since
            code = messages.select(status, hint, self.flow, self.platform)
        if self.sign_order_id is not None:
            code = messages.WHEN_SIGNING.get(code, code)
        return messages.message(code, locale)

    def qr(self, now: datetime) -> str | None:
        """The QR frame to show at ``now``; None when none may be shown (domain facts 1.9)."""
        if self.device != Device.OTHER or self.status != LoginStatus.PENDING or self.hint_code != OUTSTANDING:
            return None
        if self.qr_start_token is None or self.qr_start_secret is None:
            return None
        seconds = max(0, int((now - self.order_started_at).total_seconds()))
        return qr_frame(self.qr_start_token, self.qr_start_secret, seconds)

    @property
    def launch_token(self) -> str | None:
        """What starts the app on the same device; None when BankID is done or the browser is back."""
        waiting = self.device == Device.SAME and self.status == LoginStatus.PENDING and self.returned_at is None
        return self.auto_start_token if waiting else None

    def may_be_renewed(self, now: datetime) -> bool:
        """Whether an order that nobody picked up is followed by a new one without a word."""
        return self.device == Device.OTHER and now - self.created_at < RENEW_WITHIN


def qr_frame(token: str, secret: str, seconds: int) -> str:
    """The text of the animated QR code ``seconds`` whole seconds after the order was started."""
    code = hmac.new(secret.encode("ascii"), str(seconds).encode("ascii"), hashlib.sha256).hexdigest()
    return f"bankid.{token}.{seconds}.{code}"


def launch_url(token: str, platform: str, base: str = "") -> str:
    """The address that starts the app on the same device (domain facts 1.10); ``base`` replaces BankID's own.

    The way back is in the order's returnUrl, which overrides ``redirect``.
    """
    if not base:
        base = "https://app.bankid.com/" if platform == Platform.MOBILE else "bankid:///"
    return f"{base}?{urlencode({'autostarttoken': token, 'redirect': 'null'})}"


def return_url(page: str, mode: str, **said: str) -> str:
    """Where the app sends the browser; ``mode`` is a ``ReturnMode``."""
    return f"{page}{'?' if mode == ReturnMode.QUERY else '#'}{urlencode(said)}"


IOS = ("iPhone", "iPad", "iPod")
IOS_BROWSERS = (
    ("CriOS/", "googlechrome"),
    ("EdgiOS/", "microsoft-edge-http"),
)
"""Sign of a browser on iOS, and its scheme for http; an ``s`` more stands for https."""


def return_to_browser(url: str, user_agent: str) -> str:
    """The return address for the browser at hand (domain facts 1.10).

    On iOS an ordinary address opens Safari, where the cookie of the login is not; other browsers have schemes of
    their own, which open the same address in them.
    """
    if not any(sign in user_agent for sign in IOS):
        return url
    if "FxiOS/" in user_agent:
        return f"firefox://open-url?url={quote(url, safe='')}"
    for sign, scheme in IOS_BROWSERS:
        if sign in user_agent:
            return scheme + url.removeprefix("http")
    return url


def visible_data(locale: str) -> str:
    """userVisibleData: base64 of the text that the app shows."""
    return base64.b64encode(VISIBLE_TEXT["en" if locale == "en" else "sv"].encode()).decode()


def binding(login_id: UUID) -> str:
    """userNonVisibleData: signed by the person's BankID, so that no other order's proof fits this login (C15)."""
    return base64.b64encode(hashlib.sha256(b"login:" + login_id.bytes).digest()).decode()


def platform_of(user_agent: str) -> Platform:
    """Computer or mobile, as far as the browser says; tablets count as mobile."""
    hints = ("Android", "iPhone", "iPad", "iPod", "Mobile")
    return Platform.MOBILE if any(hint in user_agent for hint in hints) else Platform.COMPUTER


def safe_return_path(path: str) -> bool:
    """Whether ``path`` stays on our own site: no scheme, no host, nothing that a browser reads as one."""
    return (
        path.startswith("/")
        and not path.startswith("//")
        and "\\" not in path
        and path.isascii()
        and path.isprintable()
        and " " not in path
    )


def secret_hash(secret: str) -> bytes:
    """What is stored of a cookie, nonce or session token."""
    return hashlib.sha256(secret.encode()).digest()

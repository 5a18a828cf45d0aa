"""A second e-ID over OpenID Connect: authorization code with PKCE, state and nonce (A4; RFC 7636, RFC 9207).

The browser is bound as for BankID: the cookie ``__Host-pre`` and the state must belong together, once.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.ids import new_secret
from identity.domain.messages import Message

LIFE = timedelta(minutes=10)
"""From the start until the browser must be back."""
BANKID, OIDC = "bankid", "oidc"
"""Login methods, as ``GET /login-methods`` names them."""


class OidcStatus(StrEnum):
    """State of a login by OpenID Connect."""

    PENDING = "pending"
    RETURNED = "returned"
    """The browser is back and its state is spent; the provider is being asked."""
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class OidcLogin:
    """A row of the oidc_login table."""

    id: UUID
    status: str
    error_code: str | None
    return_path: str | None
    device_hash: str | None
    created_at: datetime
    secrets_sealed: bytes | None = field(default=None, repr=False)

    @property
    def expires_at(self) -> datetime:
        """When it is void."""
        return self.created_at + LIFE


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What one login is bound by. ``state`` reaches the browser, ``nonce`` the provider, ``verifier`` nobody yet."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)

    @classmethod
    def new(cls, login_id: UUID) -> Secrets:
        """256 bits each; the state also says which login it belongs to."""
        return cls(state=f"{login_id}.{new_secret()}", nonce=new_secret(), verifier=new_secret())

    @property
    def challenge(self) -> str:
        """PKCE, method S256."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, kw_only=True)
class OidcPerson:
    """Whom the provider has identified, from a verified id token."""

    personal_number: str = field(repr=False)
    name: str = field(repr=False)
    evidence: bytes = field(repr=False)
    """The id token as it came: to be kept, encrypted."""


@dataclass(frozen=True, kw_only=True)
class OidcFailure:
    """Nobody has been identified, and why."""

    error_code: str


ACCESS_DENIED = "access_denied"
MESSAGES: dict[str, tuple[str, str, str]] = {
    ACCESS_DENIED: ("OI1", "Inloggningen avbröts.", "The login was cancelled."),
    "unreachable": (
        "OI2",
        "Inloggningstjänsten svarar inte. Försök igen om en stund eller använd BankID.",
        "The login service does not answer. Try again in a while, or use BankID.",
    ),
    "person-refused": (
        "OI3",
        "Det går inte att logga in just nu. Försök igen om en stund.",
        "It is not possible to log in right now. Try again in a while.",
    ),
    "personal-number": (
        "OI4",
        "E-legitimationen lämnade inget svenskt personnummer. Använd BankID i stället.",
        "The e-ID gave no Swedish personal identity number. Use BankID instead.",
    ),
}
"""Error code -> message id, Swedish, English; every other code is ``OTHER``."""
OTHER = ("OI5", "Något gick fel. Försök igen.", "Something went wrong. Please try again.")
DONE = ("MS6", "Du är inloggad.", "You are logged in.")


def message(login: OidcLogin, locale: str) -> Message:
    """The text for the present state."""
    if login.status == OidcStatus.COMPLETE:
        code, swedish, english = DONE
    else:
        code, swedish, english = MESSAGES.get(login.error_code or "", OTHER)
    return Message(code, english if locale == "en" else swedish)


def login_of(state: str) -> UUID | None:
    """Which login a state says that it belongs to; the cookie and the whole state decide."""
    try:
        return UUID(state.partition(".")[0])
    except ValueError:
        return None

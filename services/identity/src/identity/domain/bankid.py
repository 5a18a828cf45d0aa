"""What BankID can answer, in our words. The adapter in ``api.bankid`` makes these; ``usecases`` act on them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Order:
    """A started order. Only ``auto_start_token`` and single QR frames may leave the server."""

    order_ref: str
    auto_start_token: str
    qr_start_token: str
    qr_start_secret: str


@dataclass(frozen=True, kw_only=True)
class Pending:
    """The user is at it, or has not begun."""

    hint_code: str


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The order has ended without a result."""

    hint_code: str


@dataclass(frozen=True, kw_only=True)
class Completed:
    """The user has identified himself; the proof has been compared with what was sent."""

    personal_number: str
    """Twelve digits, normalised."""
    name: str
    given_name: str
    surname: str
    device_address: str | None
    """The address BankID saw the app come from."""
    risk: str | None
    evidence: bytes
    """completionData as it came (JSON): to be kept, encrypted."""


@dataclass(frozen=True, kw_only=True)
class Renewed:
    """The old order was never picked up and a new one has taken its place (domain facts 1.8)."""

    order: Order


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """The call failed. ``passing``: the order may be well, ask again; else it is over for us."""

    error_code: str
    passing: bool


Outcome = Pending | Failed | Completed | Renewed | Trouble

"""The animated QR code: how a frame is made, and how the app judges the one it read."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

_FRAME = re.compile(r"bankid\.([0-9a-f-]{36})\.(0|[1-9][0-9]{0,6})\.([0-9a-f]{64})")


@dataclass(frozen=True)
class Frame:
    """What one QR picture says. `time` is whole seconds since the order was made."""

    token: str
    time: int
    auth_code: str


def auth_code(secret: str, seconds: int) -> str:
    """HMAC-SHA256 of the decimal number of seconds, keyed by the secret, as lower-case hex."""
    message = str(seconds).encode("ascii")
    return hmac.new(secret.encode("ascii"), message, hashlib.sha256).hexdigest()


def qr_data(token: str, secret: str, seconds: int) -> str:
    """The text of the QR picture for one second of an order."""
    return f"bankid.{token}.{seconds}.{auth_code(secret, seconds)}"


def parse(text: str) -> Frame | None:
    """Read a QR text; None when it is not an animated BankID code (a static one, for example)."""
    match = _FRAME.fullmatch(text)
    return Frame(match[1], int(match[2]), match[3]) if match else None


def genuine(frame: Frame, secret: str) -> bool:
    """Whether the frame was made with this secret."""
    return hmac.compare_digest(frame.auth_code, auth_code(secret, frame.time))

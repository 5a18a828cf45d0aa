"""The login history: what a person is shown of the own logins for 36 months (A11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

KEPT_MONTHS = 36


class LoginResult(StrEnum):
    """What came of it once BankID had named the person; before that nobody knows whose login it is."""

    LOGGED_IN = "logged-in"
    NOT_COMPLETED = "not-completed"
    """The browser that began did not come back: perhaps somebody else's (C16)."""
    REFUSED = "refused"
    """BankID saw a high risk (C17)."""


@dataclass(frozen=True, kw_only=True)
class LoginRecord:
    """One login of a person. The name of the device kind only, no address."""

    id: UUID
    result: str
    bankid_device: str
    method: str
    browser: str | None
    system: str | None
    identified_at: datetime

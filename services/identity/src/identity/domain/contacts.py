"""Changing an address or a number: asked for with a fresh BankID, confirmed by a code (T67, J2; reliability 4.3)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

FRESH_LOGIN = timedelta(minutes=15)
"""So long after a login contact details may be changed."""
CODE_LIVES = timedelta(minutes=15)
CODE_DIGITS = 6
MOST_TRIES = 5
MOST_REQUESTS = 3
REQUESTS_WITHIN = timedelta(hours=1)
"""``MOST_REQUESTS`` codes of one person in any such time: nobody's mailbox is flooded from here (C28)."""


class ContactKind(StrEnum):
    """What is changed."""

    EMAIL = "email"
    PHONE = "phone"


class ChangeStatus(StrEnum):
    """State of a change. That its time is over, or its tries are spent, is not stored: it follows."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    SUPERSEDED = "superseded"
    """A later one for the same kind of address was asked for."""
    EXPIRED = "expired"
    LOCKED = "locked"
    """Five wrong codes."""


@dataclass(frozen=True, kw_only=True)
class ContactChange:
    """A row of the contact_change table; what is sealed stays sealed."""

    id: UUID
    person_id: UUID
    kind: str
    status: str
    address_sealed: bytes | None
    code_mac: bytes | None
    tries: int
    created_at: datetime
    expires_at: datetime

    @property
    def tries_left(self) -> int:
        """How many codes may still be tried."""
        return max(0, MOST_TRIES - self.tries)

    def status_at(self, now: datetime) -> ChangeStatus:
        """The state as of ``now``."""
        if self.status == ChangeStatus.PENDING and now >= self.expires_at:
            return ChangeStatus.EXPIRED
        if self.status == ChangeStatus.PENDING and not self.tries_left:
            return ChangeStatus.LOCKED
        return ChangeStatus(self.status)


def new_code() -> str:
    """Six digits that nobody can foresee."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def login_is_fresh(authenticated_at: datetime, now: datetime) -> bool:
    """Whether a login is fresh enough to change contact details (reliability 4.3)."""
    return now - authenticated_at <= FRESH_LOGIN

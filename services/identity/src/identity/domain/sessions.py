"""A session: 30 minutes idle, eight hours in all, by the database's clock (S17, D20)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=8)
WARN_BEFORE = timedelta(minutes=2)
TOUCH_EVERY = timedelta(seconds=15)
"""A request writes the session row at most so often."""
MOST_AT_ONCE = 5
"""Sessions of one person (ASVS 7.1.2); a sixth ends the one unused longest."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """An open session and whose it is."""

    id: UUID
    person_id: UUID
    account_id: UUID | None
    name: str
    birth_year: int
    registered: bool
    locale: str
    account_role: str | None = None
    """In what capacity the account was chosen; ``support`` is customer service (B-22)."""
    staff: list[str] = field(default_factory=list)
    last_seen_at: datetime
    expires_at: datetime
    personal_number_sealed: bytes = field(repr=False)

    @property
    def idle_expires_at(self) -> datetime:
        """When it ends unless somebody acts."""
        return min(self.last_seen_at + IDLE, self.expires_at)

    @property
    def warn_at(self) -> datetime:
        """When to ask "stay logged in?" (B-03)."""
        return self.idle_expires_at - WARN_BEFORE


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """An open session as its person is shown it (B-19). Choosing an account renews the id, not the login."""

    id: UUID
    account_id: UUID | None
    browser: str | None
    system: str | None
    authenticated_at: datetime
    last_seen_at: datetime
    expires_at: datetime

    @property
    def idle_expires_at(self) -> datetime:
        """When it ends unless somebody acts."""
        return min(self.last_seen_at + IDLE, self.expires_at)


def csrf_token(session_token: str) -> str:
    """base64url, without padding, of HMAC-SHA256 keyed by the session token's text, over ``csrf``."""
    digest = hmac.new(session_token.encode(), b"csrf", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

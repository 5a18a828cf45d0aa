"""One invoice shared with one person outside the account (FC22): its life.

A share runs out by the clock, not by a job, and shows nothing while who shared it could not do so again (D6).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from billing.domain.errors import (
    InvoiceShareEnded,
    InvoiceShareExpired,
    InvoiceShareNotFound,
    InvoiceShareOwn,
    InvoiceShareUsedByOther,
)
from billing.domain.paying import local_date

DEFAULT_DAYS, MOST_DAYS = 14, 90
"""For how long an invoice is shared, in days of 24 hours."""
DAY = timedelta(hours=24)
"""The limits on mails look back so far, from any moment."""
PER_ACCOUNT, PER_MAILBOX = 20, 3
"""Mails a day (C28); as many as invitations have."""
REMEMBER = timedelta(days=90)
"""So long after its end the account sees who has opened it; then the row is deleted."""
HOLDERS = frozenset({"owner", "signatory"})
"""Those who see and end what others have shared (D1)."""


class ShareStatus(StrEnum):
    """Where a share is in its life."""

    SENT = "sent"
    OPENED = "opened"
    ENDED = "ended"
    """By one of the account's people, or because who shared it may not any more (D6)."""
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """The first who opened the link with BankID: it is that person's from then on (C12)."""

    person_id: UUID
    sealed_name: bytes | None
    """None for a person with protected identity, and where it has been erased."""
    birth_year: int | None


@dataclass(frozen=True, kw_only=True)
class Share:
    """One invoice, one link, one person."""

    id: UUID
    invoice_id: UUID
    account_id: UUID
    sharer_id: UUID
    membership_id: UUID
    """By which the sharer could share; its end is the share's (D6)."""
    address_masked: str
    """The only form of the address that is kept or shown."""
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    recipient: Recipient | None = None
    first_opened_at: datetime | None = None
    last_seen_at: datetime | None = None
    version: int = 1
    held: bool = True
    """Whether the sharer could share it still, and the account still has the invoice, as of this reading."""

    def status_at(self, now: datetime) -> ShareStatus:
        """The state as the clock has it; its time is over at the very instant."""
        if self.ended_at is not None:
            return ShareStatus.ENDED
        if now >= self.expires_at:
            return ShareStatus.EXPIRED
        if not self.held:
            return ShareStatus.ENDED
        return ShareStatus.SENT if self.recipient is None else ShareStatus.OPENED

    def is_open(self, now: datetime) -> bool:
        """Whether it shows the invoice to its recipient, or would to the first who opens it."""
        return self.status_at(now) in {ShareStatus.SENT, ShareStatus.OPENED}

    def check_link(self, person_id: UUID, now: datetime) -> None:
        """Raise what has become of the link (B-24).

        Whoever holds an unused link, and whose it is, learn how it ended. Another person learns only that it is
        somebody else's, whatever has become of it since (C12).
        """
        if person_id == self.sharer_id:
            raise InvoiceShareOwn
        if self.recipient is not None and self.recipient.person_id != person_id:
            raise InvoiceShareUsedByOther
        self._check_open(now)

    def check_seen_by(self, person_id: UUID, now: datetime) -> None:
        """Raise unless the person may see the invoice now; to anybody else the share does not exist."""
        if self.recipient is None or self.recipient.person_id != person_id:
            raise InvoiceShareNotFound
        self._check_open(now)

    def is_first_look_of_the_day(self, now: datetime) -> bool:
        """Whether the activity log has nothing of today; days are Swedish."""
        return self.last_seen_at is None or local_date(self.last_seen_at) < local_date(now)

    def _check_open(self, now: datetime) -> None:
        match self.status_at(now):
            case ShareStatus.ENDED:
                raise InvoiceShareEnded
            case ShareStatus.EXPIRED:
                raise InvoiceShareExpired

"""An invoice shared with somebody outside the account: the mail with the link, and a word to its owner (FC22, B-07)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.transaction import Tx
from notify.store import people
from notify.store.notices import Notice
from notify.usecases import telling


@dataclass(frozen=True, kw_only=True)
class Share:
    """One invoice is shared; the sealed recipient holds the address and the link."""

    event_id: UUID
    share_id: UUID
    invoice_id: UUID
    account_id: UUID
    sharer_id: UUID
    sealed_recipient: str
    locale: str
    expires_at: datetime


def share(tx: Tx, cmd: Share) -> None:
    """Mail the link to that address and no other, and tell owner and signatories, unless it was they who did it."""
    telling.tell(
        tx,
        Notice(
            event_id=cmd.event_id,
            template="invoice-share",
            object_id=cmd.share_id,
            sealed_recipient=cmd.sealed_recipient,
            locale=cmd.locale,
            expires_at=cmd.expires_at,
        ),
        *(
            Notice(
                event_id=cmd.event_id,
                template="invoice-shared",
                person_id=holder,
                account_id=cmd.account_id,
                object_id=cmd.invoice_id,
            )
            for holder in people.people_of(tx, cmd.account_id, holders=True)
            if holder != cmd.sharer_id
        ),
    )

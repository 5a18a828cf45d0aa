"""Open a shared invoice and see it (FC22): the side of the person whom it is shared with, who may have no account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from billing import domain, store
from billing.domain import Recipient, Share
from billing.usecases.keys import Keys
from billing.usecases.viewing import with_states
from chassis.errors import Forbidden
from chassis.mailed_links import token_hash
from chassis.telemetry import logger
from chassis.transaction import Principal, Tx
from contracts.activities import Actor
from contracts.fields import PROTECTED_NAME

log = logger(__name__)
SEEN = ("Öppnade en faktura som har delats", "Opened an invoice that has been shared")


@dataclass(frozen=True, kw_only=True)
class OpenLink:
    """The secret of a link, as the page posts it."""

    token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Opened:
    """Which share it is, and until when."""

    id: UUID
    expires_at: datetime


def open_link(tx: Tx, cmd: OpenLink, keys: Keys) -> Opened:
    """Bind the share to the person who is logged in, if nobody was first; the same person may come again.

    Raises ``InvoiceShareNotFound``, what has become of the link (B-24), ``InvoiceShareOwn`` or
    ``RecipientNotVerified``.
    """
    principal, person_id = _person(tx)
    if not principal.name or principal.birth_year is None:
        raise domain.RecipientNotVerified
    share = store.share_by_link(tx, token_hash(cmd.token))
    if share is None:
        raise domain.InvoiceShareNotFound
    share.check_link(person_id, tx.now)
    if share.recipient is not None:
        _see(tx, share, person_id)
    else:
        # A protected person's name is not even kept (J9): the year alone says that there was one.
        protected = principal.name == PROTECTED_NAME["sv"]
        sealed = None if protected else keys.seal_name(share.id, principal.name)
        store.claim_share(
            tx, share, Recipient(person_id=person_id, sealed_name=sealed, birth_year=principal.birth_year)
        )
        _tell(tx, share, person_id)
        log.info("invoice-share-opened", share_id=str(share.id), by=str(person_id))
    return Opened(id=share.id, expires_at=share.expires_at)


def list_shared(tx: Tx, *, limit: int, page: int) -> tuple[Sequence[dict[str, Any]], int]:
    """What is shared with me now."""
    _, person_id = _person(tx)
    rows, total = store.shares_open_to(tx, person_id, limit=limit, offset=(page - 1) * limit)
    today = domain.local_date(tx.now)
    return [
        dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
        | {
            "payment_status": domain.payment_status(remaining_ore=row.remaining_ore, paid_ore=row.paid_ore).value,
            "overdue": domain.overdue(remaining_ore=row.remaining_ore, due_on=row.due_on, today=today),
        }
        for row in rows
    ], total


def get_shared(tx: Tx, share_id: UUID) -> dict[str, Any]:
    """The invoice as it was issued, and what remains to pay; that it was looked at is kept.

    Nothing else of the account: no payments (their reference may be another invoice's, too), no other documents, no
    reading, no facility. Raises ``InvoiceShareNotFound``, ``InvoiceShareExpired`` or ``InvoiceShareEnded``.
    """
    _, person_id = _person(tx)
    share = store.lock_share(tx, share_id)
    if share is None:
        raise domain.InvoiceShareNotFound
    share.check_seen_by(person_id, tx.now)
    row = store.one_invoice(tx, share.account_id, None, share.invoice_id)
    if row is None:  # it went to another account between two statements
        raise domain.InvoiceShareEnded
    _see(tx, share, person_id)
    return with_states(row, domain.local_date(tx.now)) | {
        "id": share.id,
        "expires_at": share.expires_at,
        "opened_at": share.first_opened_at,
        "lines": store.lines(tx, row.id),
        "vat": store.vat(tx, row.id),
    }


def _see(tx: Tx, share: Share, person_id: UUID) -> None:
    """Keep that it was seen; the activity log gets one record a day, not one for each reload."""
    if share.is_first_look_of_the_day(tx.now):
        _tell(tx, share, person_id)
    store.note_share_seen(tx, share)


def _tell(tx: Tx, share: Share, person_id: UUID) -> None:
    tx.record(
        "see_shared_invoice",
        *SEEN,
        account_id=share.account_id,
        actor=Actor.PERSON,
        person_id=person_id,
        subject_id=share.invoice_id,
    )


def _person(tx: Tx) -> tuple[Principal, UUID]:
    if tx.principal is None or tx.principal.person_id is None:
        raise Forbidden
    return tx.principal, tx.principal.person_id

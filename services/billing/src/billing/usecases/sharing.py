"""Share one invoice, see who has opened it, end it (FC22): the account's side."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from billing import domain, store
from billing.domain import DEFAULT_DAYS, HOLDERS, Share, ShareStatus
from billing.usecases.keys import Keys
from chassis.errors import Forbidden
from chassis.ids import new_id
from chassis.mailed_links import masked
from chassis.telemetry import logger
from chassis.transaction import Principal, Tx
from contracts.billing import InvoiceShareCreatedV1
from contracts.fields import PROTECTED_NAME

log = logger(__name__)
INVITES, READS = "members:invite", "billing:read"


@dataclass(frozen=True, kw_only=True)
class ShareInvoice:
    """Let whoever reads ``email`` see one invoice, for ``days`` of 24 hours."""

    email: str = field(repr=False)
    days: int = DEFAULT_DAYS


@dataclass(frozen=True, kw_only=True)
class ShownRecipient:
    """Who has opened it, as BankID says."""

    name: str
    birth_year: int | None
    """None for a person with protected identity, whose name is not told either (J9)."""


@dataclass(frozen=True, kw_only=True)
class ShownShare:
    """A share as the account's people see it. Neither the link nor the whole address is here."""

    id: UUID
    address: str
    status: ShareStatus
    shared_by_me: bool
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    opened_by: ShownRecipient | None
    first_opened_at: datetime | None
    last_seen_at: datetime | None
    may_end: bool


def share_invoice(tx: Tx, invoice_id: UUID, cmd: ShareInvoice, keys: Keys) -> ShownShare:
    """Share an invoice by a link that is mailed; nobody sees it before the first who opens it with BankID.

    Raises ``InvoiceNotFound``, ``InvoiceShareNotAllowed``, ``InvoiceShareAccountLimit`` or
    ``InvoiceShareAddressLimit``.
    """
    principal, account_id, person_id = _acting(tx)
    if principal.membership_id is None or not {INVITES, READS} <= principal.scopes or principal.read_only:
        raise domain.InvoiceShareNotAllowed
    row = store.one_invoice(tx, account_id, principal.services, invoice_id)
    if row is None:
        raise domain.InvoiceNotFound
    address_hash = keys.mailbox_hash(cmd.email)
    _count(tx, account_id, address_hash)
    member = store.hold_member(
        tx, principal.membership_id, account_id=account_id, person_id=person_id, services=principal.services
    )
    belongs = (member.account_id, member.person_id) == (account_id, person_id)
    if not belongs or not member.may_share:
        raise domain.InvoiceShareNotAllowed
    if member.services is not None and not set(row.service_areas) <= set(member.services):
        raise domain.InvoiceNotFound
    hashed, sealed = keys.new_link(cmd.email)
    made = Share(
        id=new_id(),
        invoice_id=invoice_id,
        account_id=account_id,
        sharer_id=person_id,
        membership_id=principal.membership_id,
        address_masked=masked(cmd.email),
        created_at=tx.now,
        expires_at=tx.now + timedelta(hours=24 * cmd.days),
    )
    store.add_share(tx, made, token_hash=hashed, address_hash=address_hash)
    tx.emit(
        InvoiceShareCreatedV1(
            share_id=made.id,
            invoice_id=invoice_id,
            account_id=account_id,
            sharer_id=person_id,
            sealed_recipient=sealed,
            locale="en" if tx.locale == "en" else "sv",
            expires_at=made.expires_at,
        ),
        aggregate_id=made.id,
        version=made.version,
    )
    log.info("invoice-shared", share_id=str(made.id), account_id=str(account_id), by=str(person_id))
    return _shown(tx, made, principal, keys)


def list_shares(tx: Tx, invoice_id: UUID, keys: Keys, *, limit: int, page: int) -> tuple[list[ShownShare], int]:
    """A delegate's own shares of the invoice, or all of them for an owner or signatory (T50), those that are over too.

    Raises ``InvoiceNotFound``.
    """
    principal, account_id, person_id = _acting(tx)
    if READS not in principal.scopes:
        raise Forbidden
    if store.one_invoice(tx, account_id, principal.services, invoice_id) is None:
        raise domain.InvoiceNotFound
    sharer_id = None if principal.role in HOLDERS else person_id
    rows, total = store.shares_of_invoice(
        tx, account_id, invoice_id, sharer_id=sharer_id, limit=limit, offset=(page - 1) * limit
    )
    return [_shown(tx, row, principal, keys) for row in rows], total


def end_share(tx: Tx, share_id: UUID) -> None:
    """End it now; its link and its page say so from this instant.

    Raises ``InvoiceShareNotFound``, also for one that is not his to see, and ``InvoiceShareOver``.
    """
    principal, account_id, person_id = _acting(tx)
    found = store.lock_share(tx, share_id)
    if found is None or found.account_id != account_id or not _sees(principal, found):
        raise domain.InvoiceShareNotFound
    if found.ended_at is not None or tx.now >= found.expires_at:
        raise domain.InvoiceShareOver
    store.end_share(tx, found)
    tx.note(subject_id=found.invoice_id)
    log.info("invoice-share-ended", share_id=str(share_id), by=str(person_id))


def forget_shares(tx: Tx) -> int:
    """Delete shares that have been over for 90 days, and hashes of mailboxes after a day; returns how many shares."""
    count, _ = store.forget_shares(tx)
    log.info("invoice-shares-forgotten", count=count)
    return count


def _acting(tx: Tx) -> tuple[Principal, UUID, UUID]:
    principal = tx.principal
    if principal is None or principal.account_id is None or principal.person_id is None:
        raise Forbidden
    return principal, principal.account_id, principal.person_id


def _sees(principal: Principal, share: Share) -> bool:
    return principal.role in HOLDERS or share.sharer_id == principal.person_id


def _count(tx: Tx, account_id: UUID, address_hash: bytes) -> None:
    """Refuse what would make us a spam cannon (C28). The mailbox's limit counts over all accounts."""
    store.lock(tx, f"shares:{account_id}", f"mailbox:{address_hash.hex()}")
    for limit, error, whose in (
        (domain.PER_ACCOUNT, domain.InvoiceShareAccountLimit, {"account_id": account_id}),
        (domain.PER_MAILBOX, domain.InvoiceShareAddressLimit, {"address_hash": address_hash}),
    ):
        latest = store.nth_newest_mail(tx, limit, **whose)
        if latest is not None:
            raise error(retry_after=math.ceil((latest + domain.DAY - tx.now).total_seconds()), limit=limit)


def _opened_by(tx: Tx, share: Share, keys: Keys) -> ShownRecipient | None:
    if share.recipient is None or share.recipient.birth_year is None:  # nobody yet, or forgotten
        return None
    if share.recipient.sealed_name is None:
        return ShownRecipient(name=PROTECTED_NAME[tx.locale], birth_year=None)
    name = keys.open_name(share.id, share.recipient.sealed_name)
    return ShownRecipient(name=name, birth_year=share.recipient.birth_year)


def _shown(tx: Tx, share: Share, principal: Principal, keys: Keys) -> ShownShare:
    return ShownShare(
        id=share.id,
        address=share.address_masked,
        status=share.status_at(tx.now),
        shared_by_me=share.sharer_id == principal.person_id,
        created_at=share.created_at,
        expires_at=share.expires_at,
        ended_at=share.ended_at,
        opened_by=_opened_by(tx, share, keys),
        first_opened_at=share.first_opened_at,
        last_seen_at=share.last_seen_at,
        may_end=share.is_open(tx.now) and INVITES in principal.scopes and _sees(principal, share),
    )

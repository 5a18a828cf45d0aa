"""What org-registry and identity tell of people, and what it means for shared invoices (D6, J9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from billing import store
from chassis.telemetry import logger
from chassis.transaction import Tx

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class NoteMembership:
    """The whole state of a membership, as of ``version``; ``services`` None means all."""

    membership_id: UUID
    account_id: UUID
    person_id: UUID
    read_only: bool
    services: frozenset[str] | None
    ends_on: date | None
    version: int


@dataclass(frozen=True, kw_only=True)
class EndMembership:
    """A membership has ended, for whatever reason."""

    membership_id: UUID
    account_id: UUID
    person_id: UUID
    removed_at: datetime


@dataclass(frozen=True, kw_only=True)
class NoteSuspension:
    """Customer service has stopped an account, or lets it go on."""

    account_id: UUID
    suspended: bool
    version: int


def note_membership(tx: Tx, cmd: NoteMembership) -> None:
    """Keep the newest state of a membership; one that has ended stays ended."""
    store.put_member(
        tx,
        cmd.membership_id,
        account_id=cmd.account_id,
        person_id=cmd.person_id,
        read_only=cmd.read_only,
        services=cmd.services,
        ends_on=cmd.ends_on,
        version=cmd.version,
    )


def end_membership(tx: Tx, cmd: EndMembership) -> None:
    """D6: what the person has shared by this membership is over at once."""
    store.put_removal(tx, cmd.membership_id, cmd.account_id, cmd.person_id, cmd.removed_at)
    for row in store.end_shares_of_membership(tx, cmd.membership_id):
        tx.record(
            "void_invoice_share",
            "En faktura delas inte längre: den som delade den har inte längre behörighet",
            "An invoice is not shared any more: who shared it has no access any more",
            account_id=row.account_id,
            subject_id=row.invoice_id,
        )
        log.info("invoice-share-void", share_id=str(row.id), membership_id=str(cmd.membership_id))


def note_suspension(tx: Tx, cmd: NoteSuspension) -> None:
    """While an account is suspended nothing of it is shown to those it was shared with either (B12)."""
    store.put_suspension(tx, cmd.account_id, suspended=cmd.suspended, version=cmd.version)


def hide_name(tx: Tx, person_id: UUID) -> None:
    """Erase the name that was kept for the sharer: the person's identity is protected now (J9)."""
    store.hide_recipient_name(tx, person_id)

"""Who else gets an account's notices (B11, C21): added by owner or signatory, begun by the address itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.errors import Forbidden
from chassis.ids import new_id, new_secret
from chassis.mailed_links import masked, token_hash
from chassis.sealing import Sealer
from chassis.telemetry import logger
from chassis.transaction import Tx
from notify.domain.copies import (
    CONFIRM_WITHIN,
    HOLDERS,
    MAILS_A_DAY,
    MOST,
    CopyEnded,
    CopyLinkUnknown,
    CopyNotAllowed,
    CopyNotFound,
    TooManyCopies,
    TooManyCopyMails,
)
from notify.store import copies
from notify.store.notices import Notice
from notify.usecases import telling

log = logger(__name__)
DAY = timedelta(hours=24)
PAGE = "/kopior"
"""Path of the portal's page that the link opens."""


@dataclass(frozen=True, kw_only=True)
class AddCopy:
    """An address that is to get copies of these subjects."""

    email: str = field(repr=False)
    subjects: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What is stored and sent of a new address; the secret of the link is in the mail alone."""

    address_masked: str
    token_hash: bytes
    sealed_address: str
    sealed_letter: str


@dataclass(frozen=True, kw_only=True)
class AnswerCopy:
    """The address says yes, or no more."""

    token: str = field(repr=False)
    wanted: bool


@dataclass(frozen=True, kw_only=True)
class Copy:
    """An address as the account's people see it."""

    id: UUID
    address: str
    subjects: list[str]
    status: str
    created_at: datetime
    confirmed_at: datetime | None


def write_letter(cmd: AddCopy, sealer: Sealer, public_url: str) -> Letter:
    """Seal address and link; pure computation, before the transaction."""
    token = new_secret()
    return Letter(
        address_masked=masked(cmd.email),
        token_hash=token_hash(token),
        sealed_address=sealer.seal({"email": cmd.email}),
        # In the fragment: no server and no log sees it, and nothing that merely opens links answers.
        sealed_letter=sealer.seal({"email": cmd.email, "link": f"{public_url}{PAGE}#{token}"}),
    )


def add_copy(tx: Tx, cmd: AddCopy, letter: Letter) -> Copy:
    """Ask the address; raises ``CopyNotAllowed``, ``TooManyCopies`` or ``TooManyCopyMails``."""
    account_id, person_id = _holder(tx)
    copies.lock(tx, account_id)
    alive, added = copies.counted(tx, account_id, DAY)
    if alive >= MOST:
        raise TooManyCopies(limit=MOST)
    if added >= MAILS_A_DAY:
        raise TooManyCopyMails(retry_after=3600, limit=MAILS_A_DAY)
    copy_id = new_id()
    copies.add(
        tx,
        id=copy_id,
        account_id=account_id,
        added_by=person_id,
        address_masked=letter.address_masked,
        sealed_address=letter.sealed_address,
        subjects=sorted(set(cmd.subjects)),
        locale=tx.locale,
        token_hash=letter.token_hash,
        created_at=tx.now,
        expires_at=tx.now + CONFIRM_WITHIN,
    )
    telling.tell(
        tx,
        Notice(
            event_id=copy_id,
            template="copy-confirmation",
            sealed_recipient=letter.sealed_letter,
            locale=tx.locale,
            expires_at=tx.now + CONFIRM_WITHIN,
        ),
    )
    tx.note(subject_id=copy_id)
    log.info("notice-copy-added", copy_id=str(copy_id), account_id=str(account_id), by=str(person_id))
    return Copy(
        id=copy_id,
        address=letter.address_masked,
        subjects=sorted(set(cmd.subjects)),
        status="waiting",
        created_at=tx.now,
        confirmed_at=None,
    )


def list_copies(tx: Tx) -> list[Copy]:
    """The account's addresses."""
    return [_shown(row) for row in copies.of_account(tx, _account(tx))]


def remove_copy(tx: Tx, copy_id: UUID) -> None:
    """No more copies there; raises ``CopyNotAllowed`` or ``CopyNotFound``."""
    account_id, person_id = _holder(tx)
    if not copies.stop_one(tx, copy_id, account_id):
        raise CopyNotFound
    tx.note(subject_id=copy_id)
    log.info("notice-copy-removed", copy_id=str(copy_id), account_id=str(account_id), by=str(person_id))


def answer_copy(tx: Tx, cmd: AnswerCopy) -> None:
    """The address's own yes or no; the same link serves for both. Raises ``CopyLinkUnknown`` or ``CopyEnded``."""
    row = copies.by_token(tx, token_hash(cmd.token))
    if row is None:
        raise CopyLinkUnknown
    if not row.alive:
        raise CopyEnded
    if cmd.wanted:
        copies.confirm(tx, row.id)
    else:
        copies.stop_one(tx, row.id)
    log.info("notice-copy-answered", copy_id=str(row.id), wanted=cmd.wanted)


def forget_unconfirmed(tx: Tx) -> int:
    """End those that never said yes, and forget their addresses; returns how many."""
    return copies.forget_unconfirmed(tx)


def _shown(row: Any) -> Copy:
    subjects: Sequence[str] = row.subjects
    return Copy(
        id=row.id,
        address=row.address_masked,
        subjects=list(subjects),
        status="active" if row.confirmed_at else "waiting",
        created_at=row.created_at,
        confirmed_at=row.confirmed_at,
    )


def _account(tx: Tx) -> UUID:
    if tx.principal is None or tx.principal.account_id is None:
        raise Forbidden
    return tx.principal.account_id


def _holder(tx: Tx) -> tuple[UUID, UUID]:
    account_id, principal = _account(tx), tx.principal
    if principal is None or principal.person_id is None or principal.role not in HOLDERS:
        raise CopyNotAllowed
    return account_id, principal.person_id

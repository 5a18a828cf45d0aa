"""Shared invoices: named queries. Whether a share still holds is read with it, in the same statement (D6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from billing.domain import DAY, REMEMBER, Recipient, Share
from billing.store.members import MAY_SHARE
from billing.store.tables import invoice, invoice_share, membership, suspension
from chassis.transaction import Tx

S = invoice_share.c
HELD: ColumnElement[bool] = func.coalesce(
    and_(
        MAY_SHARE,
        or_(membership.c.services.is_(None), invoice.c.service_areas.contained_by(membership.c.services)),
        invoice.c.account_id == S.account_id,
        ~func.coalesce(suspension.c.suspended, False),
    ),
    False,
).label("held")
"""The sharer could share the invoice at this instant, and the account has it and is not suspended."""
JOINED = (
    invoice_share.join(invoice, invoice.c.id == S.invoice_id)
    .outerjoin(membership, membership.c.membership_id == S.membership_id)
    .outerjoin(suspension, suspension.c.account_id == S.account_id)
)
LISTED = ("invoice_number", "kind", "issued_on", "due_on", "service_areas", "total_ore", "paid_ore", "remaining_ore")
NOT_OVER = and_(S.ended_at.is_(None), S.expires_at > func.now())


def add(tx: Tx, made: Share, *, token_hash: bytes, address_hash: bytes) -> None:
    """Keep a new share."""
    tx.session.execute(
        insert(invoice_share).values(
            id=made.id,
            invoice_id=made.invoice_id,
            account_id=made.account_id,
            sharer_id=made.sharer_id,
            membership_id=made.membership_id,
            address_masked=made.address_masked,
            address_hash=address_hash,
            token_hash=token_hash,
            created_at=made.created_at,
            expires_at=made.expires_at,
            version=made.version,
        )
    )


def of_invoice(
    tx: Tx, account_id: UUID, invoice_id: UUID, *, sharer_id: UUID | None, limit: int, offset: int
) -> tuple[list[Share], int]:
    """What the account has shared of an invoice, newest first; ``sharer_id`` keeps to one person's own (T50)."""
    query = (
        select(invoice_share, HELD, func.count().over().label("total"))
        .select_from(JOINED)
        .where(S.invoice_id == invoice_id, S.account_id == account_id)
        .order_by(S.created_at.desc(), S.id.desc())
    )
    if sharer_id is not None:
        query = query.where(S.sharer_id == sharer_id)
    rows = tx.session.execute(query.limit(limit).offset(offset)).all()
    return [_share(row) for row in rows], rows[0].total if rows else 0


def lock(tx: Tx, share_id: UUID) -> Share | None:
    """The share, locked."""
    return _one(tx, S.id == share_id)


def by_link(tx: Tx, token_hash: bytes) -> Share | None:
    """The share that a link was sent for, locked: of two who open it at once, one is first (C12)."""
    return _one(tx, S.token_hash == token_hash)


def open_to(tx: Tx, person_id: UUID, *, limit: int, offset: int) -> tuple[Sequence[Any], int]:
    """What is shared with a person now, that which ends last first, with what a list shows of the invoices."""
    rows = tx.session.execute(
        select(
            S.id,
            S.expires_at,
            S.first_opened_at.label("opened_at"),
            *[invoice.c[name] for name in LISTED],
            func.count().over().label("total"),
        )
        .select_from(JOINED)
        .where(S.recipient_id == person_id, NOT_OVER, HELD.element)
        .order_by(S.expires_at.desc(), S.id)
        .limit(limit)
        .offset(offset)
    ).all()
    return rows, rows[0].total if rows else 0


def claim(tx: Tx, share: Share, recipient: Recipient) -> None:
    """Bind a locked share to who opened it first."""
    _change(
        tx,
        share,
        recipient_id=recipient.person_id,
        recipient_name_sealed=recipient.sealed_name,
        recipient_birth_year=recipient.birth_year,
        first_opened_at=tx.now,
        last_seen_at=tx.now,
    )


def note_seen(tx: Tx, share: Share) -> None:
    """The recipient of a locked share sees the invoice now."""
    _change(tx, share, last_seen_at=tx.now)


def end(tx: Tx, share: Share) -> None:
    """End a locked share."""
    _change(tx, share, ended_at=tx.now)


def end_of_membership(tx: Tx, membership_id: UUID) -> Sequence[Any]:
    """End what was shared by a membership and is not over; returns id, account and invoice of each."""
    rows = tx.session.execute(
        update(invoice_share)
        .where(S.membership_id == membership_id, NOT_OVER)
        .values(ended_at=func.now(), version=S.version + 1)
        .returning(S.id, S.account_id, S.invoice_id)
    ).all()
    return sorted(rows, key=lambda row: row.id)


def nth_newest_mail(
    tx: Tx, number: int, *, account_id: UUID | None = None, address_hash: bytes | None = None
) -> datetime | None:
    """When the ``number``-th newest mail of the account (or to the mailbox) was sent, if within a day."""
    mine = S.address_hash == address_hash if account_id is None else S.account_id == account_id
    return tx.session.execute(
        select(S.created_at)
        .where(mine, S.created_at > func.now() - DAY)
        .order_by(S.created_at.desc())
        .offset(number - 1)
        .limit(1)
    ).scalar()


def hide_name(tx: Tx, person_id: UUID) -> None:
    """Erase the kept name of a person, and keep the year: it says that there was a name."""
    tx.session.execute(
        update(invoice_share)
        .where(S.recipient_id == person_id, S.recipient_name_sealed.is_not(None))
        .values(recipient_name_sealed=None)
    )


def forget(tx: Tx) -> tuple[int, int]:
    """Delete shares that have been over for long, and what the limits need no longer; how many of each."""
    gone = tx.session.execute(
        delete(invoice_share).where(func.least(S.ended_at, S.expires_at) <= func.now() - REMEMBER)
    )
    hashes = tx.session.execute(
        update(invoice_share)
        .where(S.address_hash.is_not(None), S.created_at <= func.now() - DAY)
        .values(address_hash=None)
    )
    assert isinstance(gone, CursorResult)  # noqa: S101 - for the type checker
    assert isinstance(hashes, CursorResult)  # noqa: S101 - for the type checker
    return gone.rowcount, hashes.rowcount


def _one(tx: Tx, condition: ColumnElement[bool]) -> Share | None:
    row = tx.session.execute(
        select(invoice_share, HELD).select_from(JOINED).where(condition).with_for_update(of=invoice_share)
    ).one_or_none()
    return _share(row) if row else None


def _change(tx: Tx, share: Share, **values: Any) -> None:
    tx.session.execute(update(invoice_share).where(S.id == share.id).values(version=S.version + 1, **values))


def _share(row: Row[Any]) -> Share:
    recipient = None
    if row.recipient_id is not None:
        recipient = Recipient(
            person_id=row.recipient_id, sealed_name=row.recipient_name_sealed, birth_year=row.recipient_birth_year
        )
    return Share(
        id=row.id,
        invoice_id=row.invoice_id,
        account_id=row.account_id,
        sharer_id=row.sharer_id,
        membership_id=row.membership_id,
        address_masked=row.address_masked,
        created_at=row.created_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        recipient=recipient,
        first_opened_at=row.first_opened_at,
        last_seen_at=row.last_seen_at,
        version=row.version,
        held=row.held,
    )

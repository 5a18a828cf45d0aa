"""What shared invoices keep of a person, and how it goes (B-21, J10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from billing.store.tables import invoice_share, membership, suspension
from chassis.privacy import rows
from chassis.transaction import Tx

S = invoice_share.c


def about(tx: Tx, person_id: UUID, account_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """What the person has shared or opened, and what the accounts have; of the others only that it was not me."""
    mine = or_(S.sharer_id == person_id, S.recipient_id == person_id, S.account_id.in_(account_ids))
    found = select(
        S.id,
        S.invoice_id,
        (S.sharer_id == person_id).label("shared_by_me"),
        func.coalesce(S.recipient_id == person_id, False).label("opened_by_me"),
        S.address_masked,
        S.created_at,
        S.expires_at,
        S.ended_at,
        S.first_opened_at,
        S.last_seen_at,
    ).where(mine)
    return rows(tx.session.execute(found.order_by(S.created_at, S.id)))


def shown_of_recipient(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """What the sharer is shown of the person: whether the verified name is kept, and the birth year."""
    found = select(
        S.id.label("share_id"), S.recipient_name_sealed.is_not(None).label("name_kept"), S.recipient_birth_year
    ).where(S.recipient_id == person_id)
    return rows(tx.session.execute(found.order_by(S.created_at, S.id)))


def memberships(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """The copies of the person's memberships."""
    found = select(*[column for column in membership.c if column.name != "version"])
    return rows(
        tx.session.execute(found.where(membership.c.person_id == person_id).order_by(membership.c.membership_id))
    )


def forget(tx: Tx, person_id: UUID, account_ids: Sequence[UUID]) -> dict[str, int]:
    """Delete what the person or the accounts have shared, and the person from what others have; how many of each."""
    opened = tx.session.execute(
        update(invoice_share)
        .where(S.recipient_id == person_id, S.sharer_id != person_id, S.account_id.not_in(account_ids))
        .values(
            # That there was somebody stays: an id of its own each time, so that nothing joins what is left.
            recipient_id=func.gen_random_uuid(),
            recipient_name_sealed=None,
            recipient_birth_year=None,
            ended_at=func.coalesce(S.ended_at, func.least(func.now(), S.expires_at)),
            version=S.version + 1,
        )
        .returning(S.id)
    ).all()
    gone = {
        "shares": _delete(tx, invoice_share, or_(S.sharer_id == person_id, S.account_id.in_(account_ids))),
        "memberships": _delete(tx, membership, membership.c.person_id == person_id),
        "opened": len(opened),
    }
    _delete(tx, suspension, suspension.c.account_id.in_(account_ids))
    return gone


def _delete(tx: Tx, table: Any, condition: ColumnElement[bool]) -> int:
    return len(tx.session.execute(delete(table).where(condition).returning(*table.primary_key)).all())

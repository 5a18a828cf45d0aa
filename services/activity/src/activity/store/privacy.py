"""What the log holds of a person (B-21)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from activity.store.tables import entries
from chassis.transaction import Tx


def _about(person_id: UUID, account_ids: Sequence[UUID]) -> ColumnElement[bool]:
    return or_(
        entries.c.person_id == person_id,
        entries.c.about_person_id == person_id,
        entries.c.account_id.in_(account_ids),
    )


def everything_of(tx: Tx, person_id: UUID, account_ids: Sequence[UUID]) -> list[bytes]:
    """What the person did, what was done to the person, and what was done for the accounts; oldest first."""
    found = select(entries.c.body).where(_about(person_id, account_ids)).order_by(entries.c.at, entries.c.activity_id)
    return [bytes(body) for body in tx.session.scalars(found)]


def has_any(tx: Tx, person_id: UUID, account_ids: Sequence[UUID]) -> bool:
    """Whether there is anything."""
    found = select(entries.c.activity_id).where(_about(person_id, account_ids)).limit(1)
    return tx.session.execute(found).first() is not None

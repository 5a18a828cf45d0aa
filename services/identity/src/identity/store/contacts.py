"""Statements on changes of contact details."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.transaction import Tx
from identity.domain.contacts import (
    CODE_LIVES,
    MOST_REQUESTS,
    MOST_TRIES,
    REQUESTS_WITHIN,
    ChangeStatus,
    ContactChange,
)
from identity.store.tables import contact_change

COLUMNS = [contact_change.c[spec.name] for spec in fields(ContactChange)]
WITHOUT_SECRETS = {"address_sealed": None, "code_mac": None}


def _change(row: Any) -> ContactChange | None:
    return ContactChange(**row._mapping) if row is not None else None  # noqa: SLF001 - SQLAlchemy's public name for it


def add(
    tx: Tx, *, change_id: UUID, person_id: UUID, kind: str, address_sealed: bytes, code_mac: bytes
) -> ContactChange:
    """Begin a change; its time runs by the database's clock."""
    now = sa.func.now()
    statement = (
        sa.insert(contact_change)
        .values(
            id=change_id,
            person_id=person_id,
            kind=kind,
            status=ChangeStatus.PENDING,
            address_sealed=address_sealed,
            code_mac=code_mac,
            created_at=now,
            expires_at=now + CODE_LIVES,
        )
        .returning(*COLUMNS)
    )
    return ContactChange(**tx.session.execute(statement).one()._mapping)  # noqa: SLF001


def supersede(tx: Tx, person_id: UUID, kind: str) -> None:
    """End the pending change of that kind: its code is worth nothing any more."""
    tx.session.execute(
        sa.update(contact_change)
        .where(
            contact_change.c.person_id == person_id,
            contact_change.c.kind == kind,
            contact_change.c.status == ChangeStatus.PENDING,
        )
        .values(status=ChangeStatus.SUPERSEDED, **WITHOUT_SECRETS)
    )


def wait_for_next(tx: Tx, person_id: UUID) -> timedelta | None:
    """How long until the person may ask for another code; None where now. The caller holds the person's row."""
    opening = contact_change.c.created_at + REQUESTS_WITHIN
    statement = (
        sa.select(opening - sa.func.now())
        .where(contact_change.c.person_id == person_id, opening > sa.func.now())
        .order_by(contact_change.c.created_at.desc())
        .offset(MOST_REQUESTS - 1)
        .limit(1)
    )
    wait: timedelta | None = tx.session.execute(statement).scalar_one_or_none()
    return wait


def get(tx: Tx, change_id: UUID, person_id: UUID) -> ContactChange | None:
    """The change, if it is this person's."""
    statement = sa.select(*COLUMNS).where(contact_change.c.id == change_id, contact_change.c.person_id == person_id)
    return _change(tx.session.execute(statement).one_or_none())


def spend_try(tx: Tx, change_id: UUID, person_id: UUID) -> ContactChange | None:
    """Take one of the five tries; None where none may be taken. In a transaction of its own: a refusal undoes it not.

    Of many callers at once five get one: the row says so, not the callers.
    """
    statement = (
        sa.update(contact_change)
        .where(
            contact_change.c.id == change_id,
            contact_change.c.person_id == person_id,
            contact_change.c.status == ChangeStatus.PENDING,
            contact_change.c.expires_at > sa.func.now(),
            contact_change.c.tries < MOST_TRIES,
        )
        .values(tries=contact_change.c.tries + 1)
        .returning(*COLUMNS)
    )
    return _change(tx.session.execute(statement).one_or_none())


def confirm(tx: Tx, change_id: UUID) -> bool:
    """Confirm a pending change; exactly one caller does."""
    statement = (
        sa.update(contact_change)
        .where(contact_change.c.id == change_id, contact_change.c.status == ChangeStatus.PENDING)
        .values(status=ChangeStatus.CONFIRMED, **WITHOUT_SECRETS)
        .returning(contact_change.c.id)
    )
    return tx.session.execute(statement).one_or_none() is not None


def delete_older_than(tx: Tx, age: timedelta) -> int:
    """Remove changes that nobody can ask about any more."""
    result: Any = tx.session.execute(sa.delete(contact_change).where(contact_change.c.created_at < sa.func.now() - age))
    count: int = result.rowcount
    return count

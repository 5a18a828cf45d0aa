"""Statements on person bindings. What joins one to a person is the keyed hash, compared here and told to nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.transaction import Tx
from identity.store.tables import person, person_binding


def add(tx: Tx, binding_id: UUID, *, index: bytes, made_by: UUID, lasts: timedelta) -> datetime:
    """Keep a hash; returns until when."""
    statement = (
        sa.insert(person_binding)
        .values(id=binding_id, personal_number_index=index, made_by=made_by, expires_at=sa.func.now() + lasts)
        .returning(person_binding.c.expires_at)
    )
    until: datetime = tx.session.execute(statement).scalar_one()
    return until


def recent(tx: Tx, made_by: UUID, within: timedelta) -> int:
    """How many the person has made lately. Only while the person's row is held."""
    statement = sa.select(sa.func.count()).where(
        person_binding.c.made_by == made_by, person_binding.c.created_at > sa.func.now() - within
    )
    return int(tx.session.execute(statement).scalar_one())


def use(tx: Tx, binding_id: UUID, made_by: UUID, *, lasts: timedelta) -> datetime | None:
    """Keep the person's own binding as long from now on; None where there is none."""
    statement = (
        sa.update(person_binding)
        .where(_there(binding_id), person_binding.c.made_by == made_by)
        .values(expires_at=sa.func.now() + lasts)
        .returning(person_binding.c.expires_at)
    )
    return tx.session.execute(statement).scalar_one_or_none()


def is_of(tx: Tx, binding_id: UUID, person_id: UUID) -> bool | None:
    """Whether it is this person's number; None where there is no such binding."""
    same = sa.exists().where(
        person.c.id == person_id, person.c.personal_number_index == person_binding.c.personal_number_index
    )
    return tx.session.execute(sa.select(same).where(_there(binding_id))).scalar_one_or_none()


def delete_expired(tx: Tx) -> int:
    """Forget those whose time is over; returns how many."""
    result: Any = tx.session.execute(sa.delete(person_binding).where(person_binding.c.expires_at <= sa.func.now()))
    count: int = result.rowcount
    return count


def _there(binding_id: UUID) -> sa.ColumnElement[bool]:
    return sa.and_(person_binding.c.id == binding_id, person_binding.c.expires_at > sa.func.now())

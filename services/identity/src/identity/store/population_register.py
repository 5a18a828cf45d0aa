"""Statements on what the population register has said, and on whom to ask about next. The clock is the database's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.transaction import Tx
from identity.domain.population_register import (
    ASK_AGAIN_AFTER,
    KEPT_MONTHS,
    LONGEST_WAIT,
    MOST_TRIES,
    TRY_AGAIN_AFTER,
    Outcome,
    RegisterEntry,
)
from identity.store.tables import person
from identity.store.tables import population_register as register


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """Somebody to ask about; the number still sealed."""

    person_id: UUID
    personal_number_sealed: bytes = field(repr=False)


def want(tx: Tx, person_id: UUID) -> None:
    """Ask soon about a registered person, unless that is under way or was done lately. One statement, no waiting."""
    registered = sa.select(person.c.id, sa.func.now()).where(
        person.c.id == person_id, person.c.registered_at.is_not(None)
    )
    stale = sa.or_(register.c.checked_at.is_(None), register.c.checked_at <= sa.func.now() - ASK_AGAIN_AFTER)
    rested = sa.or_(register.c.asked_at.is_(None), register.c.asked_at <= sa.func.now() - LONGEST_WAIT)
    tx.session.execute(
        insert(register)
        .from_select(["person_id", "due_at"], registered)
        .on_conflict_do_update(
            index_elements=["person_id"],
            set_={"due_at": sa.func.now(), "tries": 0},
            where=sa.and_(register.c.due_at.is_(None), stale, rested),
        )
    )


def is_due(tx: Tx) -> bool:
    """Whether there is anybody to ask about."""
    found = sa.select(sa.exists().where(register.c.due_at <= sa.func.now()))
    return bool(tx.session.execute(found).scalar_one())


def claim(tx: Tx) -> Claimed | None:
    """Who has waited longest, put off before anything is asked: if this process dies, the next try waits too."""
    chosen = (
        sa.select(register.c.person_id)
        .where(register.c.due_at <= sa.func.now())
        .order_by(register.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    wait = sa.func.least(LONGEST_WAIT, TRY_AGAIN_AFTER * sa.func.power(2, register.c.tries))
    statement = (
        sa.update(register)
        .where(register.c.person_id == chosen, person.c.id == register.c.person_id)
        .values(
            asked_at=sa.func.now(),
            tries=register.c.tries + 1,
            due_at=sa.case((register.c.tries + 1 < MOST_TRIES, sa.func.now() + wait)),
        )
        .returning(register.c.person_id, person.c.personal_number_sealed)
    )
    row = tx.session.execute(statement).one_or_none()
    if row is None:
        return None
    return Claimed(person_id=row.person_id, personal_number_sealed=bytes(row.personal_number_sealed))


def settle(tx: Tx, person_id: UUID, outcome: Outcome, answer_sealed: bytes | None) -> None:
    """Keep what was answered, and ask no more."""
    tx.session.execute(
        sa.update(register)
        .where(register.c.person_id == person_id)
        .values(due_at=None, tries=0, checked_at=sa.func.now(), outcome=outcome, answer_sealed=answer_sealed)
    )


def get(tx: Tx, person_id: UUID) -> RegisterEntry | None:
    """What is kept of the person."""
    columns = (register.c.outcome, register.c.checked_at, register.c.answer_sealed)
    row = tx.session.execute(sa.select(*columns).where(register.c.person_id == person_id)).one_or_none()
    return RegisterEntry(**row._mapping) if row is not None else None  # noqa: SLF001 - SQLAlchemy's public name for it


def drop_of_protected(tx: Tx, person_id: UUID) -> None:
    """Delete name and address where the person's identity is protected, whoever said so."""
    protected = sa.exists().where(person.c.id == person_id, person.c.protected_identity)
    tx.session.execute(
        sa.update(register).where(register.c.person_id == person_id, protected).values(answer_sealed=None)
    )


def forget(tx: Tx) -> int:
    """Delete what nobody has asked about for thirteen months; returns of how many persons."""
    limit = sa.func.now() - sa.func.make_interval(0, KEPT_MONTHS)
    old = sa.func.coalesce(register.c.asked_at, register.c.created_at) < limit
    result: Any = tx.session.execute(sa.delete(register).where(old))
    count: int = result.rowcount
    return count

"""Wrong links that customer service has corrected (K16)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update

from chassis.transaction import Tx
from org_registry.store.tables import corrections


def add(tx: Tx, **values: object) -> None:
    """Keep a correction."""
    tx.session.execute(insert(corrections).values(**values))


def refused(tx: Tx, customer_number: str) -> frozenset[UUID]:
    """The persons and organisations that the number does not belong to, whatever the facts say."""
    rows = tx.session.execute(
        select(corrections.c.person_id, corrections.c.organisation_id).where(
            corrections.c.customer_number == customer_number, corrections.c.lifted_at.is_(None)
        )
    ).all()
    return frozenset(subject for row in rows for subject in row if subject is not None)


def get(tx: Tx, correction_id: UUID) -> Row[Any] | None:
    """A correction, lifted or not."""
    return tx.session.execute(select(*corrections.c).where(corrections.c.id == correction_id)).one_or_none()


def lift(tx: Tx, correction_id: UUID, *, reason: str, by: UUID) -> bool:
    """Note that it was a mistake; False where it has been lifted before."""
    done = tx.session.execute(
        update(corrections)
        .where(corrections.c.id == correction_id, corrections.c.lifted_at.is_(None))
        .values(lift_reason=reason, lifted_by=by, lifted_at=tx.now)
        .returning(corrections.c.id)
    )
    return done.scalar_one_or_none() is not None


def page(tx: Tx, *, limit: int, offset: int) -> tuple[Sequence[Any], int]:
    """Newest first, with the number of all."""
    rows = tx.session.execute(
        select(*corrections.c, func.count().over().label("total"))
        .order_by(corrections.c.corrected_at.desc(), corrections.c.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    return rows, rows[0].total if rows else 0

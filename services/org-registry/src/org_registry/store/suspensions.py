"""Suspensions of accounts, and who made and ended them (B12)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Row, String, Table, Uuid, func, insert, select, update

from chassis.db import constraint_error
from chassis.transaction import Tx
from org_registry.domain.suspensions import AccountSuspendedAlready
from org_registry.store.tables import METADATA

INSTANT = DateTime(timezone=True)

suspensions = Table(
    "account_suspension",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("reason", String(30), nullable=False),
    Column("note", String(500), nullable=False),
    Column("suspended_by", Uuid, nullable=False),
    Column("suspended_at", INSTANT, nullable=False),
    Column("resume_note", String(500)),
    Column("resumed_by", Uuid),
    Column("resumed_at", INSTANT),
)
constraint_error("uq_account_suspension_open", AccountSuspendedAlready)


def add(tx: Tx, **values: object) -> None:
    """Keep a suspension; raises ``AccountSuspendedAlready``."""
    tx.session.execute(insert(suspensions).values(**values))


def get(tx: Tx, suspension_id: UUID) -> Row[Any] | None:
    """A suspension, ended or not."""
    return tx.session.execute(select(*suspensions.c).where(suspensions.c.id == suspension_id)).one_or_none()


def resume(tx: Tx, suspension_id: UUID, *, note: str, by: UUID) -> bool:
    """End it; False where it has been ended before."""
    done = tx.session.execute(
        update(suspensions)
        .where(suspensions.c.id == suspension_id, suspensions.c.resumed_at.is_(None))
        .values(resume_note=note, resumed_by=by, resumed_at=tx.now)
        .returning(suspensions.c.id)
    )
    return done.scalar_one_or_none() is not None


def page(tx: Tx, *, limit: int, offset: int) -> tuple[Sequence[Any], int]:
    """Newest first, with the number of all."""
    rows = tx.session.execute(
        select(*suspensions.c, func.count().over().label("total"))
        .order_by(suspensions.c.suspended_at.desc(), suspensions.c.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    return rows, rows[0].total if rows else 0

"""Tables and named queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Enum, Integer, Row, String, Table, Uuid, delete, func, select, update
from sqlalchemy.orm import registry

from cases.domain import Case, CaseStatus
from chassis.db import metadata_for
from chassis.privacy import NOBODY, rows
from chassis.transaction import Tx

METADATA = metadata_for("cases")

cases = Table(
    "case",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("created_by", Uuid, nullable=False),
    Column("title", String(200), nullable=False),
    Column(
        "status",
        Enum(
            CaseStatus,
            native_enum=False,
            length=20,
            create_constraint=False,
            values_callable=lambda kinds: [kind.value for kind in kinds],
        ),
        nullable=False,
    ),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
)

registry().map_imperatively(Case, cases, version_id_col=cases.c.version)


def add(tx: Tx, case: Case) -> None:
    """Keep a new case."""
    tx.session.add(case)


def get(tx: Tx, account_id: UUID, case_id: UUID) -> Case | None:
    """The case of this account, or nothing: one of another account does not exist here."""
    return tx.session.scalars(select(Case).where(cases.c.id == case_id, cases.c.account_id == account_id)).one_or_none()


def page(tx: Tx, account_id: UUID, *, limit: int, offset: int) -> tuple[Sequence[Row[tuple[object, ...]]], int]:
    """Newest first, with the number of all, in one statement."""
    columns = (cases.c.id, cases.c.title, cases.c.status, cases.c.created_at)
    found = tx.session.execute(
        select(*columns, func.count().over().label("total"))
        .where(cases.c.account_id == account_id, cases.c.status != CaseStatus.DISCARDED)
        .order_by(cases.c.created_at.desc(), cases.c.id)
        .limit(limit)
        .offset(offset)
    ).all()
    return found, found[0].total if found else 0


def of_person(
    tx: Tx, person_id: UUID, account_ids: Sequence[UUID]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What belongs to the accounts, and when the person began something for others."""
    table = cases.c
    own = select(table.id, table.account_id, table.title, table.status, table.created_at).where(
        table.account_id.in_(account_ids)
    )
    elsewhere = select(table.id, table.created_at).where(
        table.created_by == person_id, table.account_id.not_in(account_ids)
    )
    return (
        rows(tx.session.execute(own.order_by(table.created_at, table.id))),
        rows(tx.session.execute(elsewhere.order_by(table.created_at, table.id))),
    )


def forget_person(tx: Tx, person_id: UUID, account_ids: Sequence[UUID]) -> tuple[int, int]:
    """Delete what belongs to the accounts, and the person from what belongs to others; returns how many of each."""
    gone = tx.session.execute(delete(cases).where(cases.c.account_id.in_(account_ids)).returning(cases.c.id)).all()
    changed = tx.session.execute(
        update(cases).where(cases.c.created_by == person_id).values(created_by=NOBODY).returning(cases.c.id)
    ).all()
    return len(gone), len(changed)

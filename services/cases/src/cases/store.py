"""Tables and named queries."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Column, DateTime, Enum, Integer, Row, String, Table, Uuid, func, select
from sqlalchemy.orm import registry

from cases.domain import Case, CaseStatus
from chassis.db import metadata_for
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
    rows = tx.session.execute(
        select(*columns, func.count().over().label("total"))
        .where(cases.c.account_id == account_id, cases.c.status != CaseStatus.DISCARDED)
        .order_by(cases.c.created_at.desc(), cases.c.id)
        .limit(limit)
        .offset(offset)
    ).all()
    return rows, rows[0].total if rows else 0

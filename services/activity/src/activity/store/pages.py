"""What people see of the log, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from activity.store.tables import entries
from chassis.transaction import Tx


def of_person(tx: Tx, person_id: UUID, **page: Any) -> tuple[Sequence[Any], int]:
    """What the person did, and what was done to the person."""
    return _page(tx, or_(entries.c.person_id == person_id, entries.c.about_person_id == person_id), **page)


def of_account(tx: Tx, account_id: UUID, *, by: UUID | None, **page: Any) -> tuple[Sequence[Any], int]:
    """What was done for an account; ``by`` keeps to one person's acts."""
    where = entries.c.account_id == account_id
    return _page(tx, where if by is None else and_(where, entries.c.person_id == by), **page)


def _page(
    tx: Tx, where: ColumnElement[bool], *, after: datetime | None, before: datetime | None, limit: int, offset: int
) -> tuple[Sequence[Any], int]:
    conditions = [where]
    if after is not None:
        conditions.append(entries.c.at >= after)
    if before is not None:
        conditions.append(entries.c.at < before)
    rows = tx.session.execute(
        select(entries.c.at, entries.c.body, func.count().over().label("total"))
        .where(*conditions)
        .order_by(entries.c.at.desc(), entries.c.activity_id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    if rows:
        return rows, rows[0].total
    total = (
        tx.session.execute(select(func.count()).select_from(entries).where(*conditions)).scalar_one() if offset else 0
    )
    return rows, total

"""The in-app list."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from chassis.transaction import Tx
from notify.store.tables import notification


def notifications(
    tx: Tx, person_id: UUID, *, unread: bool | None, limit: int, offset: int
) -> tuple[list[Row[Any]], int]:
    """A person's notices, newest first, and how many there are."""
    mine = [notification.c.person_id == person_id]
    if unread is not None:
        mine.append(notification.c.read_at.is_(None) if unread else notification.c.read_at.is_not(None))
    columns = (
        notification.c.id,
        notification.c.template,
        notification.c.template_version,
        notification.c.subject,
        notification.c.account_id,
        notification.c.object_id,
        notification.c.created_at,
        notification.c.read_at,
    )
    rows = tx.session.execute(
        select(*columns, func.count().over().label("total"))
        .where(*mine)
        .order_by(notification.c.created_at.desc(), notification.c.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    if rows:
        return list(rows), rows[0].total
    if offset == 0:
        return [], 0
    return [], tx.session.execute(select(func.count()).select_from(notification).where(*mine)).scalar_one()

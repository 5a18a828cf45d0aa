"""Whose names the activity log has not been told; a trigger notes every change (migration ``names_told``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from chassis.transaction import Tx
from identity.store.tables import person


def untold(tx: Tx, limit: int) -> Sequence[Any]:
    """People whose name, or protection, is news; locked, and noted as told by this transaction."""
    chosen = (
        sa.select(person.c.id)
        .where(person.c.name_told_at.is_(None))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return tx.session.execute(
        sa.update(person)
        .where(person.c.id.in_(chosen))
        .values(name_told_at=sa.func.now(), name_version=person.c.name_version + 1)
        .returning(person.c.id, person.c.name, person.c.protected_identity, person.c.name_version)
    ).all()

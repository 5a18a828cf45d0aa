"""Statements on staff roles and on the log of what staff have looked up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.transaction import Tx
from identity.domain.staff import LOOKUPS_COUNTED_IN, StaffAction
from identity.store.tables import person, staff_access


def set_roles(tx: Tx, person_id: UUID, roles: list[str]) -> None:
    """Replace the roles of a person whose row is held."""
    tx.session.execute(sa.update(person).where(person.c.id == person_id).values(staff=roles))


def holders(tx: Tx) -> list[tuple[UUID, list[str]]]:
    """Everybody with a role."""
    statement = sa.select(person.c.id, person.c.staff).where(sa.func.cardinality(person.c.staff) > 0)
    return [(row.id, list(row.staff)) for row in tx.session.execute(statement.order_by(person.c.id))]


def note(
    tx: Tx,
    *,
    entry_id: UUID,
    action: StaffAction,
    staff_person_id: UUID | None,
    person_id: UUID | None,
    role: str | None = None,
    reason_sealed: bytes,
) -> None:
    """Append to the log."""
    tx.session.execute(
        sa.insert(staff_access).values(
            id=entry_id,
            action=action,
            staff_person_id=staff_person_id,
            person_id=person_id,
            role=role,
            reason_sealed=reason_sealed,
        )
    )


def recent_lookups(tx: Tx, staff_person_id: UUID) -> int:
    """How many persons this member of staff has asked for lately, found or not. Only while the person's row is held."""
    statement = sa.select(sa.func.count()).where(
        staff_access.c.staff_person_id == staff_person_id,
        staff_access.c.action.in_((StaffAction.LOOKUP, StaffAction.CREATE)),
        staff_access.c.at > sa.func.now() - LOOKUPS_COUNTED_IN,
    )
    count: Any = tx.session.execute(statement).scalar_one()
    return int(count)

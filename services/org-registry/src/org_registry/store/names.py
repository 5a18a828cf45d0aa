"""What people are called, as identity has told it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from chassis.transaction import Tx
from org_registry.store.tables import names


def keep(tx: Tx, person_id: UUID, *, name_sealed: bytes | None, protected_identity: bool, version: int) -> None:
    """Note the name; an older version changes nothing."""
    said = {"name_sealed": name_sealed, "protected_identity": protected_identity, "version": version}
    statement = insert(names).values(person_id=person_id, **said)
    tx.session.execute(
        statement.on_conflict_do_update(constraint="pk_person_name", set_=said, where=names.c.version < version)
    )


def of_people(tx: Tx, person_ids: Collection[UUID]) -> dict[UUID, Any]:
    """What is known of each, by person."""
    found = tx.session.execute(select(*names.c).where(names.c.person_id.in_(person_ids)))
    return {row.person_id: row for row in found}

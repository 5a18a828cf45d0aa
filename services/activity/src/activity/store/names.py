"""What people are called, sealed as identity has told it: a dump of the database holds no name (D23)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from activity.store.tables import known_persons
from chassis.transaction import Tx

_NEW = insert(known_persons)
_KEEP = _NEW.on_conflict_do_update(
    index_elements=["person_id"],
    set_={name: _NEW.excluded[name] for name in ("sealed_name", "protected_identity", "version")},
    where=known_persons.c.version < _NEW.excluded.version,
)


def keep(tx: Tx, person_id: UUID, *, sealed_name: str | None, protected_identity: bool, version: int) -> None:
    """The newest that is known of a person; an older one changes nothing."""
    values = {"person_id": person_id, "sealed_name": sealed_name, "protected_identity": protected_identity}
    tx.later(_KEEP, values | {"version": version})


def of(tx: Tx, person_ids: Iterable[UUID]) -> Sequence[Any]:
    """What is known of these people."""
    return tx.session.execute(select(known_persons).where(known_persons.c.person_id.in_(person_ids))).all()


def forget(tx: Tx, person_id: UUID) -> int:
    """Forget what a person is called; the acts stay, by their opaque id."""
    found: Any = tx.session.execute(delete(known_persons).where(known_persons.c.person_id == person_id))
    count: int = found.rowcount
    return count

"""What people are called in the log: a protected person is "Skyddad identitet" to everybody else (D23)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from activity.store import names
from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.fields import PROTECTED_NAME

log = logger(__name__)
Unseal = Callable[[str], dict[str, Any]]
"""Opens what identity has sealed; raises for what it cannot open."""


@dataclass(frozen=True, kw_only=True)
class NamePerson:
    """What identity says; ``sealed_name`` None where the name is not to be shown."""

    person_id: UUID
    sealed_name: str | None
    protected_identity: bool
    version: int


def name_person(tx: Tx, cmd: NamePerson) -> None:
    """Keep it, sealed; an older one than is known changes nothing."""
    names.keep(
        tx,
        cmd.person_id,
        sealed_name=cmd.sealed_name,
        protected_identity=cmd.protected_identity,
        version=cmd.version,
    )


def names_of(tx: Tx, person_ids: Iterable[UUID], unseal: Unseal | None) -> Mapping[UUID, str]:
    """What to call these people, as far as it is known; nobody's name is worth a failed page."""
    wanted = frozenset(person_ids)
    found: dict[UUID, str] = {}
    for row in names.of(tx, wanted) if wanted else ():
        if row.protected_identity:
            found[row.person_id] = PROTECTED_NAME[tx.locale]
        elif row.sealed_name is not None and unseal is not None:
            name = _open(unseal, row.person_id, row.sealed_name)
            if name:
                found[row.person_id] = name
    return found


def _open(unseal: Unseal, person_id: UUID, sealed: str) -> str | None:
    try:
        told = unseal(sealed)
    except Exception as error:  # noqa: BLE001 - a lost key must not take the log away
        log.warning("name-cannot-be-opened", error=type(error).__name__)
        return None
    # Bound to the person: a sealed name that was moved to another row names nobody.
    return str(told["name"]) if told.get("person_id") == str(person_id) else None

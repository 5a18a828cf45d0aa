"""Telling what people are called, sealed for each that shows it; a protected person's is not told (D23, ADR 0013)."""

from __future__ import annotations

from chassis.transaction import Tx
from contracts.identity import PersonNamedV1
from identity.store import names
from identity.usecases.keys import Keys

BATCH = 500
REGISTRY = "org-registry"


def tell_names(tx: Tx, keys: Keys) -> int:
    """Tell a batch of names that are news; returns how many. Nobody is told without the receiver's key."""
    if keys.names is None:
        return 0
    registry = keys.receivers.get(REGISTRY)
    rows = names.untold(tx, BATCH)
    for row in rows:
        shown = bool(row.name) and not row.protected_identity
        named = {"person_id": str(row.id), "name": row.name}
        event = PersonNamedV1(
            person_id=row.id,
            sealed_name=keys.names.seal(named) if shown else None,
            protected_identity=row.protected_identity,
            sealed_for_org_registry=registry.seal(named) if registry and shown else None,
        )
        tx.emit(event, aggregate_id=row.id, version=row.name_version)
    return len(rows)

"""A power of attorney as it is shown: opened, with its history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from chassis.transaction import Tx
from org_registry.domain.powers import Document, Power
from org_registry.store import powers
from org_registry.usecases.power_vault import PowerVault


@dataclass(frozen=True, kw_only=True)
class ShownDocument:
    """The document, without its content."""

    media_type: str
    size: int
    scan: str
    submitted_at: datetime


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that has happened. The administrator sees when and what; customer service also who and why."""

    at: datetime
    status: str
    action: str
    actor_id: UUID | None
    as_staff: bool
    note: str | None


@dataclass(frozen=True, kw_only=True)
class ShownPower:
    """All of it, opened."""

    id: UUID
    status: str
    organisation_name: str
    organisation_number: str = field(repr=False)
    administrator_name: str = field(repr=False)
    email: str = field(repr=False)
    document: ShownDocument | None
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    ended_at: datetime | None
    reason: str | None
    message: str | None
    ends_on: date | None
    account_id: UUID | None
    history: list[Step]
    channel: str
    administrator_person_id: UUID
    registered_by: UUID | None
    reviewer_id: UUID | None
    checked: tuple[str, ...]
    version: int


def show(tx: Tx, power: Power, vault: PowerVault) -> ShownPower:
    """One, opened, with its history."""
    return show_all(tx, [power], vault)[0]


def show_all(tx: Tx, found: Iterable[Power], vault: PowerVault) -> list[ShownPower]:
    """Several, opened, with their histories."""
    rows = list(found)
    happened = powers.history(tx, [power.id for power in rows])
    return [_shown(power, happened[power.id], vault) for power in rows]


def _shown(power: Power, happened: Iterable[Any], vault: PowerVault) -> ShownPower:
    details = vault.details(power)
    steps = [
        Step(
            at=row.at,
            status=row.status,
            action=row.action,
            actor_id=row.actor_id,
            as_staff=row.as_staff,
            note=row.note,
        )
        for row in happened
    ]
    return ShownPower(
        id=power.id,
        status=power.status.value,
        organisation_name=power.organisation_name,
        organisation_number=vault.number(power),
        administrator_name=details.name,
        email=details.email,
        document=_shown_document(power.document),
        created_at=power.created_at,
        submitted_at=power.submitted_at,
        decided_at=power.decided_at,
        ended_at=power.ended_at,
        reason=power.reason,
        message=power.message,
        ends_on=power.ends_on,
        account_id=power.account_id,
        history=steps,
        channel=power.channel.value,
        administrator_person_id=power.administrator_id,
        registered_by=power.registered_by,
        reviewer_id=power.reviewer_id,
        checked=power.checked or (),
        version=power.version,
    )


def _shown_document(document: Document | None) -> ShownDocument | None:
    if document is None:
        return None
    return ShownDocument(
        media_type=document.media_type, size=document.size, scan=document.scan.value, submitted_at=document.added_at
    )

"""A power of attorney from its administrator's side: made, sent in, completed, withdrawn (T34-T40, D13, B-05)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import contracts.org_registry as told
from chassis.errors import Unauthenticated
from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.transaction import Tx
from org_registry.domain.power_errors import (
    PowerOfAttorneyNotFound,
    PowerOfAttorneyState,
    TooManyPowersOfAttorney,
    TooManyUploads,
)
from org_registry.domain.powers import (
    EDITABLE,
    MOST_OPEN,
    Action,
    Channel,
    Power,
    PowerStatus,
    Scan,
    after,
    check_submission,
)
from org_registry.store import powers
from org_registry.usecases.power_vault import Details, PowerVault
from org_registry.usecases.powers_showing import ShownPower, show, show_all

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class CreatePower:
    """What the administrator says: for which organisation, and where he wants to be told."""

    organisation_number: str = field(repr=False)
    organisation_name: str
    email: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class NewDocument:
    """A file that has been examined (``chassis.attachments``), and what the scanner said of it."""

    media_type: str
    data: bytes = field(repr=False)
    scan: Scan


def person_of(tx: Tx) -> UUID:
    """Who asks; raises ``Unauthenticated``."""
    if tx.principal is None or tx.principal.person_id is None:
        raise Unauthenticated
    return tx.principal.person_id


def create_power(tx: Tx, cmd: CreatePower, vault: PowerVault) -> ShownPower:
    """Begin one; the person who is logged in is the administrator, by the name that BankID gave.

    Raises ``TooManyPowersOfAttorney`` for the sixth open one.
    """
    person_id = person_of(tx)
    powers.lock_person(tx, person_id)
    if powers.count_open(tx, person_id) >= MOST_OPEN:
        raise TooManyPowersOfAttorney(limit=MOST_OPEN)
    name = (tx.principal.name if tx.principal else None) or ""
    details = Details(name=name, email=cmd.email)
    power = make(tx, cmd, details, vault, administrator_id=person_id, channel=Channel.DIGITAL, status=PowerStatus.DRAFT)
    note_step(tx, power, Action.CREATE)
    return show(tx, power, vault)


def make(
    tx: Tx,
    cmd: CreatePower,
    details: Details,
    vault: PowerVault,
    **values: Any,
) -> Power:
    """Keep a new one, whoever brings it."""
    power_id = new_id()
    number = vault.protect_number(cmd.organisation_number)
    powers.add(
        tx,
        id=power_id,
        organisation_index=number.index,
        organisation_sealed=number.sealed,
        organisation_name=cmd.organisation_name,
        details_sealed=vault.seal_details(power_id, details),
        locale=tx.locale,
        created_at=tx.now,
        **values,
    )
    made = powers.get(tx, power_id)
    if made is None:
        raise PowerOfAttorneyNotFound
    return made


def check_may_upload(tx: Tx, power_id: UUID) -> None:
    """The cheap questions first: is it his, and is a document wanted? Raises what the transaction would raise."""
    power = powers.get(tx, power_id, administrator_id=person_of(tx))
    if power is None:
        raise PowerOfAttorneyNotFound
    if power.status not in EDITABLE:
        raise PowerOfAttorneyState


def count_upload(tx: Tx) -> None:
    """Count a file of the principal; raises ``TooManyUploads`` for the eleventh within an hour (C26)."""
    person_id = person_of(tx)
    if not powers.count_upload(tx, person_id):
        raise TooManyUploads(retry_after=powers.seconds_to_next_upload(tx, person_id))


def put_document(tx: Tx, power_id: UUID, cmd: NewDocument, vault: PowerVault) -> ShownPower:
    """Add the signed document, or exchange it; one that was never sent in is deleted."""
    person_id = person_of(tx)
    power = _mine(tx, power_id)
    if power.status not in EDITABLE:
        raise PowerOfAttorneyState
    return show(tx, replace_document(tx, power, cmd, vault, added_by=person_id), vault)


def replace_document(tx: Tx, power: Power, cmd: NewDocument, vault: PowerVault, *, added_by: UUID) -> Power:
    """Keep the document as the present one; returns the power as it is then."""
    document_id = new_id()
    powers.add_document(
        tx,
        id=document_id,
        power_id=power.id,
        media_type=cmd.media_type,
        size=len(cmd.data),
        digest=hashlib.sha256(cmd.data).digest(),
        content=vault.seal_document(document_id, cmd.data),
        scan=cmd.scan,
        scanned_at=tx.now if cmd.scan is Scan.CLEAN else None,
        added_by=added_by,
    )
    changed = powers.change(tx, power, document_id=document_id)
    if power.document is not None and power.submitted_at is None:
        powers.drop_document(tx, power.document.id)
    note_step(tx, changed, Action.ADD_DOCUMENT, as_staff=power.administrator_id != added_by)
    return changed


def submit_power(tx: Tx, power_id: UUID, vault: PowerVault) -> ShownPower:
    """Send it in, or send in what was missing; raises ``DocumentMissing`` or ``PowerOfAttorneyState``."""
    power = _mine(tx, power_id)
    target = check_submission(power)
    completed = power.status is PowerStatus.NEEDS_COMPLETION
    changed = powers.change(tx, power, status=target, submitted_at=tx.now, message=None)
    note_step(tx, changed, Action.COMPLETE if completed else Action.SUBMIT)
    tell_submitted(tx, changed, vault, completed=completed)
    return show(tx, changed, vault)


def tell_submitted(tx: Tx, power: Power, vault: PowerVault, *, completed: bool) -> None:
    """Tell that it is in the queue; the administrator gets a receipt, also for a paper that names him."""
    tx.emit(
        told.PowerOfAttorneySubmittedV1(
            power_of_attorney_id=power.id,
            person_id=power.administrator_id,
            channel=told.PowerChannel(power.channel.value),
            completed=completed,
            sealed_recipient=vault.recipient(power),
            locale=power.locale,
            submitted_at=power.submitted_at or tx.now,
        ),
        aggregate_id=power.id,
        version=power.version,
    )


def withdraw_power(tx: Tx, power_id: UUID) -> None:
    """Take it back; its documents are deleted at once."""
    power = _mine(tx, power_id)
    changed = powers.change(tx, power, status=after(Action.WITHDRAW, power.status), ended_at=tx.now)
    powers.wipe(tx, power.id)
    note_step(tx, changed, Action.WITHDRAW)


def list_powers(tx: Tx, vault: PowerVault, *, limit: int, page: int) -> tuple[Sequence[ShownPower], int]:
    """The principal's own, newest first."""
    found, total = powers.page(tx, administrator_id=person_of(tx), limit=limit, offset=(page - 1) * limit)
    return show_all(tx, found, vault), total


def get_power(tx: Tx, power_id: UUID, vault: PowerVault) -> ShownPower:
    """One of the principal's own; raises ``PowerOfAttorneyNotFound``, also for somebody else's."""
    power = powers.get(tx, power_id, administrator_id=person_of(tx))
    if power is None:
        raise PowerOfAttorneyNotFound
    return show(tx, power, vault)


def note_step(tx: Tx, power: Power, action: Action, *, as_staff: bool = False, note: str | None = None) -> None:
    """Write the step into the history: who, when, what; and into the log, without names."""
    actor_id = tx.principal.person_id if tx.principal else None
    powers.add_step(tx, power.id, action=action, status=power.status, actor_id=actor_id, as_staff=as_staff, note=note)
    log.info("power-of-attorney", power_id=str(power.id), action=action, status=power.status, staff=as_staff)


def _mine(tx: Tx, power_id: UUID) -> Power:
    power = powers.lock(tx, power_id, administrator_id=person_of(tx))
    if power is None:
        raise PowerOfAttorneyNotFound
    return power

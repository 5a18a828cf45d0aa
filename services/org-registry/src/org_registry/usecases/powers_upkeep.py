"""What happens to powers of attorney by themselves: scanned, expired, forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from chassis.telemetry import logger
from chassis.transaction import Tx
from org_registry.domain.powers import Action, PowerStatus, Scan, after
from org_registry.store import powers
from org_registry.usecases.power_vault import PowerVault
from org_registry.usecases.powers import note_step

log = logger(__name__)
SWEEP = 100


def unscanned(tx: Tx) -> Sequence[UUID]:
    """Documents that wait for the scanner (C27)."""
    return powers.unscanned(tx, limit=SWEEP)


def to_scan(tx: Tx, document_id: UUID, vault: PowerVault) -> bytes | None:
    """The content for the scanner; None where it is gone."""
    kept = powers.content(tx, document_id)
    return None if kept is None else vault.open_document(document_id, bytes(kept.content))


def note_scan(tx: Tx, document_id: UUID, *, clean: bool) -> None:
    """Write the scanner's answer down; malware is deleted, and whoever reviews asks for another document."""
    scan = Scan.CLEAN if clean else Scan.INFECTED
    if powers.scanned(tx, document_id, scan):
        log.info("power-document-scanned", document_id=str(document_id), scan=scan)


def expire_powers(tx: Tx) -> int:
    """Mark a batch of those whose last day has passed; returns how many. The membership has the same last day."""
    found = powers.past_their_end(tx, limit=SWEEP)
    for power_id in found:
        power = powers.lock(tx, power_id)
        if power is not None and power.status is PowerStatus.APPROVED:
            changed = powers.change(tx, power, status=after(Action.EXPIRE, power.status), ended_at=tx.now)
            note_step(tx, changed, Action.EXPIRE)
    return len(found)


def forget_powers(tx: Tx) -> None:
    """Withdraw drafts of 90 days; delete documents of what was rejected 180 days ago, and counters of past hours."""
    for power_id in powers.forgotten_drafts(tx, limit=SWEEP):
        power = powers.lock(tx, power_id)
        if power is not None and power.status is PowerStatus.DRAFT:
            changed = powers.change(tx, power, status=after(Action.WITHDRAW, power.status), ended_at=tx.now)
            powers.wipe(tx, power.id)
            note_step(tx, changed, Action.WITHDRAW)
    powers.wipe_rejected(tx)
    powers.forget_uploads(tx)

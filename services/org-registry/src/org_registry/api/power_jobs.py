"""The port of the job that asks the scanner again (C27)."""

from __future__ import annotations

from chassis.clamd import Clamd, ScannerUnavailable
from chassis.telemetry import logger
from chassis.transaction import Database
from chassis.vault import CannotOpen
from org_registry.usecases import powers_upkeep
from org_registry.usecases.power_vault import PowerVault

log = logger(__name__)


def scan_documents(database: Database, scanner: Clamd, vault: PowerVault) -> int:
    """Scan what waits; returns how many answers there were. Stops where the scanner does not answer: they stay pending.

    A document is open in memory for one question, and no transaction waits for the scanner.
    """
    answered = 0
    with database.read() as tx:
        waiting = list(powers_upkeep.unscanned(tx))
    for document_id in waiting:
        try:
            with database.read() as tx:
                data = powers_upkeep.to_scan(tx, document_id, vault)
        except CannotOpen:
            log.exception("power-document-unreadable", document_id=str(document_id))
            continue
        if data is None:
            continue
        try:
            clean = scanner.is_clean(data)
        except ScannerUnavailable as error:
            log.warning("scanner-unavailable", reason=str(error), waiting=len(waiting) - answered)
            return answered
        with database.transaction() as tx:
            powers_upkeep.note_scan(tx, document_id, clean=clean)
        answered += 1
    return answered

"""The port of the job that asks Bolagsverket again about every signatory (D12)."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.telemetry import logger
from chassis.transaction import Database
from org_registry.api.bolagsverket_client import RegisterClient
from org_registry.domain.errors import RegisterUnavailable
from org_registry.domain.register import decide
from org_registry.usecases import signatories
from org_registry.usecases.vault import NumberVault

log = logger(__name__)


def recheck_signatories(
    database: Database, register: RegisterClient, vault: NumberVault, *, allow_day_to_day: bool
) -> int:
    """Ask about everybody who is due; returns how many answers were settled.

    At the first outage the rest of the batch is put off too: a register that is down is not asked twenty times.
    """
    settled = 0
    while True:
        with database.transaction() as tx:
            batch = signatories.claim_due(tx)
        if not batch:
            return settled
        for place, due in enumerate(batch):
            try:
                _recheck(database, register, vault, due, allow_day_to_day=allow_day_to_day)
            except RegisterUnavailable:
                _postpone(database, batch[place:])
                return settled
            except ValueError:
                # A number that cannot be opened (a key is gone) says nothing about the person.
                log.exception("signatory-number-unreadable", account_id=str(due.account_id))
                _postpone(database, [due])
            else:
                settled += 1


def _recheck(
    database: Database,
    register: RegisterClient,
    vault: NumberVault,
    due: signatories.DueRight,
    *,
    allow_day_to_day: bool,
) -> None:
    # Both numbers are in clear here, in memory, for one question.
    person = vault.open_person(due.organisation.index, due.person_id, due.number_sealed)
    answer = register.ask(person, vault.reveal(due.organisation))
    decision = decide(answer, allow_day_to_day=allow_day_to_day)
    with database.transaction() as tx:
        signatories.settle_right(tx, due, decision, vault, request_id=answer.request_id)


def _postpone(database: Database, late: Sequence[signatories.DueRight]) -> None:
    with database.transaction() as tx:
        for due in late:
            signatories.postpone(tx, due)

"""Rechecking the rights of signatories (D12). Claim, ask outside any transaction, settle under the account's lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import contracts.org_registry as told
from chassis.telemetry import logger
from chassis.transaction import Tx
from org_registry.domain.access import Account, RemovalReason, Role
from org_registry.domain.numbers import ProtectedNumber
from org_registry.domain.register import Decision
from org_registry.domain.signatories import RightStatus, Verdict, next_check, retry_at, weigh
from org_registry.store import accounts, memberships, signatories
from org_registry.usecases.companies import keep_evidence
from org_registry.usecases.memberships import end, ensure_signatory
from org_registry.usecases.vault import NumberVault

log = logger(__name__)

BATCH = 20
LEASE = timedelta(minutes=15)
"""Longer than a batch can take: each question is out of time after seconds."""


@dataclass(frozen=True, kw_only=True)
class DueRight:
    """A right to ask about; numbers stand here as they are stored."""

    account_id: UUID
    person_id: UUID
    organisation: ProtectedNumber
    number_sealed: bytes = field(repr=False)
    failures: int = 0


def claim_due(tx: Tx) -> Sequence[DueRight]:
    """A batch of rights whose time has come."""
    rows = signatories.claim_due(tx, limit=BATCH, lease=LEASE)
    return [
        DueRight(
            account_id=row.account_id,
            person_id=row.person_id,
            organisation=ProtectedNumber(index=bytes(row.number_index), sealed=bytes(row.organisation_sealed)),
            number_sealed=bytes(row.number_sealed),
            failures=row.failures,
        )
        for row in rows
    ]


def postpone(tx: Tx, due: DueRight) -> None:
    """The register did not answer, so nothing is decided (D11): ask again later, each time later."""
    failures = due.failures + 1
    signatories.postpone(tx, due.account_id, due.person_id, next_check_at=retry_at(tx.now, failures), failures=failures)
    log.warning("signatory-recheck-postponed", account_id=str(due.account_id), failures=failures)


def settle_right(tx: Tx, due: DueRight, decision: Decision, vault: NumberVault, *, request_id: str) -> None:
    """Keep the answer, and take or give back the signatory's role by it.

    Who else may sign is read under the account's lock. Raises ``ValueError`` where a number cannot be opened.
    """
    account = accounts.lock(tx, due.account_id)
    known = signatories.lock(tx, due.account_id, due.person_id)
    if account is None or known is None:
        return  # removed or left meanwhile: nobody is to ask about him
    keep_evidence(tx, number=due.organisation, request_id=request_id, decision=decision, person_id=due.person_id)
    able = {row.person_id: bytes(row.number_sealed) for row in signatories.able(tx, due.account_id)}
    able[due.person_id] = due.number_sealed
    verdict = weigh(
        decision, {vault.open_person(due.organisation.index, person, sealed) for person, sealed in able.items()}
    )
    lost_at = None if verdict.holds else known.lost_at or tx.now
    then = next_check(tx.now, lost_at)
    if then is None:
        signatories.forget(tx, due.account_id, due.person_id)
        return
    signatories.note_recheck(
        tx,
        due.account_id,
        due.person_id,
        standing=verdict.standing,
        status=RightStatus.HELD if verdict.holds else RightStatus.LOST,
        lost_at=lost_at,
        next_check_at=then,
    )
    if verdict.standing != known.standing:
        signatories.wake_others(tx, due.account_id, due.person_id)
    if verdict.holds and known.status == RightStatus.LOST:
        ensure_signatory(tx, account, due.person_id)
        log.info("signatory-restored", account_id=str(account.id), person_id=str(due.person_id))
    elif not verdict.holds and known.status == RightStatus.HELD:
        _suspend(tx, account, due.person_id, verdict)


def _suspend(tx: Tx, account: Account, person_id: UUID, verdict: Verdict) -> None:
    member = memberships.of_person(tx, account.id, person_id)
    if member is None or member.role is not Role.SIGNATORY or member.power_id is not None:
        return
    end(tx, member, RemovalReason.SIGNATORY_LOST)
    tx.emit(
        told.SignatoryLostV1(
            membership_id=member.id,
            account_id=account.id,
            person_id=person_id,
            reason=told.LossReason(verdict.loss.value),
            lost_at=tx.now,
        ),
        aggregate_id=member.id,
        version=member.version,
    )
    if not memberships.count_signatories(tx, account.id):
        log.warning("account-without-signatory", account_id=str(account.id))
    log.info("signatory-lost", account_id=str(account.id), person_id=str(person_id), reason=verdict.loss)

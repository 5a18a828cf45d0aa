"""Customer service suspends and resumes accounts (B12). The grant check sees it in the same commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import contracts.org_registry as told
from chassis.errors import Unauthenticated
from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.transaction import Tx
from org_registry.domain.errors import AccountNotFound
from org_registry.domain.suspensions import AccountSuspendedAlready, SuspensionNotFound, SuspensionReason
from org_registry.store import accounts, suspensions

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class SuspendAccount:
    """Nobody of the account is to have access; ``note`` is for customer service alone."""

    account_id: UUID
    reason: SuspensionReason
    note: str


@dataclass(frozen=True, kw_only=True)
class ResumeAccount:
    """Everybody is to have what he had."""

    note: str


@dataclass(frozen=True, kw_only=True)
class Suspension:
    """A suspension as staff see it."""

    id: UUID
    account_id: UUID
    reason: SuspensionReason
    note: str
    suspended_by: UUID
    suspended_at: datetime
    resume_note: str | None = None
    resumed_by: UUID | None = None
    resumed_at: datetime | None = None


def suspend_account(tx: Tx, cmd: SuspendAccount) -> Suspension:
    """Stop all access, from this commit on; raises ``AccountNotFound`` or ``AccountSuspendedAlready``."""
    by = _who(tx)
    account = accounts.lock(tx, cmd.account_id)
    if account is None or not account.is_open:
        raise AccountNotFound
    if account.suspended_at is not None:
        raise AccountSuspendedAlready
    made = Suspension(
        id=new_id(),
        account_id=account.id,
        reason=cmd.reason,
        note=cmd.note,
        suspended_by=by,
        suspended_at=tx.now,
    )
    suspensions.add(tx, **{name: getattr(made, name) for name in made.__dataclass_fields__})
    account.suspend(tx.now, cmd.reason)
    tx.emit(
        told.AccountSuspendedV1(
            account_id=account.id, reason=told.SuspensionReason(cmd.reason.value), suspended_at=tx.now
        ),
        aggregate_id=account.id,
        version=account.version,
    )
    tx.note(account_id=account.id, subject_id=made.id)
    log.info("account-suspended", account_id=str(account.id), by=str(by), reason=cmd.reason)
    return made


def resume_account(tx: Tx, suspension_id: UUID, cmd: ResumeAccount) -> Suspension:
    """Give everybody back what he had; raises ``SuspensionNotFound``."""
    by = _who(tx)
    row = suspensions.get(tx, suspension_id)
    account = accounts.lock(tx, row.account_id) if row else None
    if row is None or account is None or not suspensions.resume(tx, suspension_id, note=cmd.note, by=by):
        raise SuspensionNotFound
    account.resume()
    tx.emit(
        told.AccountResumedV1(account_id=account.id, resumed_at=tx.now),
        aggregate_id=account.id,
        version=account.version,
    )
    tx.note(account_id=account.id, subject_id=suspension_id)
    log.info("account-resumed", account_id=str(account.id), by=str(by))
    return replace(_shown(row), resume_note=cmd.note, resumed_by=by, resumed_at=tx.now)


def list_suspensions(tx: Tx, *, limit: int, page: int) -> tuple[Sequence[Suspension], int]:
    """All that were made, newest first."""
    rows, total = suspensions.page(tx, limit=limit, offset=(page - 1) * limit)
    return [_shown(row) for row in rows], total


def _shown(row: Any) -> Suspension:
    values = {name: getattr(row, name) for name in Suspension.__dataclass_fields__}
    return Suspension(**values | {"reason": SuspensionReason(row.reason)})


def _who(tx: Tx) -> UUID:
    if tx.principal is None or tx.principal.person_id is None:
        raise Unauthenticated
    return tx.principal.person_id

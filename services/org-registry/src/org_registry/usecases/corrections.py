"""Correcting a wrong link (K16): customer service says that a number is not this person's, or not this organisation's.

The facts of the billing system stay as they were told. A correction stands beside them, and holds for the one person
or organisation that it is about: when the billing system corrects itself, the right one is linked at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.errors import Unauthenticated
from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.transaction import Tx
from org_registry.domain.access import AccountKind
from org_registry.domain.errors import CustomerLinkNotFound, LinkCorrectionNotFound
from org_registry.store import accounts, corrections, customers
from org_registry.usecases.customers import settle

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class CorrectLink:
    """A customer number that does not belong to the account that has it."""

    customer_number: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class LiftCorrection:
    """The correction was wrong itself."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A correction as staff see it."""

    id: UUID
    customer_number: str
    account_id: UUID
    reason: str
    corrected_by: UUID
    corrected_at: datetime
    lift_reason: str | None = None
    lifted_by: UUID | None = None
    lifted_at: datetime | None = None


def correct_link(tx: Tx, cmd: CorrectLink) -> Correction:
    """Unlink the number from its account, now and until other facts come; raises ``CustomerLinkNotFound``."""
    by = _who(tx)
    customer = customers.lock_known(tx, cmd.customer_number)
    account = accounts.lock(tx, customer.account_id) if customer and customer.account_id else None
    if customer is None or account is None:
        raise CustomerLinkNotFound
    made = Correction(
        id=new_id(),
        customer_number=cmd.customer_number,
        account_id=account.id,
        reason=cmd.reason,
        corrected_by=by,
        corrected_at=tx.now,
    )
    private = account.kind is AccountKind.PRIVATE
    corrections.add(
        tx,
        **{name: getattr(made, name) for name in made.__dataclass_fields__},
        person_id=customer.person_id if private else None,
        organisation_id=None if private else customer.organisation_id,
    )
    settle(tx, cmd.customer_number)
    tx.note(account_id=account.id, subject_id=made.id, reason=cmd.reason)
    log.info("link-corrected", correction_id=str(made.id), account_id=str(account.id), by=str(by))
    return made


def lift_correction(tx: Tx, correction_id: UUID, cmd: LiftCorrection) -> Correction:
    """Let the facts hold again; raises ``LinkCorrectionNotFound``."""
    by = _who(tx)
    row = corrections.get(tx, correction_id)
    if row is None:
        raise LinkCorrectionNotFound
    customers.lock_known(tx, row.customer_number)
    if not corrections.lift(tx, correction_id, reason=cmd.reason, by=by):
        raise LinkCorrectionNotFound
    settle(tx, row.customer_number)
    tx.note(account_id=row.account_id, subject_id=correction_id, reason=cmd.reason)
    log.info("link-correction-lifted", correction_id=str(correction_id), by=str(by))
    return replace(_shown(row), lift_reason=cmd.reason, lifted_by=by, lifted_at=tx.now)


def list_corrections(tx: Tx, *, limit: int, page: int) -> tuple[Sequence[Correction], int]:
    """All that were made, newest first."""
    rows, total = corrections.page(tx, limit=limit, offset=(page - 1) * limit)
    return [_shown(row) for row in rows], total


def _shown(row: Any) -> Correction:
    return Correction(**{name: getattr(row, name) for name in Correction.__dataclass_fields__})


def _who(tx: Tx) -> UUID:
    if tx.principal is None or tx.principal.person_id is None:
        raise Unauthenticated
    return tx.principal.person_id

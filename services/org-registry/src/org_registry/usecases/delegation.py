"""What an approved invitation gives, after the last check (D4, D6, D22, C6, C7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import contracts.org_registry as told
from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.transaction import Tx
from org_registry.domain.access import (
    REFUSALS,
    Account,
    Delegation,
    Membership,
    RefusalReason,
    RemovalReason,
    Role,
    check_grant,
    local_date,
)
from org_registry.domain.errors import GrantNotHeld, GrantToMember
from org_registry.store import accounts, memberships
from org_registry.usecases.memberships import end, grant

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class GrantDelegation:
    """What an approved invitation asks for. ``services`` None means all."""

    invitation_id: UUID
    account_id: UUID
    inviter_id: UUID
    approver_id: UUID
    acceptor_id: UUID
    read_only: bool
    services: tuple[str, ...] | None
    ends_on: date | None


def grant_delegation(tx: Tx, cmd: GrantDelegation) -> Membership | None:
    """Give what was approved, after checking again that it may be given (D4, D6, D22, C6, C7).

    Returns None where nothing is given: the invitation has been answered before, or is refused now. A refusal is told,
    so that nobody goes on believing that the person was let in, and it is final: a late copy of the approval gives
    nothing either.
    """
    account = accounts.lock(tx, cmd.account_id)
    if memberships.invitation_used(tx, cmd.invitation_id) or memberships.refusal(tx, cmd.invitation_id):
        return None
    try:
        return let_in(tx, account, _wanted(cmd), invitation_id=cmd.invitation_id)
    except tuple(REFUSALS) as refused:
        _refuse(tx, cmd, REFUSALS[type(refused)])
        return None


def _refuse(tx: Tx, cmd: GrantDelegation, reason: RefusalReason) -> None:
    memberships.add_refusal(tx, cmd.invitation_id, reason)
    tx.emit(
        told.DelegationRefusedV1(
            invitation_id=cmd.invitation_id,
            account_id=cmd.account_id,
            acceptor_id=cmd.acceptor_id,
            reason=told.RefusalReason(reason.value),
            refused_at=tx.now,
        ),
        aggregate_id=cmd.invitation_id,
        version=1,
    )
    log.info("delegation-refused", invitation_id=str(cmd.invitation_id), reason=reason)


def let_in(tx: Tx, account: Account | None, wanted: Delegation, *, invitation_id: UUID | None = None) -> Membership:
    """Make the acceptor a delegate below the inviter, if that may be given now; the account is locked before.

    Raises what ``check_grant`` raises, or ``GrantToMember``.
    """
    if account is None or not account.is_open:
        raise GrantNotHeld
    today = local_date(tx.now)
    inviter = memberships.of_person(tx, account.id, wanted.inviter_id)
    check_grant(
        wanted, approver=memberships.of_person(tx, account.id, wanted.approver_id), inviter=inviter, today=today
    )
    present = memberships.of_person(tx, account.id, wanted.acceptor_id)
    if present is not None and present.is_active(today):
        raise GrantToMember
    if present is not None:
        end(tx, present, RemovalReason.EXPIRED)
    return grant(
        tx,
        Membership(
            id=new_id(),
            account_id=account.id,
            person_id=wanted.acceptor_id,
            role=Role.DELEGATE,
            granted_at=tx.now,
            read_only=wanted.read_only,
            services=None if wanted.services is None else tuple(sorted(wanted.services)),
            ends_on=wanted.ends_on,
            parent_id=inviter.id if inviter else None,
            granted_by=wanted.approver_id,
            invitation_id=invitation_id,
        ),
    )


def _wanted(cmd: GrantDelegation) -> Delegation:
    return Delegation(
        inviter_id=cmd.inviter_id,
        approver_id=cmd.approver_id,
        acceptor_id=cmd.acceptor_id,
        read_only=cmd.read_only,
        services=None if cmd.services is None else set(cmd.services),
        ends_on=cmd.ends_on,
    )

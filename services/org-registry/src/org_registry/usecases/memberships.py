"""Giving access and taking it away (D1, D2, D6, D22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import contracts.org_registry as told
from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.transaction import Tx
from org_registry.domain.access import (
    HOLDERS,
    Account,
    Delegation,
    Membership,
    RemovalReason,
    Role,
    check_grant,
    check_removal,
    local_date,
)
from org_registry.domain.errors import AccountNotFound, GrantNotHeld, MembershipNotFound
from org_registry.store import accounts, memberships

log = logger(__name__)
SWEEP = 100


@dataclass(frozen=True, kw_only=True)
class RemoveMembership:
    """End a membership; ``reason`` is a line for the record."""

    reason: str | None = None


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


def grant(tx: Tx, membership: Membership) -> Membership:
    """Keep a new membership and tell of it."""
    memberships.add(tx, membership)
    tell_granted(tx, membership, membership.granted_at)
    return membership


def tell_granted(tx: Tx, membership: Membership, at: datetime) -> None:
    """Tell the whole state of a membership."""
    tx.emit(
        told.MembershipGrantedV1(
            membership_id=membership.id,
            account_id=membership.account_id,
            person_id=membership.person_id,
            role=told.Role(membership.role.value),
            read_only=membership.read_only,
            services=membership.services or (),
            ends_on=membership.ends_on,
            granted_by=membership.granted_by,
            invitation_id=membership.invitation_id,
            granted_at=at,
        ),
        aggregate_id=membership.id,
        version=membership.version,
    )


def end(
    tx: Tx, membership: Membership, reason: RemovalReason, *, by: UUID | None = None, note: str | None = None
) -> None:
    """End a membership and tell of it. From this commit on the person has no access."""
    membership.end(tx.now, reason, by=by, note=note)
    tx.session.flush()  # the person's place is free for what follows in this transaction
    tx.emit(
        told.MembershipRemovedV1(
            membership_id=membership.id,
            account_id=membership.account_id,
            person_id=membership.person_id,
            role=told.Role(membership.role.value),
            removed_by=by,
            reason=told.RemovalReason(reason.value),
            removed_at=tx.now,
        ),
        aggregate_id=membership.id,
        version=membership.version,
    )


def ensure_owner(tx: Tx, account: Account, person_id: UUID) -> None:
    """Make the person the owner of a private account, the only one (T6).

    Where the billing system has corrected who the customer is, everybody whom the wrong person let in goes with him.
    """
    present = memberships.of_account(tx, account.id)
    if any(member.role is Role.OWNER and member.person_id == person_id for member in present):
        return
    for member in present:
        end(tx, member, RemovalReason.REMOVED, note="the account has another owner")
    grant(
        tx,
        Membership(id=new_id(), account_id=account.id, person_id=person_id, role=Role.OWNER, granted_at=tx.now),
    )


def ensure_signatory(tx: Tx, account: Account, person_id: UUID) -> None:
    """Make the person a signatory; one who already is stays as he is, a delegate becomes one (D9)."""
    member = memberships.of_person(tx, account.id, person_id)
    if member is None:
        grant(
            tx,
            Membership(
                id=new_id(),
                account_id=account.id,
                person_id=person_id,
                role=Role.SIGNATORY,
                granted_at=tx.now,
            ),
        )
    elif member.role not in HOLDERS:
        member.become_signatory()
        tell_granted(tx, member, tx.now)


def grant_delegation(tx: Tx, cmd: GrantDelegation) -> Membership | None:
    """Give what was approved, after checking again that it may be given (D4, D6, D22, C6, C7).

    Returns None where there is nothing to do: the invitation has been used, or the person is a member already.
    Raises ``GrantNotHeld``, ``GrantTooWide`` or ``GrantEnded``.
    """
    account = accounts.lock(tx, cmd.account_id)
    if account is None or not account.is_open:
        raise GrantNotHeld
    if memberships.invitation_used(tx, cmd.invitation_id):
        return None
    today = local_date(tx.now)
    inviter = memberships.of_person(tx, account.id, cmd.inviter_id)
    check_grant(
        Delegation(
            inviter_id=cmd.inviter_id,
            approver_id=cmd.approver_id,
            acceptor_id=cmd.acceptor_id,
            read_only=cmd.read_only,
            services=None if cmd.services is None else set(cmd.services),
            ends_on=cmd.ends_on,
        ),
        approver=memberships.of_person(tx, account.id, cmd.approver_id),
        inviter=inviter,
        today=today,
    )
    present = memberships.of_person(tx, account.id, cmd.acceptor_id)
    if present is not None and present.is_active(today):
        log.info("already-a-member", invitation_id=str(cmd.invitation_id), membership_id=str(present.id))
        return None
    if present is not None:
        end(tx, present, RemovalReason.EXPIRED)
    return grant(
        tx,
        Membership(
            id=new_id(),
            account_id=account.id,
            person_id=cmd.acceptor_id,
            role=Role.DELEGATE,
            granted_at=tx.now,
            read_only=cmd.read_only,
            services=cmd.services,
            ends_on=cmd.ends_on,
            parent_id=inviter.id if inviter else None,
            granted_by=cmd.approver_id,
            invitation_id=cmd.invitation_id,
        ),
    )


def remove_membership(tx: Tx, membership_id: UUID, cmd: RemoveMembership) -> None:
    """End a membership of the principal's account (T54, D1, D2); effective with the commit.

    Raises ``MembershipNotFound``, ``MembershipProtected`` or ``LastHolder``.
    """
    account_id, person_id = _who(tx)
    account = accounts.lock(tx, account_id)
    actor = memberships.of_person(tx, account_id, person_id) if account else None
    if actor is None or not actor.is_active(local_date(tx.now)):
        # He lost the right between the gateway's check and our lock (C7).
        raise MembershipNotFound
    target = memberships.get(tx, account_id, membership_id)
    if target is None:
        raise MembershipNotFound
    reason = check_removal(
        actor,
        target,
        in_branch=memberships.is_below(tx, target.id, actor.id),
        signatories=memberships.count_signatories(tx, account_id),
    )
    end(tx, target, reason, by=person_id, note=cmd.reason)
    log.info(
        "membership-removed", membership_id=str(target.id), by=str(person_id), account_id=str(account_id), reason=reason
    )


def list_memberships(tx: Tx, *, limit: int, page: int) -> tuple[Sequence[Any], int]:
    """Those that the principal may see: all for an owner or signatory, his own branch for a delegate (D1, T50)."""
    account_id, person_id = _who(tx)
    mine = accounts.one_of_person(tx, person_id, account_id)
    if mine is None:
        raise AccountNotFound
    below = None if mine.role in HOLDERS else mine.membership_id
    return memberships.page(tx, account_id, below=below, limit=limit, offset=(page - 1) * limit)


def expire_memberships(tx: Tx) -> int:
    """End a batch of those whose last day has passed; returns how many. Access has ended by itself at midnight."""
    ended = memberships.past_their_end(tx, limit=SWEEP)
    for membership in ended:
        end(tx, membership, RemovalReason.EXPIRED)
    return len(ended)


def _who(tx: Tx) -> tuple[UUID, UUID]:
    principal = tx.principal
    if principal is None or principal.account_id is None or principal.person_id is None:
        raise AccountNotFound
    return principal.account_id, principal.person_id

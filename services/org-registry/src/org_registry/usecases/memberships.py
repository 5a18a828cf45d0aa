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
from contracts.activities import Actor
from org_registry.domain.access import (
    HOLDERS,
    Account,
    Membership,
    RemovalReason,
    Role,
    check_removal,
    local_date,
)
from org_registry.domain.errors import AccountNotFound, MembershipNotFound
from org_registry.domain.suspensions import GrantSuspended
from org_registry.store import accounts, memberships, signatories, support
from org_registry.usecases.naming import names_of
from org_registry.usecases.vault import NumberVault

log = logger(__name__)
SWEEP = 100
GRANTED = ("Behörighet till kontot gavs", "Access to the account was given")
ENDED = {
    RemovalReason.REMOVED: ("En behörighet togs bort", "Access was taken away"),
    RemovalReason.LEFT: ("En behörighet lämnades", "Access was given up"),
    RemovalReason.EXPIRED: ("En behörighet gick ut", "Access expired"),
    RemovalReason.SIGNATORY_LOST: (
        "En behörighet upphörde: personen är inte längre firmatecknare",
        "Access ended: the person is no signatory any more",
    ),
    RemovalReason.ACCOUNT_CLOSED: ("Kontot stängdes", "The account was closed"),
}
"""What the activity log says of an end that nobody asked for."""


@dataclass(frozen=True, kw_only=True)
class RemoveMembership:
    """End a membership; ``reason`` is a line for the record."""

    reason: str | None = None


def grant(tx: Tx, membership: Membership) -> Membership:
    """Keep a new membership and tell of it."""
    memberships.add(tx, membership)
    tell_granted(tx, membership, membership.granted_at)
    _log(tx, membership, "grant_membership", GRANTED)
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
            power_of_attorney_id=membership.power_id,
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
    if membership.role is Role.SIGNATORY and reason is not RemovalReason.SIGNATORY_LOST:
        signatories.forget(tx, membership.account_id, membership.person_id)  # nobody asks about him again (D12)
    tx.emit(
        told.MembershipRemovedV1(
            membership_id=membership.id,
            account_id=membership.account_id,
            person_id=membership.person_id,
            role=told.Role(membership.role.value),
            removed_by=by,
            reason=told.RemovalReason(reason.value),
            removed_at=tx.now,
            let_in=memberships.count_below(tx, membership.id),
        ),
        aggregate_id=membership.id,
        version=membership.version,
    )
    _log(tx, membership, "end_membership", ENDED.get(reason, ENDED[RemovalReason.REMOVED]))


def _log(tx: Tx, membership: Membership, action: str, texts: tuple[str, str]) -> None:
    """What nobody did at this moment is the system's; a person's own request is told by its route (FC19)."""
    by = tx.principal.person_id if tx.principal else None
    if by is not None and "about_person_id" not in tx.noted:
        tx.note(account_id=membership.account_id, about_person_id=membership.person_id)
        return
    tx.record(  # the second and further ones of a person's request, too
        action,
        *texts,
        actor=Actor.PERSON if by else Actor.SYSTEM,
        person_id=by,
        account_id=membership.account_id,
        about_person_id=membership.person_id,
        subject_id=membership.id,
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
    elif member.role not in HOLDERS or member.power_id is not None:
        member.become_signatory()
        tell_granted(tx, member, tx.now)


def ensure_administrator(tx: Tx, account: Account, person_id: UUID, *, power_id: UUID, ends_on: date | None) -> UUID:
    """Make the person named in a power of attorney a signatory as long as it lasts; returns the membership (T34).

    A signatory by the register stays one: he needs no power, and its end does not touch him.
    """
    member = memberships.of_person(tx, account.id, person_id)
    if member is not None and not member.is_active(local_date(tx.now)):
        end(tx, member, RemovalReason.EXPIRED)
        member = None
    if member is None:
        given = Membership(
            id=new_id(),
            account_id=account.id,
            person_id=person_id,
            role=Role.SIGNATORY,
            granted_at=tx.now,
            ends_on=ends_on,
            power_id=power_id,
        )
        return grant(tx, given).id
    if member.role not in HOLDERS or member.power_id is not None:
        member.become_administrator(power_id, ends_on)
        tell_granted(tx, member, tx.now)
    return member.id


def remove_membership(tx: Tx, membership_id: UUID, cmd: RemoveMembership) -> None:
    """End a membership of the principal's account (T54, D1, D2); effective with the commit.

    Raises ``MembershipNotFound``, ``MembershipProtected``, ``LastHolder`` or ``GrantSuspended``.
    """
    account_id, person_id = _who(tx)
    account = accounts.lock(tx, account_id)
    actor = memberships.of_person(tx, account_id, person_id) if account else None
    if actor is None or not actor.is_active(local_date(tx.now)):
        # He lost the right between the gateway's check and our lock (C7).
        raise MembershipNotFound
    if account is not None and account.suspended_at is not None:
        raise GrantSuspended
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


def list_memberships(tx: Tx, vault: NumberVault, *, limit: int, page: int) -> tuple[Sequence[Any], int]:
    """Those that the principal may see, by name: all for an owner or signatory, his branch for a delegate (D1, T50).

    Customer service, let in to look, sees what the owner sees (FK9).
    """
    account_id, person_id = _who(tx)
    mine = accounts.one_of_person(tx, person_id, account_id)
    if mine is None and support.open_view(tx, person_id, account_id) is None:
        raise AccountNotFound
    if mine is not None and mine.suspended_at is not None:
        raise GrantSuspended
    below = None if mine is None or mine.role in HOLDERS else mine.membership_id
    rows, total = memberships.page(tx, account_id, below=below, limit=limit, offset=(page - 1) * limit)
    names = names_of(tx, vault, (row.person_id for row in rows))
    return [dict(row._mapping) | {"name": names.get(row.person_id)} for row in rows], total  # noqa: SLF001 - a row's own


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

"""Accounts and memberships: who may act, who may let others in and who may end it (D1, D2, D4, D6, D22)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.errors import DomainError, Forbidden
from org_registry.domain.errors import (
    GrantEnded,
    GrantNotHeld,
    GrantToMember,
    GrantTooWide,
    LastHolder,
    MembershipNotFound,
    MembershipProtected,
)
from org_registry.domain.suspensions import SuspensionReason

SWEDEN = ZoneInfo("Europe/Stockholm")


class AccountKind(StrEnum):
    """Whose account it is."""

    PRIVATE = "private"
    COMPANY = "company"


class AccountStatus(StrEnum):
    """Whether anybody may see it (D10)."""

    OPEN = "open"
    WAITING_COSIGNATORY = "waiting-cosignatory"


class Role(StrEnum):
    """In what capacity a person acts for an account (T41)."""

    OWNER = "owner"
    SIGNATORY = "signatory"
    DELEGATE = "delegate"


class RemovalReason(StrEnum):
    """Why a membership ended."""

    REMOVED = "removed"
    LEFT = "left"
    EXPIRED = "expired"
    SIGNATORY_LOST = "signatory-lost"
    ACCOUNT_CLOSED = "account-closed"


HOLDERS = frozenset({Role.OWNER, Role.SIGNATORY})
"""Those whose right does not come from another member: delegation cannot end it (D2)."""


def local_date(instant: datetime) -> date:
    """The date in Sweden; end dates are whole Swedish days."""
    return instant.astimezone(SWEDEN).date()


@dataclass(eq=False, kw_only=True)
class Account:
    """What a person logs in to. A private one belongs to a customer number, a company's to an organisation."""

    id: UUID
    kind: AccountKind
    display_name: str
    status: AccountStatus
    customer_number: str | None = None
    organisation_id: UUID | None = None
    opened_at: datetime | None = None
    suspended_at: datetime | None = None
    """Since when nobody has access, by decision of customer service (B12)."""
    suspension_reason: SuspensionReason | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it can be chosen."""
        return self.status is AccountStatus.OPEN

    def open(self, now: datetime) -> None:
        """The last signature needed is there (D10)."""
        self.status = AccountStatus.OPEN
        self.opened_at = now
        self.version += 1

    def suspend(self, now: datetime, reason: SuspensionReason) -> None:
        """Nobody has access any more (B12)."""
        self.suspended_at, self.suspension_reason = now, reason
        self.version += 1

    def resume(self) -> None:
        """Everybody has what he had."""
        self.suspended_at, self.suspension_reason = None, None
        self.version += 1


@dataclass(eq=False, kw_only=True)
class Membership:
    """One person's right to act for one account; the row stays when it has ended."""

    id: UUID
    account_id: UUID
    person_id: UUID
    role: Role
    granted_at: datetime
    read_only: bool = False
    services: tuple[str, ...] | None = None
    """Service areas; None means all (D22)."""
    ends_on: date | None = None
    """Last day, Swedish date."""
    parent_id: UUID | None = None
    """The inviter's membership: the branch of the delegation tree (D1)."""
    granted_by: UUID | None = None
    """The person who approved."""
    invitation_id: UUID | None = None
    removed_at: datetime | None = None
    removed_by: UUID | None = None
    removal_reason: RemovalReason | None = None
    removal_note: str | None = None
    power_id: UUID | None = None
    """The power of attorney that it comes from: a signatory whom the register does not know (T34)."""
    version: int = 1

    def is_active(self, today: date) -> bool:
        """Whether it gives access on ``today`` (Swedish date)."""
        return self.removed_at is None and (self.ends_on is None or self.ends_on >= today)

    def end(self, now: datetime, reason: RemovalReason, *, by: UUID | None = None, note: str | None = None) -> None:
        """End it; who did it and why stays in the row (D1)."""
        self.removed_at, self.removal_reason, self.removed_by, self.removal_note = now, reason, by, note
        self.version += 1

    def become_signatory(self) -> None:
        """A delegate whom the register knows as signatory: nothing narrows him any more (D9)."""
        self.role, self.read_only, self.services, self.ends_on = Role.SIGNATORY, False, None, None
        self.power_id = None
        self.version += 1

    def become_administrator(self, power_id: UUID, ends_on: date | None) -> None:
        """A member who is named in an approved power of attorney: a signatory as long as it lasts (T34, B-05)."""
        self.become_signatory()
        self.power_id, self.ends_on = power_id, ends_on


@dataclass(frozen=True, kw_only=True)
class Delegation:
    """What is to be granted."""

    inviter_id: UUID
    approver_id: UUID
    acceptor_id: UUID
    read_only: bool
    services: AbstractSet[str] | None
    ends_on: date | None


def check_grant(
    delegation: Delegation, *, approver: Membership | None, inviter: Membership | None, today: date
) -> None:
    """Raise unless the approver still holds the right (D4) and grants no more than he holds (D22, C6).

    The inviter must still belong to the account: what he began is void once he has lost it (D6).
    """
    if delegation.acceptor_id in {delegation.approver_id, delegation.inviter_id}:
        raise GrantNotHeld
    for member in (approver, inviter):
        if member is None or not member.is_active(today) or member.read_only:
            raise GrantNotHeld
    if approver is None or (approver.role not in HOLDERS and delegation.approver_id != delegation.inviter_id):
        raise GrantNotHeld
    if delegation.ends_on is not None and delegation.ends_on < today:
        raise GrantEnded(field="ends_on")
    if approver.services is not None and (
        delegation.services is None or not delegation.services <= set(approver.services)
    ):
        raise GrantTooWide
    if approver.ends_on is not None and (delegation.ends_on is None or delegation.ends_on > approver.ends_on):
        raise GrantTooWide


def shows_place(role: str, *, protected: bool) -> bool:
    """Whether a reader of this role is told where a private account is; a protected person's home is no other's."""
    return role == Role.OWNER or not protected


class RefusalReason(StrEnum):
    """Why an approved person was not let in."""

    NOT_HELD = "not-held"
    TOO_WIDE = "too-wide"
    ENDED = "ended"
    ALREADY_MEMBER = "already-member"


REFUSALS: dict[type[DomainError], RefusalReason] = {
    GrantNotHeld: RefusalReason.NOT_HELD,
    GrantTooWide: RefusalReason.TOO_WIDE,
    GrantEnded: RefusalReason.ENDED,
    GrantToMember: RefusalReason.ALREADY_MEMBER,
}
"""What ``check_grant`` raises, as it is told."""


def check_removal(actor: Membership, target: Membership, *, in_branch: bool, signatories: int) -> RemovalReason:
    """Say as what ``target`` ends when ``actor`` ends it, or raise why not (D1, D2).

    ``in_branch``: the target was invited by the actor, or by somebody whom he invited in turn.
    ``signatories``: how many the account has now.
    """
    if target.id == actor.id:
        if actor.role is Role.OWNER or (actor.role is Role.SIGNATORY and signatories <= 1):
            raise LastHolder
        return RemovalReason.LEFT
    if actor.read_only:
        raise Forbidden
    if target.role is Role.OWNER or (target.role is Role.SIGNATORY and actor.role is Role.DELEGATE):
        raise MembershipProtected
    if actor.role is Role.DELEGATE and not in_branch:
        raise MembershipNotFound
    return RemovalReason.REMOVED

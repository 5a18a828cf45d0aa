"""Events of org-registry, the one truth about who may act for which account."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from contracts.event import Event, event
from contracts.fields import CustomerNumber, ShortText


class AccountKind(StrEnum):
    """Whose account it is."""

    PRIVATE = "private"
    COMPANY = "company"


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


@event(
    "org-registry.account.opened.v1",
    consumers=("invitations", "billing", "metering", "notify"),
    aggregate="account",
    summary="An account exists and can be chosen at login.",
)
class AccountOpenedV1(Event, frozen=True, kw_only=True):
    """Private by agreement (T6) or company by signatory (T28)."""

    account_id: UUID
    kind: AccountKind
    display_name: ShortText
    opened_at: datetime


@event(
    "org-registry.account.linked.v1",
    consumers=("billing", "metering"),
    aggregate="customer",
    summary="A customer number of the billing system belongs to this account.",
)
class AccountLinkedV1(Event, frozen=True, kw_only=True):
    """Lets billing and metering find the account of what the billing system sends."""

    account_id: UUID
    customer_number: CustomerNumber


@event(
    "org-registry.membership.granted.v1",
    consumers=("invitations", "notify"),
    aggregate="membership",
    summary="A person may act for an account, from now.",
)
class MembershipGrantedV1(Event, frozen=True, kw_only=True):
    """The whole state of the membership. Empty ``services`` means all."""

    membership_id: UUID
    account_id: UUID
    person_id: UUID
    role: Role
    read_only: bool
    services: tuple[Annotated[str, Meta(max_length=30)], ...]
    ends_on: date | None
    granted_by: UUID | None
    invitation_id: UUID | None
    granted_at: datetime


@event(
    "org-registry.membership.removed.v1",
    consumers=("invitations", "notify"),
    aggregate="membership",
    summary="A person may no longer act for an account. Access ended in the same instant; this only tells.",
)
class MembershipRemovedV1(Event, frozen=True, kw_only=True):
    """Who ended it and why."""

    membership_id: UUID
    account_id: UUID
    person_id: UUID
    role: Role
    removed_by: UUID | None
    reason: RemovalReason
    removed_at: datetime

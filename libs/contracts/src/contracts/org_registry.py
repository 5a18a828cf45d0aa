"""Events of org-registry, the one truth about who may act for which account."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from contracts.event import Event, event
from contracts.fields import CustomerNumber, Locale, Sealed, ShortText


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
    power_of_attorney_id: UUID | None = None
    """The power of attorney that opened it, where it was one: its administrator is told by its decision (T40)."""


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


class UnlinkReason(StrEnum):
    """Why a customer number no longer belongs to an account."""

    MOVED = "moved"
    CORRECTED = "corrected"


@event(
    "org-registry.account.unlinked.v1",
    consumers=("billing", "metering"),
    aggregate="customer",
    summary="A customer number belongs to no account any more: show nothing of it, from now.",
)
class AccountUnlinkedV1(Event, frozen=True, kw_only=True):
    """Versions are those of ``account.linked``: the newest of both says whose the number is.

    A number that goes straight to another account has ``account.linked`` alone.
    """

    account_id: UUID
    """The account that had it."""
    customer_number: CustomerNumber
    reason: UnlinkReason


@event(
    "org-registry.membership.granted.v1",
    consumers=("invitations", "billing", "notify"),
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
    power_of_attorney_id: UUID | None = None
    """The power of attorney that gives the right, where it is one (T34)."""


@event(
    "org-registry.membership.removed.v1",
    consumers=("invitations", "billing", "notify"),
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
    let_in: int = 0
    """How many people whom the person has let in, or they in turn, keep their access (D6)."""


class SuspensionReason(StrEnum):
    """Why customer service has suspended an account."""

    CUSTOMER_REQUEST = "customer-request"
    SUSPECTED_MISUSE = "suspected-misuse"
    AUTHORITY_UNCLEAR = "authority-unclear"
    ORGANISATION_ENDED = "organisation-ended"
    OTHER = "other"


@event(
    "org-registry.account.suspended.v1",
    consumers=("billing", "notify"),
    aggregate="account",
    summary="Customer service has suspended an account. Access ended in the same instant; this only tells.",
)
class AccountSuspendedV1(Event, frozen=True, kw_only=True):
    """Memberships stay as they are, for the day that it is resumed (B12)."""

    account_id: UUID
    reason: SuspensionReason
    suspended_at: datetime


@event(
    "org-registry.account.resumed.v1",
    consumers=("billing", "notify"),
    aggregate="account",
    summary="A suspended account can be used again.",
)
class AccountResumedV1(Event, frozen=True, kw_only=True):
    """Everybody has what he had."""

    account_id: UUID
    resumed_at: datetime


@event(
    "org-registry.membership-review.opened.v1",
    consumers=("notify",),
    aggregate="review",
    summary="A year has passed: owner and signatories are asked whether the delegates are still right (B-08).",
)
class MembershipReviewOpenedV1(Event, frozen=True, kw_only=True):
    """Whom the account has let in is asked at the API, not told here."""

    review_id: UUID
    account_id: UUID
    opened_at: datetime


@event(
    "org-registry.membership-review.reminded.v1",
    consumers=("notify",),
    aggregate="review",
    summary="The yearly review has not been answered for a month: one reminder.",
)
class MembershipReviewRemindedV1(Event, frozen=True, kw_only=True):
    """Told once for a review."""

    review_id: UUID
    account_id: UUID
    reminded_at: datetime


class LossReason(StrEnum):
    """Why the register no longer makes somebody a signatory."""

    NOT_SIGNATORY = "not-signatory"
    NEEDS_COSIGNATORY = "needs-cosignatory"


@event(
    "org-registry.signatory.lost.v1",
    consumers=("notify",),
    aggregate="membership",
    summary="By the companies register a person is no signatory any more: the role is suspended, the account is not.",
)
class SignatoryLostV1(Event, frozen=True, kw_only=True):
    """Comes with ``membership.removed`` (``signatory-lost``); a right that comes back is ``membership.granted``."""

    membership_id: UUID
    account_id: UUID
    person_id: UUID
    reason: LossReason
    lost_at: datetime


class RefusalReason(StrEnum):
    """Why an approved person was not let in."""

    NOT_HELD = "not-held"
    TOO_WIDE = "too-wide"
    ENDED = "ended"
    ALREADY_MEMBER = "already-member"


@event(
    "org-registry.delegation.refused.v1",
    consumers=("invitations",),
    aggregate="invitation",
    summary="An approved invitation gave nothing: the right behind it had ended, or the person is a member already.",
)
class DelegationRefusedV1(Event, frozen=True, kw_only=True):
    """The answer to ``invitation.approved`` where it is no ``membership.granted``; final."""

    invitation_id: UUID
    account_id: UUID
    acceptor_id: UUID
    reason: RefusalReason
    refused_at: datetime


class PowerChannel(StrEnum):
    """How a power of attorney came."""

    DIGITAL = "digital"
    PAPER = "paper"


class PowerOutcome(StrEnum):
    """What customer service has made of a power of attorney."""

    APPROVED = "approved"
    REJECTED = "rejected"
    NEEDS_COMPLETION = "needs-completion"


@event(
    "org-registry.power-of-attorney.submitted.v1",
    consumers=("notify",),
    aggregate="power-of-attorney",
    summary="A power of attorney is in customer service's queue (D13). Whose it is is told by an opaque id.",
)
class PowerOfAttorneySubmittedV1(Event, frozen=True, kw_only=True):
    """``sealed_recipient`` opens to ``{"email": str}``. ``completed``: what was missing has come."""

    power_of_attorney_id: UUID
    person_id: UUID
    """The named administrator."""
    channel: PowerChannel
    completed: bool
    sealed_recipient: Sealed
    locale: Locale
    submitted_at: datetime


@event(
    "org-registry.power-of-attorney.decided.v1",
    consumers=("notify",),
    aggregate="power-of-attorney",
    summary="Customer service has decided on a power of attorney, or asks for more: the administrator is mailed (T40).",
)
class PowerOfAttorneyDecidedV1(Event, frozen=True, kw_only=True):
    """``sealed_recipient`` opens to ``{"email": str}``, the address that the administrator gave for it."""

    power_of_attorney_id: UUID
    person_id: UUID
    outcome: PowerOutcome
    account_id: UUID | None
    """The account that it gives the right to; only where approved."""
    sealed_recipient: Sealed
    locale: Locale
    decided_at: datetime


@event(
    "org-registry.support-view.opened.v1",
    consumers=("notify",),
    aggregate="support-view",
    summary="Customer service has begun to look at an account, by the customer's consent (B-22).",
)
class SupportViewOpenedV1(Event, frozen=True, kw_only=True):
    """Who looks and why stands in org-registry's list of consents and in the activity log, not here."""

    support_view_id: UUID
    account_id: UUID
    opened_at: datetime
    until: datetime


class AccessRequestOutcome(StrEnum):
    """What the account's people have answered to somebody who asked for access."""

    GRANTED = "granted"
    DENIED = "denied"


@event(
    "org-registry.access-request.received.v1",
    consumers=("notify",),
    aggregate="access-request",
    summary="Somebody asks for access to an account: those who may decide are told, at most three times a day (FC16).",
)
class AccessRequestReceivedV1(Event, frozen=True, kw_only=True):
    """Who asks, and with what message, is asked at the API, not told here. None is told of a number without account."""

    access_request_id: UUID
    account_id: UUID
    received_at: datetime


@event(
    "org-registry.access-request.decided.v1",
    consumers=("notify",),
    aggregate="access-request",
    summary="A request for access is granted or denied. What a grant gives is told by membership.granted.",
)
class AccessRequestDecidedV1(Event, frozen=True, kw_only=True):
    """Who asked, by an opaque id, is told of a denial; of a grant the membership tells him."""

    access_request_id: UUID
    account_id: UUID
    person_id: UUID
    outcome: AccessRequestOutcome
    decided_at: datetime

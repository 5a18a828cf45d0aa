"""Events of invitations: the life cycle only, the right itself is org-registry's."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from contracts.event import Event, event
from contracts.fields import Sealed


@event(
    "invitations.invitation.created.v1",
    consumers=("notify",),
    aggregate="invitation",
    summary="Somebody has been invited, or an invitation has been renewed: send the mail with the link (T46).",
)
class InvitationCreatedV1(Event, frozen=True, kw_only=True):
    """``sealed_recipient`` opens to ``{"email": str, "link": str}``; the token stands nowhere else."""

    invitation_id: UUID
    account_id: UUID
    inviter_id: UUID
    sealed_recipient: Sealed
    expires_at: datetime


@event(
    "invitations.invitation.accepted.v1",
    consumers=("notify",),
    aggregate="invitation",
    summary="The invited person has accepted: ask the inviter to approve (T51).",
)
class InvitationAcceptedV1(Event, frozen=True, kw_only=True):
    """No access yet; the approval must come before ``approve_before`` (D3)."""

    invitation_id: UUID
    account_id: UUID
    inviter_id: UUID
    acceptor_id: UUID
    accepted_at: datetime
    approve_before: datetime


@event(
    "invitations.invitation.approved.v1",
    consumers=("org-registry",),
    aggregate="invitation",
    summary="The person is approved: org-registry grants the membership (T53).",
)
class InvitationApprovedV1(Event, frozen=True, kw_only=True):
    """What was granted, no more than the approver holds (D22). Empty ``services`` means all."""

    invitation_id: UUID
    account_id: UUID
    inviter_id: UUID
    approver_id: UUID
    acceptor_id: UUID
    read_only: bool
    services: tuple[Annotated[str, Meta(max_length=30)], ...]
    ends_on: date | None
    approved_at: datetime
    sign_order_id: UUID | None = None
    """Where the approver signed it with BankID: identity keeps the proof under this id (FC14)."""


@event(
    "invitations.invitation.denied.v1",
    consumers=("notify",),
    aggregate="invitation",
    summary="The person who accepted was not approved.",
)
class InvitationDeniedV1(Event, frozen=True, kw_only=True):
    """Tell the acceptor, with no more than that."""

    invitation_id: UUID
    account_id: UUID
    acceptor_id: UUID
    denied_by: UUID
    denied_at: datetime


@event(
    "invitations.invitation.expired.v1",
    consumers=("notify",),
    aggregate="invitation",
    summary="72 hours passed without an answer (T47, D7), or 30 days without approval (D3).",
)
class InvitationExpiredV1(Event, frozen=True, kw_only=True):
    """The row stays and can be renewed."""

    invitation_id: UUID
    account_id: UUID
    inviter_id: UUID
    expired_at: datetime
    after_acceptance: bool


@event(
    "invitations.invitation.revoked.v1",
    consumers=("notify",),
    aggregate="invitation",
    summary="The invitation was taken back, or its inviter lost access (D6).",
)
class InvitationRevokedV1(Event, frozen=True, kw_only=True):
    """``revoked_by`` is empty where the system did it: the inviter has lost access (D6)."""

    invitation_id: UUID
    account_id: UUID
    revoked_by: UUID | None
    revoked_at: datetime
    inviter_id: UUID | None = None
    acceptor_id: UUID | None = None
    """Who had accepted; empty where nobody has."""


@event(
    "invitations.invitation.refused.v1",
    consumers=("notify",),
    aggregate="invitation",
    summary="The approved person was not let in after all: the right behind the invitation had ended meanwhile.",
)
class InvitationRefusedV1(Event, frozen=True, kw_only=True):
    """Tell the acceptor, the inviter and the approver."""

    invitation_id: UUID
    account_id: UUID
    inviter_id: UUID
    approver_id: UUID | None
    acceptor_id: UUID
    refused_at: datetime


@event(
    "invitations.invitation.declined.v1",
    consumers=("notify",),
    aggregate="invitation",
    summary="The invited person said no.",
)
class InvitationDeclinedV1(Event, frozen=True, kw_only=True):
    """Tell the inviter."""

    invitation_id: UUID
    account_id: UUID
    inviter_id: UUID
    declined_at: datetime

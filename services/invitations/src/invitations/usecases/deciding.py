"""Approve or deny the person who accepted (T51-T53, D3-D6)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.invitations import InvitationApprovedV1, InvitationDeniedV1
from invitations import store
from invitations.domain import (
    AcceptorIsMember,
    ApprovalSignatureRequired,
    Invitation,
    InviterLostAccess,
    check_grant,
)
from invitations.usecases.acting import Actor, acting, change, visible
from invitations.usecases.keys import Keys

log = logger(__name__)


def approve_invitation(tx: Tx, invitation_id: UUID, keys: Keys) -> Invitation:
    """Let the acceptor in. All rights are checked here and now; org-registry checks them again before it grants (D4).

    Raises ``InvitationNotFound``, ``InvitationNotAccepted``, ``InvitationApprovalExpired``, ``InvitationSettled``,
    ``ApproverIsAcceptor``, ``InviterLostAccess``, ``AcceptorIsMember``, ``InvitationTooWide`` or
    ``InvitationEndsInPast``; where the operator wants signatures ``ApprovalSignatureRequired`` (FC14).
    """
    actor = acting(tx, "members:approve")
    if keys.approvals_signed:
        visible(tx, actor, invitation_id)
        raise ApprovalSignatureRequired
    made = change(tx, lambda: visible(tx, actor, invitation_id), lambda before: check_approval(tx, actor, before))
    assert made.acceptor is not None  # noqa: S101 - an accepted one has an acceptor, for the type checker
    tx.note(about_person_id=made.acceptor.person_id)
    tell_approved(tx, made)
    log.info("invitation-approved", invitation_id=str(made.id), by=str(actor.person_id))
    return made


def check_approval(
    tx: Tx,
    actor: Actor,
    before: Invitation,
    *,
    sign_order_id: UUID | None = None,
    signed_at: datetime | None = None,
) -> Invitation:
    """The invitation as ``actor`` would approve it, with everybody concerned held still; raises why not (D3-D6)."""
    after = before.approve(actor.person_id, tx.now, sign_order_id=sign_order_id, signed_at=signed_at)
    inviter, acceptors = store.lock_members(
        tx,
        before.account_id,
        membership_id=before.inviter_membership_id,
        person_id=before.acceptor.person_id if before.acceptor else None,
    )
    if inviter is None or not inviter.may_invite(actor.today):
        raise InviterLostAccess
    if any(member.is_active(actor.today) for member in acceptors):
        raise AcceptorIsMember
    check_grant(before.grant, actor.held, actor.today)
    return after


def tell_approved(tx: Tx, made: Invitation) -> None:
    """Ask org-registry to let the acceptor in."""
    assert made.acceptor is not None  # noqa: S101 - as above
    assert made.decided_by is not None  # noqa: S101 - as above
    tx.emit(
        InvitationApprovedV1(
            invitation_id=made.id,
            account_id=made.account_id,
            inviter_id=made.inviter_id,
            approver_id=made.decided_by,
            acceptor_id=made.acceptor.person_id,
            read_only=made.grant.read_only,
            services=tuple(sorted(made.grant.services or ())),
            ends_on=made.grant.ends_on,
            approved_at=tx.now,
            sign_order_id=made.sign_order_id,
        ),
        aggregate_id=made.id,
        version=made.version,
    )


def deny_invitation(tx: Tx, invitation_id: UUID) -> Invitation:
    """Do not let the acceptor in; his name is erased (T52, C12).

    Raises ``InvitationNotFound``, ``InvitationNotAccepted``, ``InvitationApprovalExpired``, ``InvitationSettled`` or
    ``ApproverIsAcceptor``.
    """
    actor = acting(tx, "members:approve")
    made = change(
        tx,
        lambda: visible(tx, actor, invitation_id),
        lambda before: before.deny(actor.person_id, tx.now),
    )
    assert made.acceptor is not None  # noqa: S101 - as above
    tx.note(about_person_id=made.acceptor.person_id)
    tx.emit(
        InvitationDeniedV1(
            invitation_id=made.id,
            account_id=made.account_id,
            acceptor_id=made.acceptor.person_id,
            denied_by=actor.person_id,
            denied_at=tx.now,
        ),
        aggregate_id=made.id,
        version=made.version,
    )
    log.info("invitation-denied", invitation_id=str(made.id), by=str(actor.person_id))
    return made

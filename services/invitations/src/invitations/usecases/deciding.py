"""Approve or deny the person who accepted (T51-T53, D3-D6)."""

from __future__ import annotations

from uuid import UUID

from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.invitations import InvitationApprovedV1, InvitationDeniedV1
from invitations import store
from invitations.domain import AcceptorIsMember, Invitation, InviterLostAccess, check_grant
from invitations.usecases.acting import acting, change, visible

log = logger(__name__)


def approve_invitation(tx: Tx, invitation_id: UUID) -> Invitation:
    """Let the acceptor in. All rights are checked here and now; org-registry checks them again before it grants (D4).

    Raises ``InvitationNotFound``, ``InvitationNotAccepted``, ``InvitationApprovalExpired``, ``InvitationSettled``,
    ``ApproverIsAcceptor``, ``InviterLostAccess``, ``AcceptorIsMember``, ``InvitationTooWide`` or
    ``InvitationEndsInPast``.
    """
    actor = acting(tx, "members:approve")

    def decide(before: Invitation) -> Invitation:
        after = before.approve(actor.person_id, tx.now)
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

    made = change(tx, lambda: visible(tx, actor, invitation_id), decide)
    assert made.acceptor is not None  # noqa: S101 - an accepted one has an acceptor, for the type checker
    tx.note(about_person_id=made.acceptor.person_id)
    tx.emit(
        InvitationApprovedV1(
            invitation_id=made.id,
            account_id=made.account_id,
            inviter_id=made.inviter_id,
            approver_id=actor.person_id,
            acceptor_id=made.acceptor.person_id,
            read_only=made.grant.read_only,
            services=tuple(sorted(made.grant.services or ())),
            ends_on=made.grant.ends_on,
            approved_at=tx.now,
        ),
        aggregate_id=made.id,
        version=made.version,
    )
    log.info("invitation-approved", invitation_id=str(made.id), by=str(actor.person_id))
    return made


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

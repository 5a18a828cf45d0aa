"""What org-registry tells of accounts and memberships, and what it means for invitations (D6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.invitations import InvitationRefusedV1, InvitationRevokedV1
from invitations import store
from invitations.domain import Invitation, Member, Refusal, Role, Status

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class NoteAccount:
    """An account has been opened."""

    account_id: UUID
    opened_at: datetime
    display_name: str
    """What a signed approval calls it by (FC14)."""


@dataclass(frozen=True, kw_only=True)
class NoteMembership:
    """The whole state of a membership, as of ``version``."""

    member: Member
    invitation_id: UUID | None
    version: int


@dataclass(frozen=True, kw_only=True)
class EndMembership:
    """A membership has ended, for whatever reason."""

    membership_id: UUID
    account_id: UUID
    person_id: UUID
    role: Role
    removed_at: datetime


@dataclass(frozen=True, kw_only=True)
class RefuseGrant:
    """Org-registry has not let in whom we approved."""

    invitation_id: UUID
    reason: Refusal


def note_account(tx: Tx, cmd: NoteAccount) -> None:
    """From now on its members may invite."""
    store.put_account(tx, cmd.account_id, cmd.opened_at, cmd.display_name)


def note_membership(tx: Tx, cmd: NoteMembership) -> None:
    """Keep the newest state of a membership; one that has ended stays ended."""
    store.put_member(tx, cmd.member, invitation_id=cmd.invitation_id, version=cmd.version)
    store.forget_name_of_removed(tx, cmd.member.membership_id)


def hide_name(tx: Tx, person_id: UUID) -> None:
    """Erase the name that was kept for the approver: the person's identity is protected now (J9)."""
    store.hide_name(tx, person_id)


def end_membership(tx: Tx, cmd: EndMembership) -> None:
    """D6: what the person has sent by this membership, and what nobody has approved yet, is void at once.

    People whom he let in before stay. The row's lock makes an approval at the same moment come before or after this.
    """
    store.put_removal(tx, cmd.membership_id, cmd.account_id, cmd.person_id, cmd.role, cmd.removed_at)
    store.forget_name_of_removed(tx, cmd.membership_id)
    for before in store.open_of_membership(tx, cmd.membership_id):
        if before.status_at(tx.now) is not before.status:
            continue  # its time has run out: the job writes that down
        made = before.void(tx.now)
        store.replace(tx, before, made)  # the row is locked
        tell_revoked(tx, made)
        tx.record(
            "void_invitation",
            "En inbjudan föll: den som bjöd in har inte längre behörighet",
            "An invitation became void: who sent it has no access any more",
            account_id=made.account_id,
            subject_id=made.id,
        )
        log.info("invitation-void", invitation_id=str(made.id), membership_id=str(cmd.membership_id))


def refuse_grant(tx: Tx, cmd: RefuseGrant) -> None:
    """C7: the approval was made in good faith and came too late. Everybody who believes in it is told."""
    before = store.lock(tx, cmd.invitation_id)
    if before is None or before.status is not Status.APPROVED or before.acceptor is None:
        return
    made = before.refuse(cmd.reason, tx.now)
    store.replace(tx, before, made)  # the row is locked
    tx.emit(
        InvitationRefusedV1(
            invitation_id=made.id,
            account_id=made.account_id,
            inviter_id=made.inviter_id,
            approver_id=made.decided_by,
            acceptor_id=before.acceptor.person_id,
            refused_at=tx.now,
        ),
        aggregate_id=made.id,
        version=made.version,
    )
    log.info("invitation-grant-refused", invitation_id=str(made.id), reason=cmd.reason)


def tell_revoked(tx: Tx, made: Invitation) -> None:
    """Tell that an invitation is no more."""
    tx.emit(
        InvitationRevokedV1(
            invitation_id=made.id,
            account_id=made.account_id,
            revoked_by=made.decided_by,
            revoked_at=tx.now,
            inviter_id=made.inviter_id,
            acceptor_id=made.acceptor.person_id if made.acceptor else None,
        ),
        aggregate_id=made.id,
        version=made.version,
    )

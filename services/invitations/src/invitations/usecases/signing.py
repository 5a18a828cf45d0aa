"""An approval that is signed with BankID, and the proof kept by identity (FC14).

Ordering checks what approving checks (D3-D6), and so does the signature's coming: between the two anything may have
happened. What was signed is made again from the invitation then; if it is another document, nobody is let in by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import Conflict, DomainError
from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.activities import Actor as ActorKind
from contracts.fields import PROTECTED_NAME
from invitations import store
from invitations.domain import (
    HOLDERS,
    Invitation,
    InvitationNotAllowed,
    InvitationNotFound,
    Mandate,
    MandateChanged,
    MandateStatus,
    local_date,
    mandate,
)
from invitations.usecases.acting import Actor, acting, change, visible
from invitations.usecases.deciding import check_approval, tell_approved
from invitations.usecases.keys import Keys

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class WantedSignature:
    """What identity is to be asked for; or, where ``ordered`` is set, what it has been asked for already."""

    mandate: Mandate
    text: str
    ordered: bool


@dataclass(frozen=True, kw_only=True)
class Signed:
    """Identity has a signature of ours."""

    sign_order_id: UUID
    invitation_id: UUID
    person_id: UUID
    document_sha256: str
    signed_at: datetime


@dataclass(frozen=True, kw_only=True)
class NotSigned:
    """A signature of ours has ended without one; ``reason`` is identity's word."""

    sign_order_id: UUID
    reason: str
    failed_at: datetime


def want_signature(tx: Tx, invitation_id: UUID, keys: Keys) -> WantedSignature:
    """What the principal would sign to approve: an order that is open, or a new one. Nothing is stored yet.

    Raises as ``approve_invitation``.
    """
    actor = acting(tx, "members:approve")
    invitation = visible(tx, actor, invitation_id)
    check_approval(tx, actor, invitation)
    acceptor = invitation.acceptor
    assert acceptor is not None  # noqa: S101 - an accepted one has an acceptor, for the type checker
    document = mandate.document(invitation, actor.person_id)
    found = store.open_mandate(tx, invitation_id, actor.person_id)
    ordered = found is not None and found.can_be_signed(document, tx.now)
    name = keys.open_name(invitation.id, acceptor.sealed_name) if acceptor.sealed_name else None
    own = tx.principal.name if tx.principal else None
    text = mandate.text(
        invitation,
        acceptor_name=name,
        approver_name=None if own == PROTECTED_NAME["sv"] else own,
        account_name=store.account_name(tx, actor.account_id),
        english=tx.locale == "en",
    )
    if found is not None and ordered:
        return WantedSignature(mandate=found, text=text, ordered=True)
    made = Mandate(
        sign_order_id=new_id(),
        invitation_id=invitation.id,
        account_id=actor.account_id,
        approver_id=actor.person_id,
        approver_membership_id=actor.membership_id,
        acceptor_id=acceptor.person_id,
        document=document,
        status=MandateStatus.ORDERED,
        reason=None,
        ordered_at=tx.now,
        expires_at=tx.now,
        ended_at=None,
    )
    return WantedSignature(mandate=made, text=text, ordered=False)


def keep_order(tx: Tx, made: Mandate) -> tuple[Mandate, bool]:
    """Keep what identity has taken; returns the order to sign and whether it is this one.

    Of two that were ordered at once the first one stays, and nobody learns of the other.
    """
    before = store.open_mandate(tx, made.invitation_id, made.approver_id, locked=True)
    if before is not None:
        if before.can_be_signed(made.document, tx.now):
            return before, before.sign_order_id == made.sign_order_id
        store.end_mandate(tx, before.sign_order_id, MandateStatus.NOT_SIGNED, "replaced", tx.now)
    if not store.add_mandate(tx, made):
        raise Conflict
    log.info("approval-signature-ordered", invitation_id=str(made.invitation_id), sign_order_id=str(made.sign_order_id))
    return made, True


def orders_to_withdraw(tx: Tx, invitation_id: UUID) -> list[UUID]:
    """What nobody needs to sign any more once the invitation is decided by a click; raises as deciding does."""
    visible(tx, acting(tx, "members:approve"), invitation_id)
    return store.open_orders(tx, invitation_id)


def take_signature(tx: Tx, cmd: Signed) -> None:
    """Approve as whoever has signed, if that still holds; else write down why not, and leave the invitation as it is.

    A second telling finds the order ended and changes nothing.
    """
    found = store.lock_mandate(tx, cmd.sign_order_id)
    if found is None:
        # The account, or somebody in it, has been erased while the person was signing.
        log.warning("signature-of-nothing", sign_order_id=str(cmd.sign_order_id))
        return
    if found.status in {MandateStatus.SIGNED, MandateStatus.VOID}:
        return
    try:
        made = _approve(tx, found, cmd)
    except DomainError as error:
        if type(error) is Conflict:  # somebody else was first, too often: not an answer, try again
            raise
        store.end_mandate(tx, found.sign_order_id, MandateStatus.VOID, error.code, cmd.signed_at)
        log.info("signed-approval-void", invitation_id=str(found.invitation_id), reason=error.code)
        return
    store.end_mandate(tx, found.sign_order_id, MandateStatus.SIGNED, None, cmd.signed_at)
    tell_approved(tx, made)
    tx.record(
        "approve_invitation",
        "Godkände en inbjuden person och skrev under med BankID",
        "Approved an invited person and signed with BankID",
        account_id=made.account_id,
        actor=ActorKind.PERSON,
        person_id=found.approver_id,
        about_person_id=found.acceptor_id,
        subject_id=made.id,
    )
    log.info("invitation-approved", invitation_id=str(made.id), by=str(found.approver_id), signed=True)


def note_not_signed(tx: Tx, cmd: NotSigned) -> None:
    """The order is over: it can be ordered anew."""
    found = store.lock_mandate(tx, cmd.sign_order_id)
    if found is not None and found.status is MandateStatus.ORDERED:
        store.end_mandate(tx, found.sign_order_id, MandateStatus.NOT_SIGNED, cmd.reason, cmd.failed_at)
        log.info("approval-not-signed", invitation_id=str(found.invitation_id), reason=cmd.reason)


def _approve(tx: Tx, found: Mandate, cmd: Signed) -> Invitation:
    actor = _signer(tx, found)

    def read() -> Invitation:
        invitation = store.get(tx, found.account_id, found.invitation_id)
        if invitation is None or not actor.sees(invitation):
            raise InvitationNotFound
        return invitation

    def decide(before: Invitation) -> Invitation:
        after = check_approval(tx, actor, before, sign_order_id=found.sign_order_id, signed_at=cmd.signed_at)
        signed = (found.document, found.document_sha256, found.approver_id, found.invitation_id)
        holds = (mandate.document(before, actor.person_id), cmd.document_sha256, cmd.person_id, cmd.invitation_id)
        if signed != holds:
            raise MandateChanged
        return after

    return change(tx, read, decide)


def _signer(tx: Tx, found: Mandate) -> Actor:
    """Who has signed, with the rights of this moment by our own copy: no token comes with a signature (D4, C7)."""
    member = store.lock_member(tx, found.approver_membership_id)
    today = local_date(tx.now)
    if (
        member is None
        or (member.account_id, member.person_id) != (found.account_id, found.approver_id)
        or not member.may_invite(today)
    ):
        raise InvitationNotAllowed
    return Actor(
        person_id=member.person_id,
        account_id=member.account_id,
        membership_id=member.membership_id,
        held=member.held,
        sees_all=member.role in HOLDERS,
        today=today,
    )

"""What the person with the link can do: look, accept, decline (T46-T48, B-24)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import Forbidden
from chassis.mailed_links import token_hash
from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.fields import PROTECTED_NAME
from contracts.invitations import InvitationAcceptedV1, InvitationDeclinedV1
from invitations import store
from invitations.domain import (
    Acceptor,
    AcceptorNotVerified,
    Invitation,
    InvitationAlreadyMember,
    InvitationNotFound,
    InvitationReplaced,
    InvitationRevoked,
    Status,
    local_date,
)
from invitations.usecases.acting import change
from invitations.usecases.keys import Keys

log = logger(__name__)

AFTER_ACCEPTANCE = frozenset({Status.APPROVED, Status.GRANT_REFUSED, Status.DENIED, Status.APPROVAL_EXPIRED})


@dataclass(frozen=True, kw_only=True)
class Link:
    """The secret of a link, as the page posts it."""

    token: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a link says of its invitation, whoever holds it: nothing of account, inviter or address (C12)."""

    status: Status
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """Accepted, and until when somebody must approve (D3)."""

    status: Status
    accepted_at: datetime
    approve_before: datetime


def look_up(tx: Tx, cmd: Link) -> Seen:
    """State and deadline; raises ``InvitationNotFound`` or ``InvitationReplaced``.

    What was decided after the acceptance is between inviter and acceptor: here it stays "accepted".
    """
    found = _by_link(tx, cmd)
    status = found.status_at(tx.now)
    return Seen(status=Status.ACCEPTED if status in AFTER_ACCEPTANCE else status, expires_at=found.expires_at)


def binding_to_check(tx: Tx, cmd: Link) -> UUID | None:
    """What identity is to be asked about before the link is accepted; None where nobody in particular is meant."""
    found = store.by_link(tx, token_hash(cmd.token))
    if found is None:
        return None
    invitation, newest = found
    return invitation.person_binding if newest and invitation.status_at(tx.now) is Status.SENT else None


def accept_invitation(tx: Tx, cmd: Link, keys: Keys, *, is_meant: bool = False) -> Acceptance:
    """Bind the invitation to the person who is logged in (T51). Gives no access: the approval does (D4).

    ``is_meant``: identity has said that the person is the one whose personal number the inviter gave (FC2).
    Raises what has become of the link (B-24), ``InvitationOwn``, ``InvitationForSomebodyElse``,
    ``InvitationAlreadyMember`` or ``AcceptorNotVerified``.
    """
    principal = tx.principal
    if principal is None or principal.person_id is None:
        raise Forbidden
    person_id, name, birth_year = principal.person_id, principal.name, principal.birth_year
    if not name or birth_year is None:
        raise AcceptorNotVerified

    def decide(before: Invitation) -> Invitation:
        before.check_link(person_id, tx.now)
        before.check_person(is_meant=is_meant)
        # A protected person's name is not even kept (J9): the year alone says that there was one.
        sealed = None if name == PROTECTED_NAME["sv"] else keys.seal_name(before.id, name)
        acceptor = Acceptor(person_id=person_id, sealed_name=sealed, birth_year=birth_year)
        today = local_date(tx.now)
        inviter, own = store.lock_members(
            tx, before.account_id, membership_id=before.inviter_membership_id, person_id=person_id
        )
        if inviter is None or not inviter.may_invite(today):
            # D6, before the event of it has come or the sweep has been: the last day may have passed at midnight.
            raise InvitationRevoked
        if any(member.is_active(today) for member in own):
            raise InvitationAlreadyMember
        return before.accept(acceptor, tx.now, is_meant=is_meant)

    made = change(tx, lambda: _by_link(tx, cmd), decide)
    assert made.accepted_at is not None  # noqa: S101 - for the type checker
    assert made.approve_before is not None  # noqa: S101 - for the type checker
    tx.emit(
        InvitationAcceptedV1(
            invitation_id=made.id,
            account_id=made.account_id,
            inviter_id=made.inviter_id,
            acceptor_id=person_id,
            accepted_at=made.accepted_at,
            approve_before=made.approve_before,
        ),
        aggregate_id=made.id,
        version=made.version,
    )
    tx.note(account_id=made.account_id, subject_id=made.id)
    log.info("invitation-accepted", invitation_id=str(made.id), by=str(person_id))
    return Acceptance(status=made.status, accepted_at=made.accepted_at, approve_before=made.approve_before)


def decline_invitation(tx: Tx, cmd: Link) -> Seen:
    """Say no; the link is enough: whoever was invited by mistake may have no BankID. Raises as the link is (B-24)."""
    made = change(tx, lambda: _by_link(tx, cmd), lambda before: before.decline(tx.now))
    tx.emit(
        InvitationDeclinedV1(
            invitation_id=made.id, account_id=made.account_id, inviter_id=made.inviter_id, declined_at=tx.now
        ),
        aggregate_id=made.id,
        version=made.version,
    )
    # The link is all that is known of who it was.
    tx.record(
        "decline_invitation",
        "Den inbjudna tackade nej",
        "The invited person declined",
        account_id=made.account_id,
        subject_id=made.id,
    )
    log.info("invitation-declined", invitation_id=str(made.id))
    return Seen(status=made.status, expires_at=made.expires_at)


def _by_link(tx: Tx, cmd: Link) -> Invitation:
    found = store.by_link(tx, token_hash(cmd.token))
    if found is None:
        raise InvitationNotFound
    invitation, newest = found
    if not newest:
        raise InvitationReplaced
    return invitation

"""Invite, renew, take back (T41-T48, D7)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from chassis.ids import new_id
from chassis.mailed_links import masked
from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.invitations import InvitationCreatedV1
from invitations import store
from invitations.domain import (
    Grant,
    Invitation,
    InvitationAccountLimit,
    InvitationAddressLimit,
    InvitationNotAllowed,
    InviterLostAccess,
    check_grant,
)
from invitations.usecases.acting import Actor, acting, change, visible
from invitations.usecases.housekeeping import lapse
from invitations.usecases.keys import Keys
from invitations.usecases.telling import tell_revoked

log = logger(__name__)

DAY = timedelta(hours=24)
"""The limits look back so far, from any moment."""
PER_ACCOUNT = 20
PER_ADDRESS = 3


@dataclass(frozen=True, kw_only=True)
class Invite:
    """Invite whoever reads ``email`` (T44: an address is enough). None is as wide as the inviter holds it himself."""

    email: str
    read_only: bool = False
    services: frozenset[str] | None = None
    ends_on: date | None = None
    person_binding: UUID | None = None
    """What identity gave for the personal number of the only person who can accept (FC2)."""


def invite(tx: Tx, cmd: Invite, keys: Keys) -> Invitation:
    """Send an invitation (T46).

    Raises ``InvitationNotAllowed``, ``InvitationTooWide``, ``InvitationEndsInPast``, ``InvitationAlreadyOpen``,
    ``InvitationAccountLimit`` or ``InvitationAddressLimit``.
    """
    actor = acting(tx, "members:invite", lost=InvitationNotAllowed)
    grant = Grant(
        read_only=cmd.read_only,
        services=actor.held.services if cmd.services is None else cmd.services,
        ends_on=actor.held.ends_on if cmd.ends_on is None else cmd.ends_on,
    )
    check_grant(grant, actor.held, actor.today)
    address_hash = keys.mailbox_hash(cmd.email)
    _count(tx, actor, address_hash)
    for overdue in store.overdue_to_mailbox(tx, actor.account_id, actor.person_id, address_hash):
        # T48: an invitation that has run out is no reason to refuse a new one, even if no job has seen it yet.
        lapse(tx, overdue)
    invitation_id = new_id()
    hashed, sealed = keys.new_link(cmd.email)
    made = Invitation.issue(
        now=tx.now,
        id=invitation_id,
        account_id=actor.account_id,
        inviter_id=actor.person_id,
        inviter_membership_id=actor.membership_id,
        address_masked=masked(cmd.email),
        address_sealed=keys.seal_address(invitation_id, cmd.email),
        address_hash=address_hash,
        grant=grant,
        token_hash=hashed,
        person_binding=cmd.person_binding,
    )
    store.add(tx, made)
    _send(tx, made, actor, address_hash, sealed)
    log.info("invitation-sent", invitation_id=str(made.id), account_id=str(made.account_id), by=str(actor.person_id))
    return made


def renew_invitation(tx: Tx, invitation_id: UUID, keys: Keys) -> Invitation:
    """A new link for another 72 hours, to the same address; the old link is dead (D7).

    Raises ``InvitationNotFound``, ``InvitationAwaitsDecision``, ``InvitationSettled``, ``InviterLostAccess``,
    ``InvitationTooWide``, ``InvitationEndsInPast``, ``InvitationAddressForgotten``, ``InvitationAlreadyOpen`` or
    a limit's error.
    """
    actor = acting(tx, "members:invite")
    letter, address_hash = "", b""

    def decide(before: Invitation) -> Invitation:
        nonlocal letter, address_hash
        sealed, address_hash = before.renewable_address(tx.now)
        check_inviter(tx, before, actor.today)
        check_grant(before.grant, actor.held, actor.today)
        _count(tx, actor, address_hash)
        hashed, letter = keys.new_link(keys.open_address(before.id, sealed))
        return before.renew(hashed, tx.now)

    made = change(tx, lambda: visible(tx, actor, invitation_id), decide)
    _send(tx, made, actor, address_hash, letter)
    log.info("invitation-renewed", invitation_id=str(made.id), by=str(actor.person_id))
    return made


def revoke_invitation(tx: Tx, invitation_id: UUID) -> None:
    """Take back an invitation that nobody has accepted.

    Raises ``InvitationNotFound``, ``InvitationAwaitsDecision``, ``InvitationNotOpen`` or ``InvitationSettled``.
    """
    actor = acting(tx, "members:invite")
    made = change(
        tx,
        lambda: visible(tx, actor, invitation_id),
        lambda before: before.revoke(actor.person_id, tx.now),
    )
    tell_revoked(tx, made)
    log.info("invitation-revoked", invitation_id=str(made.id), by=str(actor.person_id))


def bound_of(tx: Tx, invitation_id: UUID) -> tuple[UUID, UUID] | None:
    """Binding and inviter of an invitation of the own account; None where it is bound to nobody, or is not there."""
    principal = tx.principal
    found = store.get(tx, principal.account_id, invitation_id) if principal and principal.account_id else None
    return (found.person_binding, found.inviter_id) if found and found.person_binding else None


def check_inviter(tx: Tx, invitation: Invitation, today: date) -> None:
    """Raise ``InviterLostAccess`` unless the inviter may still invite by the membership that he invited by (D6)."""
    inviter = store.lock_member(tx, invitation.inviter_membership_id)
    if inviter is None or not inviter.may_invite(today):
        raise InviterLostAccess


def _send(tx: Tx, made: Invitation, actor: Actor, address_hash: bytes, sealed_recipient: str) -> None:
    store.note_sending(tx, made, address_hash=address_hash, sent_by=actor.person_id)
    tx.emit(
        InvitationCreatedV1(
            invitation_id=made.id,
            account_id=made.account_id,
            inviter_id=made.inviter_id,
            sealed_recipient=sealed_recipient,
            expires_at=made.expires_at,
        ),
        aggregate_id=made.id,
        version=made.version,
    )


def _count(tx: Tx, actor: Actor, address_hash: bytes) -> None:
    """Refuse what would make us a spam cannon (C28); a renewal is a mail like any other.

    The mailbox's limit counts over all accounts, for it protects whoever reads the mailbox. That somebody else has
    written to it today can be told from a refusal; that is the smaller harm.
    """
    store.lock_sending(tx, actor.account_id, address_hash)
    latest = store.nth_newest_sending(tx, PER_ACCOUNT, DAY, account_id=actor.account_id)
    if latest is not None:
        raise InvitationAccountLimit(retry_after=math.ceil((latest + DAY - tx.now).total_seconds()), limit=PER_ACCOUNT)
    latest = store.nth_newest_sending(tx, PER_ADDRESS, DAY, address_hash=address_hash)
    if latest is not None:
        raise InvitationAddressLimit(retry_after=math.ceil((latest + DAY - tx.now).total_seconds()), limit=PER_ADDRESS)

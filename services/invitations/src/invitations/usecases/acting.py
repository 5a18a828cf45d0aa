"""Who is acting, with what rights, in this very transaction (D4, C7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.errors import Conflict, DomainError, Forbidden
from chassis.transaction import Tx
from invitations import store
from invitations.domain import (
    HOLDERS,
    Grant,
    Invitation,
    InvitationMembershipPending,
    InvitationNotAllowed,
    InvitationNotFound,
    local_date,
)

TRIES = 5
"""How often a change is decided anew because somebody else was first. Each loss is somebody else's success."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A member of the account, held still until the transaction ends."""

    person_id: UUID
    account_id: UUID
    membership_id: UUID
    held: Grant
    """What both the token and our own copy give; who holds less in either holds less."""
    sees_all: bool
    """Owner or signatory, in both (D1, T50)."""
    today: date

    def sees(self, invitation: Invitation) -> bool:
        """T50: a delegate sees his own invitations, owners and signatories see all."""
        return self.sees_all or invitation.inviter_id == self.person_id


def acting(tx: Tx, scope: str, *, lost: type[DomainError] = InvitationNotFound) -> Actor:
    """The principal with his rights, or ``lost`` where he has none (any longer).

    The membership row is locked against its end: an approval and a removal at the same time come one after the other.
    Raises ``InvitationMembershipPending`` where the gateway knows a membership that we have not been told of yet.
    """
    principal = tx.principal
    if principal is None or principal.person_id is None or principal.account_id is None:
        raise Forbidden
    if principal.membership_id is None or scope not in principal.scopes:
        raise InvitationNotAllowed
    member = store.lock_member(tx, principal.membership_id)
    if member is None or not store.is_open(tx, principal.account_id):
        raise InvitationMembershipPending(retry_after=1)
    today = local_date(tx.now)
    belongs = member.account_id == principal.account_id and member.person_id == principal.person_id
    if not belongs or not member.may_invite(today) or principal.read_only:
        raise lost
    return Actor(
        person_id=principal.person_id,
        account_id=principal.account_id,
        membership_id=member.membership_id,
        held=member.held.both(Grant(services=principal.services)),
        sees_all=member.role in HOLDERS and principal.role in HOLDERS,
        today=today,
    )


def visible(tx: Tx, actor: Actor, invitation_id: UUID) -> Invitation:
    """The invitation; raises ``InvitationNotFound`` where it is unknown, another account's or not his to see."""
    found = store.get(tx, actor.account_id, invitation_id)
    if found is None or not actor.sees(found):
        raise InvitationNotFound
    return found


def change(tx: Tx, read: Callable[[], Invitation], decide: Callable[[Invitation], Invitation]) -> Invitation:
    """Read, decide, keep; anew where somebody else was first, so that the refusal says what he did (B-24)."""
    for _ in range(TRIES):
        before = read()
        after = decide(before)
        if store.replace(tx, before, after):
            return after
    raise Conflict

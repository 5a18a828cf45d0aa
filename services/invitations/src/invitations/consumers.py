"""Events that invitations takes: who may act for which account. Each is a fact with a version, so any order will do."""

from __future__ import annotations

from chassis.privacy import takes_part
from chassis.subscriptions import Meta, Subscriptions, on
from chassis.transaction import Tx
from contracts.identity import PersonNamedV1
from contracts.org_registry import (
    AccountOpenedV1,
    DelegationRefusedV1,
    MembershipGrantedV1,
    MembershipRemovedV1,
)
from invitations import usecases
from invitations.domain import Grant, Member, Refusal, Role
from invitations.usecases.privacy import PRIVACY


def account_opened(tx: Tx, event: AccountOpenedV1, _meta: Meta) -> None:
    """The account exists; its kind and name are nobody's business here."""
    usecases.note_account(tx, usecases.NoteAccount(account_id=event.account_id, opened_at=event.opened_at))


def membership_granted(tx: Tx, event: MembershipGrantedV1, meta: Meta) -> None:
    """Somebody may act for an account, with these rights."""
    usecases.note_membership(
        tx,
        usecases.NoteMembership(
            member=Member(
                membership_id=event.membership_id,
                account_id=event.account_id,
                person_id=event.person_id,
                role=Role(event.role.value),
                held=Grant(
                    read_only=event.read_only,
                    services=frozenset(event.services) if event.services else None,
                    ends_on=event.ends_on,
                ),
            ),
            invitation_id=event.invitation_id,
            version=meta.version,
        ),
    )


def membership_removed(tx: Tx, event: MembershipRemovedV1, _meta: Meta) -> None:
    """Somebody may not any longer: what he had open is void (D6)."""
    usecases.end_membership(
        tx,
        usecases.EndMembership(
            membership_id=event.membership_id,
            account_id=event.account_id,
            person_id=event.person_id,
            role=Role(event.role.value),
            removed_at=event.removed_at,
        ),
    )


def delegation_refused(tx: Tx, event: DelegationRefusedV1, _meta: Meta) -> None:
    """Whom we approved was not let in (C7)."""
    usecases.refuse_grant(
        tx, usecases.RefuseGrant(invitation_id=event.invitation_id, reason=Refusal(event.reason.value))
    )


def person_named(tx: Tx, event: PersonNamedV1, _meta: Meta) -> None:
    """A person's identity has become protected: the name that was kept for the approver goes (J9)."""
    if event.protected_identity:
        usecases.hide_name(tx, event.person_id)


# None is ordered by the inbox: an end that overtakes its grant must be kept, and the late grant's facts still count.
SUBSCRIPTIONS = Subscriptions(
    on(AccountOpenedV1, account_opened),
    on(MembershipGrantedV1, membership_granted),
    on(MembershipRemovedV1, membership_removed),
    on(DelegationRefusedV1, delegation_refused),
    on(PersonNamedV1, person_named),
    takes_part(PRIVACY),
    service="invitations",
)

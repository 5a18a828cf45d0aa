"""Events that invitations takes: who may act for which account. Each is a fact with a version, so any order will do."""

from __future__ import annotations

from chassis.privacy import takes_part
from chassis.subscriptions import Meta, Subscriptions, on
from chassis.transaction import Tx
from contracts.identity import PersonNamedV1, SignatureCompletedV1, SignatureFailedV1
from contracts.org_registry import (
    AccountOpenedV1,
    DelegationRefusedV1,
    MembershipGrantedV1,
    MembershipRemovedV1,
)
from invitations import usecases
from invitations.domain import Grant, Member, Refusal, Role
from invitations.domain.mandate import PURPOSE
from invitations.usecases.privacy import PRIVACY

OURS = ("invitations", PURPOSE)
"""Who ordered a signature of ours, and what for."""


def account_opened(tx: Tx, event: AccountOpenedV1, _meta: Meta) -> None:
    """The account exists; its kind is nobody's business here, its name stands in what approvers sign (FC14)."""
    usecases.note_account(
        tx,
        usecases.NoteAccount(account_id=event.account_id, opened_at=event.opened_at, display_name=event.display_name),
    )


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


def signature_completed(tx: Tx, event: SignatureCompletedV1, _meta: Meta) -> None:
    """Somebody has signed; an approval of ours, perhaps (FC14)."""
    if (event.requested_by, event.purpose) == OURS:
        usecases.take_signature(
            tx,
            usecases.Signed(
                sign_order_id=event.sign_order_id,
                invitation_id=event.subject_id,
                person_id=event.person_id,
                document_sha256=event.document_sha256,
                signed_at=event.signed_at,
            ),
        )


def signature_failed(tx: Tx, event: SignatureFailedV1, _meta: Meta) -> None:
    """Something was not signed; an approval of ours, perhaps (FC14)."""
    if (event.requested_by, event.purpose) == OURS:
        usecases.note_not_signed(
            tx,
            usecases.NotSigned(sign_order_id=event.sign_order_id, reason=event.reason.value, failed_at=event.failed_at),
        )


# None is ordered by the inbox: an end that overtakes its grant must be kept, and the late grant's facts still count.
SUBSCRIPTIONS = Subscriptions(
    on(AccountOpenedV1, account_opened),
    on(MembershipGrantedV1, membership_granted),
    on(MembershipRemovedV1, membership_removed),
    on(DelegationRefusedV1, delegation_refused),
    on(PersonNamedV1, person_named),
    on(SignatureCompletedV1, signature_completed),
    on(SignatureFailedV1, signature_failed),
    takes_part(PRIVACY),
    service="invitations",
)

"""Events about who may act for an account that are more than a grant or its end (D6, D12, B-08, B12)."""

from __future__ import annotations

from uuid import UUID

from chassis.subscriptions import Meta
from chassis.transaction import Tx
from contracts.invitations import InvitationRefusedV1
from contracts.org_registry import (
    AccessRequestDecidedV1,
    AccessRequestOutcome,
    AccessRequestReceivedV1,
    AccountResumedV1,
    AccountSuspendedV1,
    MembershipReviewOpenedV1,
    MembershipReviewRemindedV1,
    SignatoryLostV1,
)
from notify.usecases import asking, inviting, people, telling


def account_suspended(tx: Tx, event: AccountSuspendedV1, meta: Meta) -> None:
    """Tell the account's people that nobody can use it (B12)."""
    _state_of_account(tx, meta, "account-suspended", event.account_id)


def account_resumed(tx: Tx, event: AccountResumedV1, meta: Meta) -> None:
    """Tell the account's people that it can be used again."""
    _state_of_account(tx, meta, "account-resumed", event.account_id)


def _state_of_account(tx: Tx, meta: Meta, template: str, account_id: UUID) -> None:
    telling.tell_account(tx, telling.TellAccount(event_id=meta.event_id, template=template, account_id=account_id))


def review_opened(tx: Tx, event: MembershipReviewOpenedV1, meta: Meta) -> None:
    """Ask those who answer for the account whether its delegates are still right (B-08)."""
    people.ask_for_review(
        tx, people.AskForReview(event_id=meta.event_id, account_id=event.account_id, template="review-opened")
    )


def review_reminded(tx: Tx, event: MembershipReviewRemindedV1, meta: Meta) -> None:
    """Ask once more."""
    people.ask_for_review(
        tx, people.AskForReview(event_id=meta.event_id, account_id=event.account_id, template="review-reminder")
    )


def access_request_received(tx: Tx, event: AccessRequestReceivedV1, meta: Meta) -> None:
    """Tell those who may decide that somebody asks for access; who it is stands in the portal (FC16, D26)."""
    asking.ask_for_decision(
        tx,
        asking.AskForDecision(
            event_id=meta.event_id, account_id=event.account_id, access_request_id=event.access_request_id
        ),
    )


def access_request_decided(tx: Tx, event: AccessRequestDecidedV1, meta: Meta) -> None:
    """Tell who asked that he was denied. Of a grant his membership tells him, so not here once more (B-07)."""
    if event.outcome is AccessRequestOutcome.DENIED:
        people.tell_person(
            tx, people.TellPerson(event_id=meta.event_id, template="access-request-denied", person_id=event.person_id)
        )


def signatory_lost(tx: Tx, event: SignatoryLostV1, meta: Meta) -> None:
    """Tell who is no signatory any more, and the others (D12)."""
    people.lose_signatory(
        tx,
        people.LoseSignatory(event_id=meta.event_id, account_id=event.account_id, person_id=event.person_id),
    )


def invitation_refused(tx: Tx, event: InvitationRefusedV1, meta: Meta) -> None:
    """Tell that an approved person was not let in (C7)."""
    inviting.refuse(
        tx,
        inviting.Refuse(
            event_id=meta.event_id,
            version=meta.version,
            invitation_id=event.invitation_id,
            account_id=event.account_id,
            inviter_id=event.inviter_id,
            approver_id=event.approver_id,
            acceptor_id=event.acceptor_id,
        ),
    )

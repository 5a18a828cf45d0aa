"""Who is told when access ends, is refused or comes back (D6, D12, B-07, B12)."""

import msgspec
import pytest

from chassis.ids import new_id, utcnow
from contracts.invitations import InvitationRefusedV1, InvitationRevokedV1
from contracts.org_registry import (
    AccountResumedV1,
    AccountSuspendedV1,
    LossReason,
    MembershipRemovedV1,
    MembershipReviewOpenedV1,
    MembershipReviewRemindedV1,
    RemovalReason,
    Role,
    SignatoryLostV1,
    SuspensionReason,
)


@pytest.fixture
def account(kit):
    """An account with an owner, a delegate and somebody whom the delegate let in: ids by name."""

    class People:
        id = new_id()
        owner, delegate, child = kit.contact(), kit.contact(), kit.contact()

    kit.granted(People.id, People.owner)
    People.delegate_membership = kit.granted(
        People.id, People.delegate, role="delegate", by=People.owner, invitation_id=new_id()
    )
    People.child_membership = kit.granted(
        People.id, People.child, role="delegate", by=People.delegate, invitation_id=new_id()
    )
    return People


def removed(account, who, membership, *, role="delegate", reason=RemovalReason.REMOVED, **more):
    return MembershipRemovedV1(
        membership_id=membership,
        account_id=account.id,
        person_id=who,
        role=Role(role),
        removed_by=None,
        reason=reason,
        removed_at=utcnow(),
        **more,
    )


def news(kit, before):
    """{(template, person)} told since ``before``."""
    return kit.told() - before


def test_D6_B_07_the_owner_is_told_that_those_whom_a_removed_inviter_let_in_stay(kit, account):
    before = kit.told()
    event = removed(account, account.delegate, account.delegate_membership, let_in=1)
    kit.deliver(event, subject=account.delegate_membership)
    assert news(kit, before) == {("membership-removed", account.delegate), ("inviter-removed", account.owner)}


def test_D6_an_event_of_the_release_before_says_nothing_of_whom_he_let_in(kit, account):
    body = msgspec.json.decode(msgspec.json.encode(removed(account, account.child, account.child_membership)))
    body.pop("let_in", None)
    before = kit.told()
    kit.deliver(msgspec.convert(body, MembershipRemovedV1), subject=account.child_membership)
    assert ("access-removed", account.owner) in news(kit, before)


@pytest.mark.parametrize("accepted", [True, False])
def test_D6_a_void_invitation_is_told_to_acceptor_inviter_and_owner_even_if_the_acceptance_is_still_on_its_way(
    kit, account, accepted
):
    acceptor = kit.contact()
    invitation = kit.invited(account_id=account.id, inviter_id=account.delegate)
    if accepted:
        kit.accepted(invitation, inviter_id=account.delegate, acceptor_id=acceptor, account_id=account.id)
    before = kit.told()
    event = InvitationRevokedV1(
        invitation_id=invitation,
        account_id=account.id,
        revoked_by=None,
        revoked_at=utcnow(),
        inviter_id=account.delegate,
        acceptor_id=acceptor,
    )
    kit.deliver(event, subject=invitation, version=3)
    assert news(kit, before) == {
        ("invitation-revoked", acceptor),
        ("invitation-withdrawn", account.delegate),
        ("invitation-void", account.owner),
    }


def test_D6_one_that_nobody_had_accepted_is_no_news_to_the_owner(kit, account):
    invitation = kit.invited(account_id=account.id, inviter_id=account.delegate)
    before = kit.told()
    event = InvitationRevokedV1(
        invitation_id=invitation,
        account_id=account.id,
        revoked_by=None,
        revoked_at=utcnow(),
        inviter_id=account.delegate,
    )
    kit.deliver(event, subject=invitation)
    assert news(kit, before) == {("invitation-revoked", None), ("invitation-withdrawn", account.delegate)}


@pytest.mark.parametrize("approver", ["owner", "delegate"])
def test_C7_a_refused_approval_is_told_to_acceptor_inviter_and_approver(kit, account, approver):
    acceptor = kit.contact()
    invitation = kit.invited(account_id=account.id, inviter_id=account.delegate)
    before = kit.told()
    event = InvitationRefusedV1(
        invitation_id=invitation,
        account_id=account.id,
        inviter_id=account.delegate,
        approver_id=getattr(account, approver),
        acceptor_id=acceptor,
        refused_at=utcnow(),
    )
    for _ in range(2):
        kit.deliver(event, subject=invitation, version=4)
    assert news(kit, before) == {
        ("grant-refused-newcomer", acceptor),
        *(("grant-refused", person) for person in {account.delegate, getattr(account, approver)}),
    }


@pytest.mark.parametrize("lost_first", [True, False])
def test_D12_a_lost_signatory_and_the_others_are_told_once_in_either_order(kit, lost_first):
    company, first, second, membership = new_id(), kit.contact(), kit.contact(), new_id()
    kit.opened(company)
    kit.granted(company, first, role="signatory", membership_id=membership)
    kit.granted(company, second, role="signatory")
    before = kit.told()
    lost = SignatoryLostV1(
        membership_id=membership,
        account_id=company,
        person_id=first,
        reason=LossReason.NOT_SIGNATORY,
        lost_at=utcnow(),
    )
    end = MembershipRemovedV1(
        membership_id=membership,
        account_id=company,
        person_id=first,
        role=Role.SIGNATORY,
        removed_by=None,
        reason=RemovalReason.SIGNATORY_LOST,
        removed_at=utcnow(),
    )
    for event in (lost, end) if lost_first else (end, lost):
        kit.deliver(event, subject=membership, version=2)
    assert news(kit, before) == {("signatory-lost", first), ("signatory-lost-other", second)}
    kit.invoice(company)
    assert {person for template, person in kit.told() if template == "invoice-available"} == {second}


def test_FB12_everybody_of_the_account_is_told_that_it_is_suspended_and_that_it_is_not_any_more(kit, account):
    before = kit.told()
    kit.deliver(
        AccountSuspendedV1(account_id=account.id, reason=SuspensionReason.OTHER, suspended_at=utcnow()),
        subject=account.id,
    )
    kit.deliver(AccountResumedV1(account_id=account.id, resumed_at=utcnow()), subject=account.id)
    people = {account.owner, account.delegate, account.child}
    assert news(kit, before) == {
        (template, person) for template in ("account-suspended", "account-resumed") for person in people
    }


def test_B_08_FC23_the_yearly_review_is_asked_for_by_mail_of_those_who_answer_for_the_account(kit, account):
    before, review = kit.told(), new_id()
    opened = MembershipReviewOpenedV1(review_id=review, account_id=account.id, opened_at=utcnow())
    reminded = MembershipReviewRemindedV1(review_id=review, account_id=account.id, reminded_at=utcnow())
    kit.deliver(opened, subject=review)
    assert news(kit, before) == {("review-opened", account.owner)}
    kit.deliver(reminded, subject=review)
    assert news(kit, before) == {("review-opened", account.owner), ("review-reminder", account.owner)}

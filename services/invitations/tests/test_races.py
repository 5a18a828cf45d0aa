"""What two do at the same moment: one legal history, whoever is first (C6, C7, C10, C14)."""

import pytest

from chassis.errors import Unavailable
from chassis.testing import deliver, told
from contracts.invitations import (
    InvitationAcceptedV1,
    InvitationApprovedV1,
    InvitationCreatedV1,
    InvitationDeclinedV1,
    InvitationDeniedV1,
    InvitationExpiredV1,
    InvitationRevokedV1,
)
from invitations import domain, store, usecases
from invitations.consumers import SUBSCRIPTIONS

ROUNDS = 15


def succeeded(outcomes):
    """Which works were done; each of the others must have been refused by a rule, or asked to come back."""
    for outcome in outcomes:
        assert not isinstance(outcome, Exception) or isinstance(
            outcome,
            domain.errors.Conflict
            | domain.errors.Gone
            | domain.errors.NotFound
            | domain.errors.Forbidden
            | Unavailable,
        ), repr(outcome)
    return [not isinstance(outcome, Exception) for outcome in outcomes]


def remove(world, who):
    return lambda database: deliver(database, SUBSCRIPTIONS, world.removed(who), version=2)


@pytest.mark.slow
@pytest.mark.parametrize("deciding", ["inviter", "owner"])
def test_C7_D6_approval_against_the_end_of_the_inviters_access(world, database, deciding):
    owner = world.owner()
    for number in range(ROUNDS):
        delegate = world.member(owner.account_id)
        invitation_id, _ = world.accepted(delegate, f"a{number}@exempel.se")
        approver = delegate if deciding == "inviter" else owner
        world.later(hours=25)
        approved, removed = succeeded(
            world.at_once(
                lambda wide, who=approver, target=invitation_id: world.approve(who, target, database=wide),
                remove(world, delegate),
            )
        )
        assert removed
        assert world.status(invitation_id) == ("approved" if approved else "revoked")
        ends = [e for e in told(database) if getattr(e, "invitation_id", None) == invitation_id][2:]
        assert [type(event) for event in ends] == [InvitationApprovedV1 if approved else InvitationRevokedV1]


@pytest.mark.slow
def test_C7_no_approval_succeeds_after_the_end_of_the_approvers_own_access(world, database):
    owner = world.owner()
    for number in range(ROUNDS):
        signatory = world.member(owner.account_id, "signatory")
        invitation_id, _ = world.accepted(owner, f"a{number}@exempel.se")
        world.later(hours=25)
        approved, removed = succeeded(
            world.at_once(
                lambda wide, who=signatory, target=invitation_id: world.approve(who, target, database=wide),
                remove(world, signatory),
            )
        )
        assert removed
        assert world.status(invitation_id) == ("approved" if approved else "accepted")
        with pytest.raises(domain.InvitationNotFound):
            world.approve(signatory, invitation_id)


def test_C7_what_is_sent_while_the_access_ends_is_void_or_was_never_sent(world):
    owner = world.owner()
    for number in range(ROUNDS):
        delegate = world.member(owner.account_id)
        body = usecases.Invite(email=f"a{number}@exempel.se")
        world.later(hours=25)
        outcomes = world.at_once(
            lambda wide, who=delegate, cmd=body: world.does(who, usecases.invite, cmd, world.keys, database=wide),
            remove(world, delegate),
        )
        sent, removed = succeeded(outcomes)
        assert removed
        if sent:
            assert world.status(outcomes[0].id) == "revoked"


def test_C10_C14_accept_decline_revoke_renew_and_expire_at_once_leave_one_history(world, database):
    owner = world.owner()
    for number in range(ROUNDS):
        invitation_id, token = world.invite(owner, f"a{number}@exempel.se")
        world.later(hours=25)
        visitor = world.visitor()
        succeeded(
            world.at_once(
                lambda wide, who=visitor, link=token: world.accept(who, link, database=wide),
                lambda wide, link=token: world.does(
                    None, usecases.decline_invitation, usecases.Link(token=link), database=wide
                ),
                lambda wide, i=invitation_id: world.does(owner, usecases.revoke_invitation, i, database=wide),
                lambda wide, i=invitation_id: world.does(
                    owner, usecases.renew_invitation, i, world.keys, database=wide
                ),
                lambda wide: world.does(None, usecases.expire_invitations, database=wide),
            )
        )
        history = [e for e in told(database) if getattr(e, "invitation_id", None) == invitation_id]
        answers = [type(event) for event in history if not isinstance(event, InvitationCreatedV1)]
        status = world.status(invitation_id)
        expected = {
            "sent": [],
            "accepted": [InvitationAcceptedV1],
            "declined": [InvitationDeclinedV1],
            "revoked": [InvitationRevokedV1],
        }
        assert answers == expected[status]
        (row,) = [row for row in world.rows() if row["id"] == invitation_id]
        assert row["version"] == len(history)


def test_C10_an_answer_decided_before_a_renewal_is_not_kept_after_it(world, database):
    owner = world.owner()
    invitation_id, _ = world.invite(owner)
    visitor = domain.Acceptor(person_id=world.visitor().person_id, sealed_name=b"name", birth_year=1993)
    with database.transaction() as tx:
        before = store.get(tx, owner.account_id, invitation_id)
        world.renew(owner, invitation_id)
        assert not store.replace(tx, before, before.accept(visitor, tx.now))
        again = store.get(tx, owner.account_id, invitation_id)
        assert store.replace(tx, again, again.accept(visitor, tx.now))
    assert world.status(invitation_id) == "accepted"


def test_C14_of_many_approvals_and_denials_at_once_one_counts(world, database):
    owner = world.owner()
    signatory = world.member(owner.account_id, "signatory")
    invitation_id, _ = world.accepted(owner)
    works = [
        lambda wide, who=who, act=act: act(who, invitation_id, database=wide)
        for who in (owner, signatory) * 5
        for act in (world.approve, world.deny)
    ]
    outcomes = world.at_once(*works)
    assert sum(succeeded(outcomes)) == 1
    assert {type(o) for o in outcomes if isinstance(o, Exception)} == {domain.InvitationSettled}
    assert len(told(database, InvitationApprovedV1) + told(database, InvitationDeniedV1)) == 1


def test_C28_thirty_invitations_at_once_are_twenty(world, database):
    owner = world.owner()

    def send(number):
        cmd = usecases.Invite(email=f"a{number}@exempel.se")
        return lambda wide: world.does(owner, usecases.invite, cmd, world.keys, database=wide)

    outcomes = world.at_once(*map(send, range(30)))
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 20
    assert {type(o) for o in outcomes if isinstance(o, Exception)} == {domain.InvitationAccountLimit}
    assert len(told(database, InvitationCreatedV1)) == 20


def test_C28_six_accounts_at_once_write_to_one_mailbox_three_times(world):
    owners = [world.owner() for _ in range(6)]
    works = [
        lambda wide, who=who: world.does(
            who, usecases.invite, usecases.Invite(email="karin@exempel.se"), world.keys, database=wide
        )
        for who in owners
    ]
    outcomes = world.at_once(*works)
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 3
    assert {type(o) for o in outcomes if isinstance(o, Exception)} == {domain.InvitationAddressLimit}


def test_two_jobs_at_once_tell_each_expiry_once(world, database):
    for number in range(6):
        world.invite(world.owner(), f"a{number}@exempel.se")
    world.later(hours=72)
    sweep = lambda wide: world.does(None, usecases.expire_invitations, database=wide)  # noqa: E731 - a work
    succeeded(world.at_once(sweep, sweep, sweep))
    world.sweep()
    events = told(database, InvitationExpiredV1)
    assert len(events) == len({event.invitation_id for event in events}) == 6

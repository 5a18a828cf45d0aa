from itertools import permutations

import pytest

from chassis.ids import new_id
from chassis.testing import deliver, told
from contracts import examples
from contracts.catalogue import consumed_by
from contracts.invitations import InvitationRefusedV1, InvitationRevokedV1
from contracts.org_registry import RefusalReason
from invitations import domain
from invitations.consumers import SUBSCRIPTIONS


@pytest.mark.parametrize("spec", consumed_by("invitations"), ids=lambda spec: spec.type)
def test_every_example_of_the_catalogue_is_taken(database, spec):
    import json

    deliver(database, SUBSCRIPTIONS, spec.decode(json.dumps(examples.passing(spec.type)).encode()))


def test_D6_with_the_inviters_access_his_open_invitations_and_unapproved_acceptances_end(world, database):
    owner = world.owner()
    delegate = world.member(owner.account_id)
    open_id, token = world.invite(delegate, "a@exempel.se")
    accepted, acceptor = world.accepted(delegate, "b@exempel.se")
    approved, _ = world.accepted(delegate, "c@exempel.se")
    world.approve(delegate, approved)
    others, _ = world.invite(owner, "d@exempel.se")
    world.remove(delegate)
    assert [world.status(i) for i in (open_id, accepted, approved, others)] == [
        "revoked",
        "revoked",
        "approved",
        "sent",
    ]
    events = told(database, InvitationRevokedV1)
    assert {event.invitation_id for event in events} == {open_id, accepted}
    assert {event.revoked_by for event in events} == {None}
    assert {event.inviter_id for event in events} == {delegate.person_id}
    assert {event.invitation_id: event.acceptor_id for event in events} == {
        open_id: None,
        accepted: acceptor.person_id,
    }
    for who in (world.visitor(), acceptor):
        with pytest.raises(domain.InvitationRevoked):
            world.accept(who, token)
    with pytest.raises(domain.InvitationSettled):
        world.approve(owner, accepted)


@pytest.mark.parametrize("reason", list(RefusalReason))
def test_C7_D6_an_approval_that_org_registry_refuses_ends_so_and_everybody_is_told(world, database, reason):
    owner = world.owner()
    delegate = world.member(owner.account_id)
    invitation_id, acceptor = world.accepted(delegate)
    world.approve(owner, invitation_id)
    world.refuse(owner, invitation_id, acceptor.person_id, reason)
    world.refuse(owner, invitation_id, acceptor.person_id, reason)
    shown = world.show(owner, invitation_id)
    assert (shown.status, shown.refusal, shown.acceptor) == ("grant-refused", reason.value, None)
    assert (shown.may_renew, shown.may_decide, shown.may_revoke) == (False, False, False)
    (event,) = told(database, InvitationRefusedV1)
    assert (event.inviter_id, event.approver_id, event.acceptor_id) == (
        delegate.person_id,
        owner.person_id,
        acceptor.person_id,
    )
    for act in (world.approve, world.deny, world.renew, world.revoke):
        with pytest.raises(domain.InvitationSettled):
            act(owner, invitation_id)
    world.invite(delegate)  # nothing is in the way of a new one


@pytest.mark.parametrize("end", ["sent", "accepted", "denied", "revoked"])
def test_a_refusal_of_what_was_never_approved_changes_nothing(world, database, end):
    owner = world.owner()
    invitation_id, token = world.invite(owner)
    visitor = world.visitor()
    if end in {"accepted", "denied"}:
        world.accept(visitor, token)
    if end == "denied":
        world.deny(owner, invitation_id)
    if end == "revoked":
        world.revoke(owner, invitation_id)
    world.refuse(owner, invitation_id, visitor.person_id)
    world.refuse(owner, new_id(), visitor.person_id)
    assert world.status(invitation_id) == end
    assert told(database, InvitationRefusedV1) == []


def test_B_24_the_person_who_was_refused_is_told_that_the_link_is_no_longer_valid(world):
    owner = world.owner()
    invitation_id, token = world.invite(owner)
    acceptor = world.visitor()
    world.accept(acceptor, token)
    world.approve(owner, invitation_id)
    world.refuse(owner, invitation_id, acceptor.person_id)
    with pytest.raises(domain.InvitationRevoked):
        world.accept(acceptor, token)
    with pytest.raises(domain.InvitationUsedByOther):
        world.accept(world.visitor(), token)
    assert world.look_up(token).status == "accepted"


def test_C7_after_the_end_the_inviter_finds_nothing(world):
    delegate = world.member(world.owner().account_id)
    invitation_id, _ = world.accepted(delegate)
    world.remove(delegate)
    for act in (world.approve, world.deny, world.renew, world.revoke):
        with pytest.raises(domain.InvitationNotFound):
            act(delegate, invitation_id)


def test_D6_what_the_person_sent_by_a_later_membership_stays_when_the_end_of_the_earlier_comes_late(world):
    owner = world.owner()
    before = world.member(owner.account_id)
    first, _ = world.invite(before, "a@exempel.se")
    again = world.principal(owner.account_id)
    again = type(again)(**{**vars(again), "person_id": before.person_id})
    world.grant(again)
    second, _ = world.invite(again, "b@exempel.se")
    world.remove(before)
    assert (world.status(first), world.status(second)) == ("revoked", "sent")


def test_what_has_run_out_by_the_clock_is_left_to_the_job(world, database):
    delegate = world.member(world.owner().account_id)
    invitation_id, _ = world.invite(delegate)
    world.later(hours=72)
    world.remove(delegate)
    assert told(database, InvitationRevokedV1) == []
    world.sweep()
    assert world.status(invitation_id) == "expired"


def test_events_in_any_order_and_twice_give_one_end_state(world, database):
    owner = world.owner()
    seen = set()
    orders = list(permutations(range(4)))
    for order in orders:
        who = world.principal(owner.account_id)
        narrowed = type(who)(**{**vars(who), "services": frozenset({"water"})})
        signatory = type(who)(**{**vars(who), "role": "signatory"})
        events = [
            (world.granted(who), 1, new_id()),
            (world.granted(narrowed), 2, new_id()),
            (world.granted(signatory), 3, new_id()),
            (world.removed(signatory), 4, new_id()),
        ]
        for number in (*order, *reversed(order)):
            event, version, event_id = events[number]
            deliver(database, SUBSCRIPTIONS, event, version=version, event_id=event_id)
        (row,) = [row for row in world.rows("membership") if row["membership_id"] == who.membership_id]
        seen.add((row["role"], str(row["services"]), row["version"], row["removed_at"] is not None))
        with pytest.raises(domain.InvitationNotAllowed):
            world.invite(signatory, f"{new_id()}@exempel.se")
    assert seen == {("signatory", "None", 3, True)}


def test_without_the_end_the_newest_grant_counts_in_any_order(world, database):
    owner = world.owner()
    for order in permutations(range(3)):
        who = world.principal(owner.account_id, services=["water"])
        widened = type(who)(**{**vars(who), "services": None, "role": "signatory"})
        events = [(world.granted(who), 1), (world.granted(who), 2), (world.granted(widened), 3)]
        for number in order:
            event, version = events[number]
            deliver(database, SUBSCRIPTIONS, event, version=version)
        invitation_id, _ = world.invite(widened, f"{new_id()}@exempel.se")
        assert world.show(widened, invitation_id).services is None


def test_an_account_that_opens_after_its_members_are_known_and_twice_is_one_account(world, database):
    account_id = new_id()
    who = world.member(account_id, "owner")
    world.open(account_id)
    world.open(account_id)
    world.invite(who)
    assert len(world.rows("account")) == 1


@pytest.mark.parametrize("end_first", [False, True])
def test_the_name_of_whoever_was_let_in_goes_with_his_access_in_any_order(world, end_first):
    owner = world.owner()
    invitation_id, acceptor = world.accepted(owner)
    world.approve(owner, invitation_id)
    assert world.show(owner, invitation_id).acceptor.name == "Märta Exempel"
    member = world.principal(owner.account_id)
    member = type(member)(**{**vars(member), "person_id": acceptor.person_id})
    if end_first:
        world.remove(member)
        world.grant(member, invitation_id=invitation_id)
    else:
        world.grant(member, invitation_id=invitation_id)
        assert world.show(owner, invitation_id).acceptor is not None
        world.remove(member)
    shown = world.show(owner, invitation_id)
    assert (shown.status, shown.acceptor) == ("approved", None)

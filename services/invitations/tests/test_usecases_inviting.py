from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.errors import Forbidden
from chassis.ids import new_id
from chassis.testing import told
from contracts.invitations import (
    InvitationCreatedV1,
    InvitationExpiredV1,
)
from invitations import domain


def test_T46_FC1_the_mail_goes_to_the_address_with_a_link_and_only_notify_can_read_it(world, database):
    owner = world.owner()
    invitation_id, token = world.invite(owner, "Karin+el@Exempel.se")
    (event,) = told(database, InvitationCreatedV1)
    assert (event.account_id, event.inviter_id) == (owner.account_id, owner.person_id)
    (letter,) = world.letters(invitation_id)
    assert letter == {"email": "Karin+el@Exempel.se", "link": f"http://localhost:8080/inbjudan#{token}"}
    assert len(token) == 43


def test_T47_the_mail_says_when_the_72_hours_end(world, database):
    world.invite(world.owner())
    (event,) = told(database, InvitationCreatedV1)
    (row,) = world.rows()
    assert event.expires_at == row["expires_at"] == row["sent_at"] + timedelta(hours=72)


def test_two_links_are_never_alike(world):
    owner = world.owner()
    tokens = {world.invite(owner, f"a{number}@exempel.se")[1] for number in range(5)}
    assert len(tokens) == 5


def test_T41_FC10_a_delegate_may_invite_as_the_owner_may(world):
    delegate = world.member(world.owner().account_id)
    assert world.show(delegate, world.invite(delegate)[0]).invited_by_me


def test_T44_D22_left_out_limits_are_those_of_the_inviter(world):
    owner = world.owner()
    delegate = world.member(owner.account_id, services=["water"], ends_on=(soon := world.day(30)))
    shown = world.show(delegate, world.invite(delegate)[0])
    assert (shown.read_only, shown.services, shown.ends_on) == (False, ["water"], soon)
    shown = world.show(owner, world.invite(owner, "b@exempel.se")[0])
    assert (shown.read_only, shown.services, shown.ends_on) == (False, None, None)


def test_D22_nobody_invites_to_more_than_he_holds(world):
    delegate = world.member(world.owner().account_id, services=["water", "waste"], ends_on=world.day(30))
    with pytest.raises(domain.InvitationTooWide):
        world.invite(delegate, services=frozenset({"electricity"}))
    with pytest.raises(domain.InvitationTooWide):
        world.invite(delegate, ends_on=world.day(31))
    narrower = {"services": frozenset({"waste"}), "ends_on": world.day(29), "read_only": True}
    shown = world.show(delegate, world.invite(delegate, **narrower)[0])
    assert (shown.read_only, shown.services, shown.ends_on) == (True, ["waste"], world.day(29))


def test_D22_the_token_narrows_as_well_as_our_copy(world):
    delegate = world.member(world.owner().account_id)
    narrowed = replace(delegate, services=frozenset({"water"}))
    with pytest.raises(domain.InvitationTooWide):
        world.invite(narrowed, services=frozenset({"waste"}))
    assert world.show(delegate, world.invite(narrowed)[0]).services == ["water"]


def test_D22_a_last_day_that_has_passed_is_refused(world):
    with pytest.raises(domain.InvitationEndsInPast):
        world.invite(world.owner(), ends_on=world.day(-1))


def test_a_read_only_member_may_not_invite_even_with_the_scope(world):
    reader = world.member(world.owner().account_id, read_only=True)
    narrowed_a_moment_ago = replace(world.owner(), read_only=True)
    for who in (
        replace(reader, scopes=frozenset({"members:invite"})),
        replace(reader, read_only=False, scopes=narrowed_a_moment_ago.scopes),
        narrowed_a_moment_ago,
    ):
        with pytest.raises(domain.InvitationNotAllowed):
            world.invite(who)


def test_C7_who_has_lost_access_may_not_invite_with_a_token_from_before(world):
    delegate = world.member(world.owner().account_id)
    world.remove(delegate)
    with pytest.raises(domain.InvitationNotAllowed):
        world.invite(delegate)


def test_an_access_that_ended_yesterday_invites_nobody_before_any_event_of_it(world):
    delegate = world.member(world.owner().account_id, ends_on=world.day(-1))
    with pytest.raises(domain.InvitationNotAllowed):
        world.invite(delegate)


def test_a_membership_or_account_that_we_have_not_heard_of_yet_is_asked_to_come_back(world):
    account_id = new_id()
    unknown = world.principal(account_id, "owner")
    with pytest.raises(domain.InvitationMembershipPending) as caught:
        world.invite(unknown)
    assert caught.value.retry_after == 1
    world.grant(unknown)
    with pytest.raises(domain.InvitationMembershipPending):
        world.invite(unknown)
    world.open(account_id)
    world.invite(unknown)


def test_a_membership_of_another_account_or_person_admits_nobody(world):
    owner, other = world.owner(), world.owner()
    for forged in (replace(owner, account_id=other.account_id), replace(owner, person_id=new_id())):
        with pytest.raises(domain.InvitationNotAllowed):
            world.invite(forged)
    with pytest.raises(domain.InvitationNotAllowed):
        world.invite(replace(owner, membership_id=None))
    with pytest.raises(Forbidden):
        world.invite(replace(owner, person_id=None))


def test_a_second_open_invitation_to_the_same_mailbox_is_refused_until_the_first_has_run_out(world, database):
    owner = world.owner()
    first, _ = world.invite(owner)
    with pytest.raises(domain.InvitationAlreadyOpen):
        world.invite(owner, "KARIN+x@exempel.se")
    world.later(hours=72)
    second, _ = world.invite(owner)
    assert (world.status(first), world.status(second)) == ("expired", "sent")
    assert [event.invitation_id for event in told(database, InvitationExpiredV1)] == [first]


def test_T50_a_colleagues_invitation_to_the_mailbox_is_neither_seen_nor_in_the_way(world):
    owner = world.owner()
    world.invite(owner)
    delegate = world.member(owner.account_id)
    world.invite(delegate)


def test_C28_an_account_sends_20_a_day_and_a_renewal_is_one_of_them(world):
    owner = world.owner()
    first, _ = world.invite(owner, "a0@exempel.se")
    for number in range(1, 19):
        world.invite(owner, f"a{number}@exempel.se")
    world.renew(owner, first)
    with pytest.raises(domain.InvitationAccountLimit) as caught:
        world.invite(world.member(owner.account_id), "a20@exempel.se")
    assert 86_000 < caught.value.retry_after <= 86_400
    with pytest.raises(domain.InvitationAccountLimit):
        world.renew(owner, first)
    world.invite(world.owner(), "other-account@exempel.se")
    world.later(hours=24)
    world.invite(owner, "a20@exempel.se")


def test_C28_an_address_gets_three_a_day_whoever_sends_them(world):
    for number in range(3):
        world.invite(world.owner(), f"karin+{number}@exempel.se")
    owner = world.owner()
    with pytest.raises(domain.InvitationAddressLimit) as caught:
        world.invite(owner)
    assert "karin" not in "".join(caught.value.text("sv"))
    world.later(hours=23, minutes=59)
    with pytest.raises(domain.InvitationAddressLimit) as caught:
        world.invite(owner)
    assert 0 < caught.value.retry_after <= 60
    world.later(minutes=1)
    world.invite(owner)

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from chassis.ids import new_id
from chassis.testing import deliver, told
from contracts.fields import PROTECTED_NAME
from contracts.identity import PersonNamedV1
from contracts.invitations import (
    InvitationAcceptedV1,
    InvitationApprovedV1,
    InvitationDeclinedV1,
)
from invitations import domain, usecases
from invitations.consumers import SUBSCRIPTIONS


def test_T51_an_acceptance_gives_no_access_and_asks_the_inviter(world, database):
    owner = world.owner()
    invitation_id, acceptor = world.accepted(owner)
    (event,) = told(database, InvitationAcceptedV1)
    assert (event.invitation_id, event.inviter_id, event.acceptor_id) == (
        invitation_id,
        owner.person_id,
        acceptor.person_id,
    )
    assert event.approve_before - event.accepted_at == timedelta(days=30)
    assert told(database, InvitationApprovedV1) == []


def test_D5_the_approver_sees_the_verified_name_and_birth_year_beside_the_invited_address(world):
    owner = world.owner()
    invitation_id, _ = world.accepted(owner)
    shown = world.show(owner, invitation_id)
    assert shown.acceptor == usecases.viewing.ShownAcceptor(name="Märta Exempel", birth_year=1993)
    assert shown.invited_address == "k***@exempel.se"
    assert (shown.may_decide, shown.may_renew, shown.may_revoke) == (True, False, False)


def test_FJ9_D5_a_person_with_protected_identity_is_shown_without_name_and_year(world):
    owner = world.owner()
    invitation_id, token = world.invite(owner)
    world.accept(world.visitor(name=PROTECTED_NAME["sv"]), token)
    hidden = usecases.viewing.ShownAcceptor(name="Skyddad identitet", birth_year=None)
    assert world.show(owner, invitation_id).acceptor == hidden
    assert world.rows()[0]["acceptor_name_sealed"] is None
    world.approve(owner, invitation_id)
    assert world.show(owner, invitation_id).acceptor == hidden


def test_FJ9_an_identity_that_becomes_protected_takes_the_kept_name_away(world, database):
    owner = world.owner()
    invitation_id, acceptor = world.accepted(owner)
    other_id, _ = world.accepted(owner, email="erik@exempel.se")
    event = PersonNamedV1(person_id=acceptor.person_id, sealed_name=None, protected_identity=True)
    deliver(database, SUBSCRIPTIONS, event)
    assert world.show(owner, invitation_id).acceptor.name == "Skyddad identitet"
    assert world.show(owner, other_id).acceptor.name == "Märta Exempel"


def test_FJ9_a_new_name_of_somebody_who_is_not_protected_changes_nothing_here(world, database):
    owner = world.owner()
    invitation_id, acceptor = world.accepted(owner)
    deliver(
        database, SUBSCRIPTIONS, PersonNamedV1(person_id=acceptor.person_id, sealed_name=None, protected_identity=False)
    )
    assert world.show(owner, invitation_id).acceptor.name == "Märta Exempel"


@pytest.mark.parametrize("missing", [{"name": None}, {"name": ""}, {"birth_year": None}])
def test_D5_without_a_verified_name_and_birth_year_nothing_is_accepted(world, missing):
    invitation_id, token = world.invite(world.owner())
    with pytest.raises(domain.AcceptorNotVerified):
        world.accept(replace(world.visitor(), **missing), token)
    assert world.status(invitation_id) == "sent"


def test_the_inviter_does_not_accept_his_own_invitation(world):
    owner = world.owner()
    _, token = world.invite(owner)
    with pytest.raises(domain.InvitationOwn):
        world.accept(world.as_visitor(owner), token)


def test_who_has_access_already_does_not_accept_and_the_invitation_stays(world):
    owner = world.owner()
    invitation_id, token = world.invite(owner)
    with pytest.raises(domain.InvitationAlreadyMember):
        world.accept(world.as_visitor(world.member(owner.account_id)), token)
    assert world.status(invitation_id) == "sent"
    world.accept(world.visitor(), token)


def test_who_had_access_once_may_accept_again(world):
    owner = world.owner()
    former = world.member(owner.account_id)
    world.remove(former)
    ended = world.member(owner.account_id, ends_on=world.day(-1))
    for number, person in enumerate((former, ended)):
        _, token = world.invite(owner, f"a{number}@exempel.se")
        world.accept(world.as_visitor(person), token)


def test_a_member_of_another_account_may_accept(world):
    _, token = world.invite(world.owner())
    world.accept(world.as_visitor(world.owner()), token)


def test_D6_nothing_is_accepted_once_the_inviters_last_day_has_passed_whatever_events_have_come(world, database):
    delegate = world.member(world.owner().account_id, ends_on=world.day(1))
    _, token = world.invite(delegate)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE membership SET ends_on = ends_on - 2 WHERE role = 'delegate'"))
    with pytest.raises(domain.InvitationRevoked):
        world.accept(world.visitor(), token)


def test_D6_nobody_is_approved_once_the_inviters_last_day_has_passed_whatever_events_have_come(world, database):
    owner = world.owner()
    delegate = world.member(owner.account_id, ends_on=world.day(1))
    invitation_id, _ = world.accepted(delegate, ends_on=world.day(1))
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE membership SET ends_on = ends_on - 2 WHERE role = 'delegate'"))
    with pytest.raises(domain.InviterLostAccess):
        world.approve(owner, invitation_id)
    with pytest.raises(domain.InvitationNotFound):
        world.approve(delegate, invitation_id)
    world.deny(owner, invitation_id)


def test_D7_at_the_very_microsecond_the_database_clock_decides(world, database):
    for shift, outcome in (("0", "expired"), ("1 microsecond", "accepted"), ("-1 microsecond", "expired")):
        _, token = world.invite(world.owner(), f"{outcome}{new_id()}@exempel.se")
        with database.transaction(principal=world.visitor()) as tx:
            move = "UPDATE invitation SET expires_at = now() + CAST(:shift AS interval)"
            tx.session.execute(text(move), {"shift": shift})
            if outcome == "accepted":
                usecases.accept_invitation(tx, usecases.Link(token=token), world.keys)
                continue
            with pytest.raises(domain.InvitationExpired):
                usecases.accept_invitation(tx, usecases.Link(token=token), world.keys)
            assert usecases.look_up(tx, usecases.Link(token=token)).status == outcome


@pytest.mark.parametrize(("age", "valid"), [("71:59:59", True), ("72:00:00", False), ("72:00:01", False)])
def test_C10_T47_at_72_hours_it_is_over_whether_or_not_the_job_has_run(world, age, valid):
    hours, minutes, seconds = (int(part) for part in age.split(":"))
    invitation_id, token = world.invite(world.owner())
    world.later(hours=hours, minutes=minutes, seconds=seconds)
    if valid:
        world.accept(world.visitor(), token)
    else:
        with pytest.raises(domain.InvitationExpired):
            world.accept(world.visitor(), token)
        with pytest.raises(domain.InvitationExpired):
            world.decline(token)
    assert world.status(invitation_id) == ("accepted" if valid else "sent")


def test_B_24_the_second_person_is_told_that_somebody_else_was_first(world):
    _, token = world.invite(world.owner())
    first = world.visitor()
    world.accept(first, token)
    with pytest.raises(domain.InvitationAlreadyUsed):
        world.accept(first, token)
    with pytest.raises(domain.InvitationUsedByOther):
        world.accept(world.visitor(), token)
    with pytest.raises(domain.InvitationAlreadyUsed):
        world.decline(token)


def test_FC8_the_invited_person_may_decline_and_the_inviter_is_told(world, database):
    owner = world.owner()
    invitation_id, token = world.invite(owner)
    assert world.decline(token).status == "declined"
    (event,) = told(database, InvitationDeclinedV1)
    assert (event.invitation_id, event.inviter_id) == (invitation_id, owner.person_id)
    for again in (lambda: world.decline(token), lambda: world.accept(world.visitor(), token)):
        with pytest.raises(domain.InvitationDeclined):
            again()


def test_C12_a_link_says_state_and_deadline_and_keeps_later_decisions_to_itself(world):
    owner = world.owner()
    invitation_id, token = world.invite(owner)
    seen = world.look_up(token)
    assert (seen.status, set(vars(seen))) == ("sent", {"status", "expires_at"})
    world.accept(world.visitor(), token)
    world.deny(owner, invitation_id)
    assert world.look_up(token).status == "accepted"


def test_C12_denied_people_leave_nothing_behind_but_an_opaque_id(world):
    owner = world.owner()
    invitation_id, acceptor = world.accepted(owner)
    world.deny(owner, invitation_id)
    (row,) = world.rows()
    assert (row["acceptor_name_sealed"], row["acceptor_birth_year"]) == (None, None)
    assert world.show(owner, invitation_id).acceptor is None
    with pytest.raises(domain.InvitationDenied):
        world.accept(acceptor, world.token(invitation_id))

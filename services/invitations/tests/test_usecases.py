from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from chassis.errors import Forbidden
from chassis.ids import new_id
from chassis.jobs import JobContext, run
from chassis.testing import principal, told
from contracts.invitations import (
    InvitationAcceptedV1,
    InvitationApprovedV1,
    InvitationCreatedV1,
    InvitationDeclinedV1,
    InvitationDeniedV1,
    InvitationExpiredV1,
    InvitationRevokedV1,
)
from invitations import domain, usecases
from invitations.app import JOBS

# -- invite --------------------------------------------------------------------------------------------------------


def test_T46_the_mail_goes_to_the_address_with_a_link_and_only_notify_can_read_it(world, database):
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


def test_T41_a_delegate_may_invite_as_the_owner_may(world):
    delegate = world.member(world.owner().account_id)
    assert world.show(delegate, world.invite(delegate)[0]).invited_by_me


def test_T44_D22_left_out_limits_are_those_of_the_inviter(world):
    owner = world.owner()
    delegate = world.member(owner.account_id, services=["water"], ends_on=(soon := world_day(world, 30)))
    shown = world.show(delegate, world.invite(delegate)[0])
    assert (shown.read_only, shown.services, shown.ends_on) == (False, ["water"], soon)
    shown = world.show(owner, world.invite(owner, "b@exempel.se")[0])
    assert (shown.read_only, shown.services, shown.ends_on) == (False, None, None)


def test_D22_nobody_invites_to_more_than_he_holds(world):
    delegate = world.member(world.owner().account_id, services=["water", "waste"], ends_on=world_day(world, 30))
    with pytest.raises(domain.InvitationTooWide):
        world.invite(delegate, services=frozenset({"electricity"}))
    with pytest.raises(domain.InvitationTooWide):
        world.invite(delegate, ends_on=world_day(world, 31))
    narrower = {"services": frozenset({"waste"}), "ends_on": world_day(world, 29), "read_only": True}
    shown = world.show(delegate, world.invite(delegate, **narrower)[0])
    assert (shown.read_only, shown.services, shown.ends_on) == (True, ["waste"], world_day(world, 29))


def test_D22_the_token_narrows_as_well_as_our_copy(world):
    delegate = world.member(world.owner().account_id)
    narrowed = replace(delegate, services=frozenset({"water"}))
    with pytest.raises(domain.InvitationTooWide):
        world.invite(narrowed, services=frozenset({"waste"}))
    assert world.show(delegate, world.invite(narrowed)[0]).services == ["water"]


def test_D22_a_last_day_that_has_passed_is_refused(world):
    with pytest.raises(domain.InvitationEndsInPast):
        world.invite(world.owner(), ends_on=world_day(world, -1))


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
    delegate = world.member(world.owner().account_id, ends_on=world_day(world, -1))
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


# -- answer --------------------------------------------------------------------------------------------------------


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
    ended = world.member(owner.account_id, ends_on=world_day(world, -1))
    for number, person in enumerate((former, ended)):
        _, token = world.invite(owner, f"a{number}@exempel.se")
        world.accept(world.as_visitor(person), token)


def test_a_member_of_another_account_may_accept(world):
    _, token = world.invite(world.owner())
    world.accept(world.as_visitor(world.owner()), token)


def test_D6_nothing_is_accepted_once_the_inviters_last_day_has_passed_whatever_events_have_come(world, database):
    delegate = world.member(world.owner().account_id, ends_on=world_day(world, 1))
    _, token = world.invite(delegate)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE membership SET ends_on = ends_on - 2 WHERE role = 'delegate'"))
    with pytest.raises(domain.InvitationRevoked):
        world.accept(world.visitor(), token)


def test_D6_nobody_is_approved_once_the_inviters_last_day_has_passed_whatever_events_have_come(world, database):
    owner = world.owner()
    delegate = world.member(owner.account_id, ends_on=world_day(world, 1))
    invitation_id, _ = world.accepted(delegate, ends_on=world_day(world, 1))
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


def test_B24_the_second_person_is_told_that_somebody_else_was_first(world):
    _, token = world.invite(world.owner())
    first = world.visitor()
    world.accept(first, token)
    with pytest.raises(domain.InvitationAlreadyUsed):
        world.accept(first, token)
    with pytest.raises(domain.InvitationUsedByOther):
        world.accept(world.visitor(), token)
    with pytest.raises(domain.InvitationAlreadyUsed):
        world.decline(token)


def test_the_invited_person_may_decline_and_the_inviter_is_told(world, database):
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
    assert (seen.status, vars_of(seen)) == ("sent", {"status", "expires_at"})
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
        world.accept(acceptor, last_token(world, invitation_id))


# -- decide --------------------------------------------------------------------------------------------------------


def test_T53_D22_an_approval_tells_org_registry_what_to_grant(world, database):
    owner = world.owner()
    narrowing = {"read_only": True, "services": frozenset({"water", "waste"}), "ends_on": world_day(world, 9)}
    invitation_id, acceptor = world.accepted(owner, **narrowing)
    world.approve(owner, invitation_id)
    (event,) = told(database, InvitationApprovedV1)
    assert (event.read_only, event.services, event.ends_on) == (True, ("waste", "water"), world_day(world, 9))
    assert (event.account_id, event.inviter_id) == (owner.account_id, owner.person_id)
    assert (event.approver_id, event.acceptor_id) == (owner.person_id, acceptor.person_id)


def test_D4_the_inviter_any_owner_and_any_signatory_approve_and_no_other_delegate(world):
    owner = world.owner()
    inviter, stranger = world.member(owner.account_id), world.member(owner.account_id)
    for number, approver in enumerate((inviter, owner, world.member(owner.account_id, "signatory"))):
        invitation_id, _ = world.accepted(inviter, f"a{number}@exempel.se")
        for act in (world.approve, world.deny):
            with pytest.raises(domain.InvitationNotFound):
                act(stranger, invitation_id)
        world.approve(approver, invitation_id)
        assert world.status(invitation_id) == "approved"


def test_D4_a_role_counts_only_if_token_and_copy_agree(world):
    owner = world.owner()
    invitation_id, _ = world.accepted(owner)
    delegate = world.member(owner.account_id)
    claims_more = replace(delegate, role="owner")
    signatory = world.member(owner.account_id, "signatory")
    for who in (claims_more, replace(signatory, role="delegate")):
        with pytest.raises(domain.InvitationNotFound):
            world.approve(who, invitation_id)
    world.approve(signatory, invitation_id)


def test_D4_the_scope_is_checked_in_the_use_case_too(world):
    owner = world.owner()
    invitation_id, _ = world.accepted(owner)
    with pytest.raises(domain.InvitationNotAllowed):
        world.approve(replace(owner, scopes=frozenset({"members:invite"})), invitation_id)


def test_D4_the_acceptor_does_not_approve_himself_even_if_he_became_a_signatory(world):
    owner = world.owner()
    invitation_id, acceptor = world.accepted(owner)
    signatory = replace(world.principal(owner.account_id, "signatory"), person_id=acceptor.person_id)
    world.grant(signatory)
    for act in (world.approve, world.deny):
        with pytest.raises(domain.ApproverIsAcceptor):
            act(signatory, invitation_id)


def test_an_acceptor_who_got_access_in_another_way_is_not_approved_but_can_be_denied(world):
    owner = world.owner()
    invitation_id, acceptor = world.accepted(owner)
    world.grant(replace(world.principal(owner.account_id), person_id=acceptor.person_id))
    with pytest.raises(domain.AcceptorIsMember):
        world.approve(owner, invitation_id)
    world.deny(owner, invitation_id)


def test_C6_D22_the_scope_granted_is_measured_when_it_is_approved(world):
    owner = world.owner()
    delegate = world.member(owner.account_id)
    invitation_id, _ = world.accepted(delegate)
    narrowed = replace(delegate, services=frozenset({"water"}))
    world.grant(narrowed, version=2)
    for who in (delegate, narrowed):
        with pytest.raises(domain.InvitationTooWide):
            world.approve(who, invitation_id)
    world.approve(owner, invitation_id)


def test_D22_an_access_that_would_have_ended_is_not_approved(world, database):
    owner = world.owner()
    invitation_id, _ = world.accepted(owner, ends_on=world_day(world, 1))
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE invitation SET ends_on = ends_on - 2"))
    with pytest.raises(domain.InvitationEndsInPast):
        world.approve(owner, invitation_id)


@pytest.mark.parametrize("act", ["approve", "deny"])
def test_C14_it_is_decided_once(world, act, database):
    owner = world.owner()
    invitation_id, token = world.invite(owner)
    decide = getattr(world, act)
    with pytest.raises(domain.InvitationNotAccepted):
        decide(owner, invitation_id)
    world.accept(world.visitor(), token)
    decide(owner, invitation_id)
    for again in (world.approve, world.deny):
        with pytest.raises(domain.InvitationSettled):
            again(owner, invitation_id)
    assert len(told(database, InvitationApprovedV1) + told(database, InvitationDeniedV1)) == 1


def test_D3_after_30_days_nothing_is_approved_and_a_renewal_starts_over(world):
    owner = world.owner()
    invitation_id, acceptor = world.accepted(owner)
    world.later(days=30)
    assert world.show(owner, invitation_id).acceptor is None
    with pytest.raises(domain.InvitationApprovalExpired):
        world.approve(owner, invitation_id)
    token = world.renew(owner, invitation_id)
    world.accept(acceptor, token)
    world.approve(owner, invitation_id)


# -- renew, revoke -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [0, 71, 72, 1000])
def test_D7_one_click_renews_with_a_new_link_and_the_old_one_is_dead(world, hours):
    owner = world.owner()
    invitation_id, old = world.invite(owner, "Karin@exempel.se")
    world.later(hours=hours)
    world.sweep()
    new = world.renew(owner, invitation_id)
    assert [letter["email"] for letter in world.letters(invitation_id)] == ["Karin@exempel.se"] * 2
    for use in (world.look_up, world.decline, lambda token: world.accept(world.visitor(), token)):
        with pytest.raises(domain.InvitationReplaced):
            use(old)
    world.accept(world.visitor(), new)


def test_D7_a_renewal_after_the_deadline_and_before_the_job_works_and_is_not_undone_by_the_job(world, database):
    owner = world.owner()
    invitation_id, _ = world.invite(owner)
    world.later(hours=72)
    world.renew(owner, invitation_id)
    world.sweep()
    assert world.status(invitation_id) == "sent"
    assert told(database, InvitationExpiredV1) == []


def test_an_owner_renews_and_takes_back_what_a_delegate_sent_and_another_delegate_does_not(world):
    owner = world.owner()
    delegate, stranger = world.member(owner.account_id), world.member(owner.account_id)
    invitation_id, _ = world.invite(delegate)
    for act in (world.renew, world.revoke):
        with pytest.raises(domain.InvitationNotFound):
            act(stranger, invitation_id)
    world.renew(owner, invitation_id)
    assert world.show(owner, invitation_id).inviter_id == delegate.person_id
    world.revoke(owner, invitation_id)


def test_what_is_accepted_or_settled_is_not_renewed(world):
    owner = world.owner()
    invitation_id, _ = world.accepted(owner)
    with pytest.raises(domain.InvitationAwaitsDecision):
        world.renew(owner, invitation_id)
    world.approve(owner, invitation_id)
    with pytest.raises(domain.InvitationSettled):
        world.renew(owner, invitation_id)


def test_D6_an_expired_invitation_of_somebody_who_is_gone_is_not_renewed(world):
    owner = world.owner()
    delegate = world.member(owner.account_id)
    invitation_id, _ = world.invite(delegate)
    world.later(hours=72)
    world.remove(delegate)
    world.sweep()
    with pytest.raises(domain.InviterLostAccess):
        world.renew(owner, invitation_id)


def test_D22_nobody_renews_more_than_he_holds_now(world):
    delegate = world.member(world.owner().account_id)
    invitation_id, _ = world.invite(delegate)
    with pytest.raises(domain.InvitationTooWide):
        world.renew(replace(delegate, services=frozenset({"water"})), invitation_id)


def test_a_renewal_beside_a_newer_open_invitation_is_refused(world):
    owner = world.owner()
    first, _ = world.invite(owner)
    world.later(hours=72)
    world.invite(owner)
    with pytest.raises(domain.InvitationAlreadyOpen):
        world.renew(owner, first)


def test_an_invitation_is_taken_back_and_its_link_is_dead(world, database):
    owner = world.owner()
    invitation_id, token = world.invite(owner)
    world.revoke(owner, invitation_id)
    (event,) = told(database, InvitationRevokedV1)
    assert (event.invitation_id, event.revoked_by) == (invitation_id, owner.person_id)
    with pytest.raises(domain.InvitationRevoked):
        world.accept(world.visitor(), token)
    with pytest.raises(domain.InvitationSettled):
        world.revoke(owner, invitation_id)
    world.invite(owner)


def test_too_late_to_take_back(world):
    owner = world.owner()
    accepted, _ = world.accepted(owner)
    with pytest.raises(domain.InvitationAwaitsDecision):
        world.revoke(owner, accepted)
    expired, _ = world.invite(owner, "b@exempel.se")
    world.later(hours=72)
    with pytest.raises(domain.InvitationNotOpen):
        world.revoke(owner, expired)


# -- see -----------------------------------------------------------------------------------------------------------


def test_T50_a_delegate_sees_his_own_and_owners_and_signatories_see_all(world, database):
    owner = world.owner()
    delegate, signatory = world.member(owner.account_id), world.member(owner.account_id, "signatory")
    first, _ = world.invite(owner, "a@exempel.se")
    second, _ = world.invite(delegate, "b@exempel.se")

    def listed(who):
        with database.read(principal=who) as tx:
            rows, total = usecases.list_invitations(tx, world.keys, limit=10, page=1)
        assert total == len(rows)
        return [row.id for row in rows]

    assert listed(owner) == listed(signatory) == [second, first]
    assert listed(delegate) == [second]
    assert listed(world.owner()) == []
    with pytest.raises(domain.InvitationNotFound):
        world.show(delegate, first)


def test_T49_D7_the_list_keeps_what_has_expired_and_shows_it_from_the_very_deadline(world):
    owner = world.owner()
    invitation_id, _ = world.invite(owner)
    world.later(hours=72)
    shown = world.show(owner, invitation_id)
    assert (shown.status, shown.may_renew, shown.may_revoke) == ("expired", True, False)


def test_who_may_only_read_is_offered_nothing_to_do(world):
    owner = world.owner()
    reader = replace(owner, scopes=frozenset({"members:read"}))
    invitation_id, _ = world.accepted(owner)
    shown = world.show(reader, invitation_id)
    assert (shown.may_renew, shown.may_revoke, shown.may_decide) == (False, False, False)


def test_nobody_reads_without_an_account(world, database):
    with database.read(principal=principal(account_id=None)) as tx, pytest.raises(Forbidden):
        usecases.list_invitations(tx, world.keys, limit=10, page=1)


# -- time ----------------------------------------------------------------------------------------------------------


def test_D7_the_job_writes_down_what_has_run_out_once_and_tells_the_deadline(world, database, settings):
    owner = world.owner()
    unanswered, _ = world.invite(owner, "a@exempel.se")
    accepted, _ = world.accepted(owner, "b@exempel.se")
    world.later(days=30)
    fresh, _ = world.invite(owner, "c@exempel.se")
    for _ in range(2):
        assert run(JOBS.get("expire-invitations"), JobContext(database, settings))
    assert [world.status(i) for i in (unanswered, accepted, fresh)] == ["expired", "approval-expired", "sent"]
    events = {event.invitation_id: event for event in told(database, InvitationExpiredV1)}
    assert len(told(database, InvitationExpiredV1)) == 2
    assert (events[unanswered].after_acceptance, events[accepted].after_acceptance) == (False, True)
    rows = {row["id"]: row for row in world.rows()}
    assert events[unanswered].expired_at == rows[unanswered]["expires_at"]
    assert events[accepted].expired_at == rows[accepted]["approve_before"]


@pytest.mark.parametrize(("shift", "count"), [("0", 1), ("-1 microsecond", 1), ("1 microsecond", 0)])
def test_D7_D3_the_job_goes_by_the_same_microsecond_as_everybody_else(world, database, shift, count):
    invitation_id, _ = world.invite(world.owner(), "a@exempel.se")
    accepted, _ = world.accepted(world.owner(), "b@exempel.se")
    for column, target in (("expires_at", invitation_id), ("approve_before", accepted)):
        with database.transaction() as tx:
            move = f"UPDATE invitation SET {column} = now() + CAST(:shift AS interval) WHERE id = :id"  # noqa: S608
            tx.session.execute(text(move), {"shift": shift, "id": target})
            assert usecases.expire_invitations(tx) == count
            tx.session.execute(text("DELETE FROM invitation WHERE id = :id"), {"id": target})


def test_the_job_takes_any_number_in_batches(world, database, settings, monkeypatch):
    monkeypatch.setattr(usecases.housekeeping, "BATCH", 2)
    for number in range(5):
        world.invite(world.owner(), f"a{number}@exempel.se")
    world.later(hours=73)
    run(JOBS.get("expire-invitations"), JobContext(database, settings))
    assert {row["status"] for row in world.rows()} == {"expired"}


def test_addresses_are_erased_90_days_after_the_last_mail_and_not_before(world, database, settings):
    owner = world.owner()
    invitation_id, token = world.invite(owner)
    world.later(days=89, hours=23)
    world.sweep()
    job = JOBS.get("forget-invited-addresses")
    run(job, JobContext(database, settings))
    assert world.show(owner, invitation_id).may_renew
    world.later(hours=1)
    run(job, JobContext(database, settings))
    (row,) = world.rows()
    assert (row["address_sealed"], row["address_hash"], world.rows("sending")) == (None, None, [])
    assert not world.show(owner, invitation_id).may_renew
    with pytest.raises(domain.InvitationAddressForgotten):
        world.renew(owner, invitation_id)
    with pytest.raises(domain.InvitationNotFound):
        world.look_up(token)


def world_day(world, days):
    """A Swedish date, counted from the database's today."""
    with world.database.read() as tx:
        return domain.local_date(tx.now) + timedelta(days=days)


def last_token(world, invitation_id):
    return world.token(invitation_id)


def vars_of(seen):
    return set(seen.__dataclass_fields__)

"""B-21, J8: invitations' part of a person's export and erasure. Whom somebody invited is another person's data."""

from chassis.ids import new_id
from chassis.testing import answered, deliver_scoped, told
from contracts.data_requests import DataRequestKind
from contracts.invitations import InvitationRevokedV1
from invitations.consumers import SUBSCRIPTIONS

EXPORT, CHECK, ERASURE = DataRequestKind.EXPORT, DataRequestKind.ERASURE_CHECK, DataRequestKind.ERASURE


def ask(world, person_id, kind, *accounts):
    deliver_scoped(world.database, SUBSCRIPTIONS, kind, person_id=person_id, account_ids=accounts)
    return answered(world.database)


def test_B_21_an_export_masks_whom_the_person_invited_and_names_nobody(world):
    me = world.owner()
    invitation_id, acceptor = world.accepted(me, "karin.andersson@exempel.se")
    found = ask(world, me.person_id, EXPORT, me.account_id)
    [invitation] = found["invitations"]["invitations"]
    assert invitation["id"] == str(invitation_id)
    assert (invitation["made_by_me"], invitation["accepted_by_me"], invitation["status"]) == (True, False, "accepted")
    text = str(found)
    for secret in ("karin.andersson", "Märta", str(acceptor.person_id)):
        assert secret not in text
    assert invitation["address_masked"].endswith("@exempel.se")
    assert [mail["invitation_id"] for mail in found["mails"]] == [str(invitation_id)]
    assert [membership["role"] for membership in found["memberships"]] == ["owner"]


def test_B_21_who_accepted_sees_what_the_approver_is_shown(world):
    inviter = world.owner()
    _, acceptor = world.accepted(inviter)
    found = ask(world, acceptor.person_id, EXPORT)
    [shown] = found["invitations"]["shown_of_me_to_the_approver"]
    assert (shown["name_kept"], shown["acceptor_birth_year"]) == (True, 1993)
    [invitation] = found["invitations"]["invitations"]
    assert (invitation["made_by_me"], invitation["accepted_by_me"]) == (False, True)
    assert str(inviter.person_id) not in str(found)


def test_FJ8_an_erasure_takes_back_what_is_open_and_tells_it(world):
    me = world.owner()
    delegate = world.member(me.account_id)
    mine, _ = world.invite(me, "a@exempel.se")
    his, _ = world.invite(delegate, "b@exempel.se")
    report = ask(world, me.person_id, ERASURE, me.account_id)
    assert {event.invitation_id for event in told(world.database, InvitationRevokedV1)} == {mine, his}
    assert world.rows() == [], "the account goes, and what was sent for it"
    assert world.rows("sending") == []
    assert {what.en for what in report.erased} == {
        "Invitations",
        "When invitations were sent",
        "Rights that you can invite by",
    }
    assert [row["person_id"] for row in world.rows("membership")] == [delegate.person_id]


def test_FJ8_in_others_accounts_the_person_is_taken_out_and_the_rest_stays(world):
    owner = world.owner()
    me = world.member(owner.account_id)
    sent, _ = world.invite(me, "karin@exempel.se")
    approved, acceptor = world.accepted(owner, "bo@exempel.se")
    world.approve(owner, approved)
    report = ask(world, me.person_id, ERASURE)
    [row] = [row for row in world.rows() if row["id"] == sent]
    assert row["status"] == "revoked"
    assert (row["address_sealed"], row["address_hash"]) == (None, None)
    assert row["inviter_id"] not in {me.person_id, None}
    assert [kept.what.en for kept in report.kept] == ["Invitations"]
    ask(world, acceptor.person_id, ERASURE)
    [row] = [row for row in world.rows() if row["id"] == approved]
    assert row["status"] == "approved"
    assert row["acceptor_id"] not in {acceptor.person_id, None}
    assert (row["acceptor_name_sealed"], row["acceptor_birth_year"]) == (None, None)
    assert row["inviter_id"] == owner.person_id


def test_FJ8_an_acceptance_that_waits_for_approval_is_void_so_that_nobody_lets_in_a_stranger(world):
    owner = world.owner()
    waiting, acceptor = world.accepted(owner)
    ask(world, acceptor.person_id, ERASURE)
    assert world.status(waiting) == "revoked"
    assert [event.invitation_id for event in told(world.database, InvitationRevokedV1)] == [waiting]


def test_FJ8_nothing_stands_against_it_and_erasing_again_finds_nothing(world):
    me = world.owner()
    world.invite(me)
    assert ask(world, me.person_id, CHECK, me.account_id).objections == ()
    assert len(world.rows()) == 1
    ask(world, me.person_id, ERASURE, me.account_id)
    again = ask(world, me.person_id, ERASURE, me.account_id)
    assert (again.erased, again.kept) == ((), ())
    assert ask(world, new_id(), EXPORT)["invitations"]["invitations"] == []

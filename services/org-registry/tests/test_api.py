"""The routes, with Bolagsverket's stand-in as a real process."""

from datetime import timedelta
from uuid import UUID

import pytest

from chassis.ids import new_id
from chassis.testing import principal
from chassis.transaction import Principal
from contracts.org_registry import MembershipRemovedV1, RemovalReason
from sim_bolagsverket import companies as data

EBBA = data.EBBA.number


# --- accounts


def test_T20_FB2_every_account_of_the_person_can_be_chosen_and_no_other(world):
    me = new_id()
    first, second, other = (
        world.private_account("K-1", me),
        world.private_account("K-2", me),
        world.private_account("K-3"),
    )
    delegated = world.acting(world.let_in(other, read_only=True, services=("water",)).person_id, other.account_id)
    world.private_account("K-4")
    answer = world.accounts(first)
    assert (answer["status"], answer["message"]) == ("ok", None)
    assert [(item["id"], item["role"]) for item in answer["items"]] == [
        (str(first.account_id), "owner"),
        (str(second.account_id), "owner"),
    ]
    [item] = world.accounts(delegated)["items"]
    assert item == {
        "id": str(other.account_id),
        "kind": "private",
        "display_name": "Privatkonto K-3",
        "role": "delegate",
        "read_only": True,
        "services": ["water"],
        "membership_id": str(delegated.membership_id),
        "suspended_at": None,
        "place": "Storgatan 1",
        "notice": None,
    }


def test_T18_FA6_without_services_the_person_is_told_so(world):
    who = world.person()
    swedish, english = world.accounts(who), world.accounts(who, locale="en")
    assert (swedish["items"], swedish["status"]) == ([], "none")
    assert swedish["message"].startswith("Du har inga aktiva tjänster hos oss.")
    assert english["message"].startswith("You have no active services with us.")


def test_T19_D14_a_customer_whose_agreement_has_not_come_is_told_something_else(world):
    who = world.person()
    world.deliver(world.identified("K-1", who.person_id))
    answer = world.accounts(who)
    assert (answer["items"], answer["status"]) == ([], "pending")
    assert answer["message"] == (
        "Vi håller på att registrera dig som kund. Dina tjänster visas här när registreringen är klar, "
        "oftast inom ett dygn."
    )
    world.deliver(world.started("K-1"))
    assert world.accounts(who)["status"] == "ok"


def test_T18_when_every_agreement_has_ended_the_account_stays_for_its_invoices(world):
    owner = world.private_account()
    yesterday = world.rows("SELECT (now() AT TIME ZONE 'Europe/Stockholm')::date - 1 AS day")[0]["day"]
    world.deliver(world.ended("K-1", yesterday + timedelta(days=1), "A-K-1"), version=2)
    assert world.accounts(owner)["status"] == "ok"
    world.deliver(world.ended("K-1", yesterday, "A-K-1"), version=3)
    answer = world.accounts(owner)
    assert (answer["status"], len(answer["items"])) == ("none", 1)


def test_the_active_account_is_that_of_the_session(world, client):
    owner = world.private_account()
    answer = client.as_(owner).get("/v1/account")
    assert (answer.json["id"], answer.json["role"]) == (str(owner.account_id), "owner")
    assert answer.json["opened_at"].endswith("Z")
    for stranger in (principal(), principal(account_id=owner.account_id), principal(person_id=owner.person_id)):
        refused = client.as_(stranger).get("/v1/account")
        assert (refused.status_code, refused.json["code"]) == (404, "account-not-found")


def test_who_is_not_logged_in_or_has_no_scope_gets_nothing(world, client):
    owner = world.private_account()
    for path in ("/v1/accounts", "/v1/account", "/v1/memberships"):
        assert client.get(path).status_code == 401
    assert client.as_(Principal(person_id=owner.person_id)).get("/v1/account").status_code == 403
    assert client.as_(Principal(service="gateway")).get("/v1/accounts").status_code == 401


def test_the_grants_question_is_the_gateways_alone(world, client):
    owner = world.private_account()
    body = {"person_id": str(owner.person_id), "account_id": str(owner.account_id)}
    for who, status in ((owner, 403), (None, 401), (Principal(service="billing"), 403)):
        assert client.as_(who).post("/v1/internal/grants", body).status_code == status
    answer = world.grant(owner.person_id, owner.account_id)
    assert set(answer.json) == {"membership_id", "account_id", "role", "scopes", "read_only", "services"}
    assert answer.json["services"] is None
    unknown, foreign = world.grant(owner.person_id, new_id()), world.grant(new_id(), owner.account_id)
    assert unknown.status_code == foreign.status_code == 404
    assert unknown.json["code"] == foreign.json["code"] == "grant-not-found"
    extra = client.as_(Principal(service="gateway")).post("/v1/internal/grants", body | {"x": 1})
    assert extra.status_code == 422


# --- memberships


def test_D1_T50_a_delegate_sees_his_own_branch_and_the_owner_everybody(world):
    owner = world.private_account()
    a, b = world.let_in(owner), world.let_in(owner)
    aa, ab = world.let_in(a), world.let_in(a, approver=owner)
    aaa = world.let_in(aa)
    people = {who.person_id for who in (owner, a, b, aa, ab, aaa)}
    assert world.members(owner) == people
    assert world.members(a) == {aa.person_id, ab.person_id, aaa.person_id}
    assert world.members(aa) == {aaa.person_id}
    assert world.members(b) == world.members(aaa) == set()


def test_D1_a_removed_link_does_not_cut_the_branch_and_D6_the_approved_stay(world):
    owner = world.private_account()
    a = world.let_in(owner)
    aa = world.let_in(a)
    aaa = world.let_in(aa)
    assert world.remove(a, aa).status_code == 204
    assert world.members(a) == {aaa.person_id}
    assert world.grant(aaa.person_id, owner.account_id).status_code == 200
    assert world.remove(a, aaa).status_code == 204


def test_D1_who_comes_back_starts_a_branch_of_his_own(world):
    owner = world.private_account()
    a = world.let_in(owner)
    aa = world.let_in(a)
    assert world.remove(owner, a).status_code == 204
    world.deliver(world.approved(aa, a.person_id))
    a = world.acting(a.person_id, owner.account_id)
    assert world.members(aa) == {a.person_id}
    assert world.members(a) == set()
    assert world.remove(a, aa).status_code == 404


def test_the_list_has_pages_and_strangers_see_none(world, client):
    owner, other = world.private_account("K-1"), world.private_account("K-2")
    for _ in range(3):
        world.let_in(owner)
    page = client.as_(owner).get("/v1/memberships?limit=3&page=2").json
    assert (page["total"], page["page"], len(page["items"])) == (4, 2, 1)
    assert set(page["items"][0]) == {
        "id", "person_id", "name", "role", "read_only", "services", "ends_on", "granted_by", "invitation_id",
        "granted_at",
    }  # fmt: skip
    assert world.members(other) == {other.person_id}
    assert client.as_(principal(account_id=owner.account_id)).get("/v1/memberships").status_code == 404
    assert client.as_(owner).get("/v1/memberships?limit=0").status_code == 422


def test_T54_FC9_a_removal_is_effective_in_the_answer_and_recorded_with_who_and_why(world):
    owner = world.private_account()
    delegate = world.let_in(owner)
    assert world.remove(owner, delegate, {"reason": "Har flyttat"}).status_code == 204
    assert world.grant(delegate.person_id, owner.account_id).status_code == 404
    [row] = world.rows("SELECT * FROM membership WHERE id = :id", id=delegate.membership_id)
    assert (row["removed_by"], row["removal_note"], row["removal_reason"]) == (
        owner.person_id,
        "Har flyttat",
        "removed",
    )
    [event] = world.told(MembershipRemovedV1)
    assert (event.membership_id, event.removed_by, event.reason) == (
        delegate.membership_id, owner.person_id, RemovalReason.REMOVED,
    )  # fmt: skip


def test_a_removal_twice_unknown_or_of_another_account_is_not_found(world):
    owner, other = world.private_account("K-1"), world.private_account("K-2")
    delegate, foreign = world.let_in(owner), world.let_in(other)
    assert world.remove(owner, delegate).status_code == 204
    answers = [world.remove(owner, whom) for whom in (delegate, foreign, principal())]
    assert {(answer.status_code, answer.json["code"], answer.json["detail"]) for answer in answers} == {
        (404, "membership-not-found", "Behörigheten finns inte, eller så kan du inte se den. Läs in sidan igen.")
    }
    assert world.grant(foreign.person_id, other.account_id).status_code == 200


def test_D1_a_delegate_removes_nobody_outside_his_branch(world):
    owner = world.private_account()
    a, b = world.let_in(owner), world.let_in(owner)
    bb = world.let_in(b)
    assert [world.remove(a, whom).status_code for whom in (b, bb)] == [404, 404]
    assert world.remove(b, bb).status_code == 204


def test_D2_C6_FC18_the_owner_is_not_removed_by_a_delegate_and_the_error_says_why(world, client):
    owner = world.private_account()
    delegate = world.let_in(owner)
    answer = world.remove(delegate, owner)
    assert (answer.status_code, answer.json["code"]) == (403, "membership-protected")
    assert "Kontots ägare kan inte tas bort" in answer.json["detail"]
    english = client.as_(delegate, locale="en").delete(f"/v1/memberships/{owner.membership_id}")
    assert "The owner of the account cannot be removed" in english.json["detail"]


def test_D2_FC20_nobody_removes_himself_as_the_last_holder_but_a_delegate_may_leave(world):
    owner = world.private_account()
    delegate = world.let_in(owner)
    answer = world.remove(owner, owner)
    assert (answer.status_code, answer.json["code"]) == (409, "membership-last-holder")
    assert world.remove(delegate, delegate).status_code == 204
    assert [event.reason for event in world.told(MembershipRemovedV1)] == [RemovalReason.LEFT]


def test_C6_a_read_only_member_can_list_but_not_remove(world):
    owner = world.private_account()
    reader = world.let_in(owner, read_only=True)
    assert world.members(reader) == set()
    assert world.remove(reader, reader).status_code == 403


def test_C6_a_stale_token_of_a_removed_member_removes_nobody(world):
    owner = world.private_account()
    a = world.let_in(owner)
    aa = world.let_in(a)
    assert world.remove(owner, a).status_code == 204
    assert world.remove(a, aa).status_code == 404
    assert world.grant(aa.person_id, owner.account_id).status_code == 200


def test_C6_a_stale_token_of_a_member_whose_last_day_has_passed_removes_nobody(world):
    owner = world.private_account()
    a = world.let_in(owner)
    aa = world.let_in(a)
    world.change("UPDATE membership SET ends_on = current_date - 3 WHERE id = :id", id=a.membership_id)
    assert world.remove(a, aa).status_code == 404
    assert world.grant(aa.person_id, owner.account_id).status_code == 200


def test_two_who_remove_the_same_person_at_once_are_one_winner(world):
    owner = world.private_account()
    a = world.let_in(owner)
    for _ in range(5):
        target = world.let_in(a)
        answers = world.together(
            lambda target=target: world.remove(owner, target), lambda target=target: world.remove(a, target)
        )
        assert sorted(answer.status_code for answer in answers) == [204, 404]
    assert len(world.told(MembershipRemovedV1)) == 5


def test_D2_two_signatories_who_leave_at_once_do_not_leave_the_account_empty(world):
    first, second = world.person(), world.person()
    account = UUID(world.link(first, data.MARTA.number, data.PARTNERSHIP).json["account_id"])
    world.link(second, EBBA, data.PARTNERSHIP)
    a, b = (world.acting(who.person_id, account) for who in (first, second))
    answers = world.together(lambda: world.remove(a, a), lambda: world.remove(b, b))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    assert len(world.rows("SELECT 1 FROM membership WHERE removed_at IS NULL")) == 1


def test_D1_a_signatory_may_remove_another_signatory_and_two_cannot_remove_each_other(world):
    first, second = world.person(), world.person()
    account = UUID(world.link(first, data.MARTA.number, data.PARTNERSHIP).json["account_id"])
    world.link(second, EBBA, data.PARTNERSHIP)
    a, b = (world.acting(who.person_id, account) for who in (first, second))
    delegate = world.let_in(a)
    assert world.remove(delegate, a).status_code == 403
    answers = world.together(lambda: world.remove(a, b), lambda: world.remove(b, a))
    assert sorted(answer.status_code for answer in answers) == [204, 404]


@pytest.mark.parametrize("body", [{"reason": "x" * 201}, {"reason": "a\nb"}, {"why": "x"}, {"reason": 7}, []])
def test_B2_a_bad_reason_is_refused(world, body):
    owner = world.private_account()
    delegate = world.let_in(owner)
    assert world.remove(owner, delegate, body).status_code == 422
    assert world.grant(delegate.person_id, owner.account_id).status_code == 200

"""FC16: the account's people answer those who ask, under the same rules as an approved invitation (D22, C7)."""

import dataclasses
from datetime import timedelta

import pytest

from chassis.ids import new_id, utcnow
from chassis.transaction import Principal
from contracts.activities import ActivityRecorded
from contracts.fields import PROTECTED_NAME
from contracts.identity import PersonNamedV1
from contracts.org_registry import (
    AccessRequestDecidedV1,
    AccessRequestReceivedV1,
    MembershipGrantedV1,
)

TODAY = utcnow().date()


@pytest.fixture
def owner(world):
    return world.private_account("K-1")


@pytest.fixture
def one(asking, owner):
    """Somebody has asked the owner: (who, the request's id)."""
    made = asking.sent(message=asking.MESSAGE)
    asking.work()
    return made


def test_FC16_the_account_s_people_see_who_asks_as_bankid_says_and_what_he_writes(world, owner, one, asking):
    [row] = asking.received(owner)
    assert (row["name"], row["birth_year"], row["message"]) == (asking.NAME, asking.YEAR, asking.MESSAGE)
    assert (row["id"], len(row)) == (one[1], 6)
    [event] = world.told(AccessRequestReceivedV1)
    assert (str(event.access_request_id), event.account_id) == (one[1], owner.account_id)
    assert str(one[0].person_id) not in str(event)


def test_FC16_a_grant_makes_the_asker_the_granter_s_delegate_at_once(world, owner, one, asking):
    who, request = one
    answer = asking.grant(owner, request)
    assert (answer.status_code, answer.json["status"]) == (201, "granted")
    member = world.acting(who.person_id, owner.account_id)
    assert str(member.membership_id) == answer.json["membership_id"]
    assert (member.role, member.read_only, member.services) == ("delegate", False, None)
    [row] = world.rows("SELECT parent_id, granted_by FROM membership WHERE role = 'delegate'")
    assert row == {"parent_id": owner.membership_id, "granted_by": owner.person_id}
    event = world.told(MembershipGrantedV1)[-1]
    assert (event.person_id, event.invitation_id, event.granted_by) == (who.person_id, None, owner.person_id)
    [told] = world.told(AccessRequestDecidedV1)
    assert (told.person_id, told.outcome) == (who.person_id, "granted")
    assert [row["status"] for row in asking.mine(who)] == ["granted"]
    assert asking.received(owner) == []


def test_FC16_D1_whom_a_signatory_let_in_stands_in_the_branch_below_him(world, owner, one, asking):
    asking.grant(owner, one[1])
    delegate = world.acting(one[0].person_id, owner.account_id)
    assert world.remove(owner, delegate).status_code == 204
    assert world.grant(delegate.person_id, owner.account_id).status_code == 404


def test_FC16_D22_what_is_given_is_narrowed_as_the_granter_says(world, owner, one, asking):
    ends = TODAY + timedelta(days=30)
    body = {"read_only": True, "services": ["water", "waste"], "ends_on": ends.isoformat()}
    assert asking.grant(owner, one[1], body).status_code == 201
    member = world.acting(one[0].person_id, owner.account_id)
    assert (member.read_only, member.services) == (True, frozenset({"water", "waste"}))
    assert world.told(MembershipGrantedV1)[-1].ends_on == ends


def test_FC16_D22_nobody_gives_more_than_he_holds(world, owner, one, asking):
    ends = TODAY + timedelta(days=10)
    by_power = "UPDATE membership SET role = 'signatory', ends_on = :ends, power_id = :power WHERE role = 'owner'"
    world.change(by_power, ends=ends, power=new_id())
    longer = {"ends_on": (ends + timedelta(days=1)).isoformat()}
    refused = asking.grant(owner, one[1], longer)
    assert (refused.status_code, refused.json["code"]) == (403, "grant-too-wide")
    assert asking.grant(owner, one[1]).status_code == 201
    assert world.told(MembershipGrantedV1)[-1].ends_on == ends, "as long as the granter's own"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"ends_on": (TODAY - timedelta(days=2)).isoformat()}, 422, "grant-ended"),
        ({"services": []}, 422, "invalid"),
        ({"services": ["castles"]}, 422, "invalid"),
        ({"read_only": 1}, 422, "invalid"),
        ({"role": "owner"}, 422, "invalid"),
    ],
    ids=["ended", "no-services", "unknown-service", "no-boolean", "role"],
)
def test_FC16_a_grant_that_makes_no_sense_gives_nothing(world, owner, one, body, status, code, asking):
    answer = asking.grant(owner, one[1], body)
    assert answer.status_code == status, answer.json
    assert answer.json["code"] == code
    assert answer.json["errors"][0]["field"].split(".")[0] == next(iter(body)), "the page marks the field"
    assert len(asking.received(owner)) == 1
    assert world.told(AccessRequestDecidedV1) == []


def test_FC16_T52_a_denied_asker_has_nothing_and_is_told_so(world, owner, one, asking):
    who, request = one
    assert asking.deny(owner, request).status_code == 204
    [told] = world.told(AccessRequestDecidedV1)
    assert (told.person_id, told.outcome) == (who.person_id, "denied")
    assert [row["status"] for row in asking.mine(who)] == ["denied"]
    assert world.grant(who.person_id, owner.account_id).status_code == 404
    about = [record for record in world.told(ActivityRecorded) if record.about_person_id == who.person_id]
    assert about == [], "his log does not tell who denied"
    for again in (asking.deny(owner, request), asking.grant(owner, request)):
        assert (again.status_code, again.json["code"]) == (409, "access-request-settled")


def test_FC16_T50_a_delegate_sees_no_requests_and_decides_none(world, owner, one, asking):
    delegate = world.let_in(owner)
    assert asking.received(delegate) == []
    for answer in (asking.grant(delegate, one[1]), asking.deny(delegate, one[1])):
        assert (answer.status_code, answer.json["code"]) == (404, "access-request-not-found")


def test_FC16_D22_who_may_only_read_decides_nothing(world, owner, one, asking):
    reader = world.let_in(owner, read_only=True)
    assert asking.received(reader) == []
    for answer in (asking.grant(reader, one[1]), asking.deny(reader, one[1])):
        assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def test_FC16_C3_another_account_neither_sees_nor_decides_it(world, owner, one, asking):
    neighbour = world.private_account("K-2")
    assert asking.received(neighbour) == []
    for answer in (asking.grant(neighbour, one[1]), asking.deny(neighbour, one[1]), asking.grant(owner, new_id())):
        assert (answer.status_code, answer.json["code"]) == (404, "access-request-not-found")


def test_FC16_C7_a_granter_who_has_lost_the_right_meanwhile_grants_nothing(world, owner, one, asking):
    other = dataclasses.replace(owner, person_id=new_id())
    world.change("UPDATE membership SET person_id = :other WHERE role = 'owner'", other=other.person_id)
    for answer in (asking.grant(owner, one[1]), asking.deny(owner, one[1])):
        assert (answer.status_code, answer.json["code"]) == (403, "grant-not-held")
    assert world.grant(one[0].person_id, owner.account_id).status_code == 404
    assert asking.grant(other, one[1]).status_code == 201


def test_FC16_C7_a_signatory_whose_last_day_has_passed_answers_nobody(world, owner, one, asking):
    over = "UPDATE membership SET role = 'signatory', ends_on = :day, power_id = :power WHERE role = 'owner'"
    world.change(over, day=TODAY - timedelta(days=2), power=new_id())
    for answer in (asking.grant(owner, one[1]), asking.deny(owner, one[1])):
        assert (answer.status_code, answer.json["code"]) == (403, "grant-not-held")
    assert world.rows("SELECT status FROM access_request") == [{"status": "sent"}]


def test_FC16_FB12_a_suspended_account_lets_nobody_in(world, owner, one, asking):
    staff = Principal(person_id=new_id(), session_id=new_id(), staff=frozenset({"customer-service"}))
    world.client.as_(staff).post(
        "/v1/staff/account-suspensions",
        {"account_id": str(owner.account_id), "reason": "customer-request", "note": "Ärende 1"},
    )
    answers = (asking.grant(owner, one[1]), asking.deny(owner, one[1]), asking.as_(owner).get(asking.THEIRS))
    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(403, "grant-suspended")}


def test_FC16_C7_two_who_grant_at_once_make_one_membership(world, owner, one, asking):
    answers = world.together(*[lambda: asking.grant(owner, one[1])] * 4)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(world.rows("SELECT 1 FROM membership WHERE role = 'delegate'")) == 1
    assert len(world.told(AccessRequestDecidedV1)) == 1


def test_FC16_a_grant_and_a_withdrawal_at_once_are_one_of_them(world, owner, one, asking):
    who, request = one
    answers = world.together(
        lambda: asking.grant(owner, request),
        lambda: asking.withdraw(who, request),
    )
    assert sorted(answer.status_code for answer in answers) in ([201, 409], [204, 409])
    members = world.rows("SELECT 1 FROM membership WHERE role = 'delegate'")
    assert (asking.mine(who)[0]["status"], len(members)) in {("granted", 1), ("withdrawn", 0)}


def test_FC16_a_request_whose_30_days_are_out_is_neither_seen_nor_granted(world, owner, one, asking):
    who, request = one
    asking.late(days=30)
    assert asking.received(owner) == []
    assert [row["status"] for row in asking.mine(who)] == ["expired"]
    assert asking.grant(owner, request).json["code"] == "access-request-settled"
    asking.work()
    assert asking.grant(owner, request).json["code"] == "access-request-settled"
    assert world.told(AccessRequestDecidedV1) == []


def test_FC16_B_07_who_was_invited_meanwhile_has_what_he_asked_for(world, owner, one, asking):
    who, request = one
    world.deliver(world.approved(owner, who.person_id))
    refused = asking.grant(owner, request)
    assert (refused.status_code, refused.json["code"]) == (409, "grant-to-member")
    asking.work()
    assert asking.received(owner) == []
    assert [row["status"] for row in asking.mine(who)] == ["granted"]
    assert world.told(AccessRequestDecidedV1) == [], "his membership has told him"


def test_FC16_who_had_access_until_yesterday_can_be_let_in_again(world, owner, one, asking):
    who, request = one
    world.deliver(world.approved(owner, who.person_id))
    world.change("UPDATE membership SET ends_on = :day WHERE role = 'delegate'", day=TODAY - timedelta(days=2))
    assert asking.grant(owner, request).status_code == 201
    assert len(world.rows("SELECT 1 FROM membership WHERE role = 'delegate' AND removed_at IS NULL")) == 1


@pytest.mark.parametrize("locale", ["sv", "en"])
def test_FC16_FJ9_a_protected_asker_is_shown_without_name_and_year(world, owner, locale, asking):
    asking.sent(asking.person(PROTECTED_NAME["sv"]))
    asking.work()
    [row] = asking.received(owner, locale)
    assert (row["name"], row["birth_year"]) == (PROTECTED_NAME[locale], None)
    [kept] = world.rows("SELECT name_sealed, birth_year FROM access_request")
    assert set(kept.values()) == {None}


def test_FC16_FJ9_who_becomes_protected_while_he_waits_is_shown_without_name(world, owner, one, asking):
    world.deliver(PersonNamedV1(person_id=one[0].person_id, sealed_name=None, protected_identity=True))
    [row] = asking.received(owner)
    assert (row["name"], row["birth_year"], row["message"]) == (PROTECTED_NAME["sv"], None, asking.MESSAGE)


def test_FC16_FK16_a_number_that_has_moved_is_the_new_account_s(world, owner, asking):
    other = world.private_account("K-2")
    move = "UPDATE customer SET account_id = :other WHERE customer_number = 'K-1'"
    world.change(move, other=other.account_id)
    assert asking.send(asking.person()).status_code == 201
    asking.work()
    assert (asking.received(owner), len(asking.received(other))) == ([], 1)


def test_FC16_D10_an_account_that_waits_for_a_cosignatory_is_nobody_s_yet(world, vault, asking):
    number = vault.protect("5520000018")
    world.change(
        "WITH made AS (INSERT INTO organisation VALUES (:id, :index, :sealed) RETURNING id)"
        " INSERT INTO account (id, kind, display_name, status, organisation_id, version)"
        " SELECT :id, 'company', 'Väntar', 'waiting-cosignatory', id, 1 FROM made",
        id=new_id(),
        index=number.index,
        sealed=number.sealed,
    )
    who, _ = asking.sent(organisation_number="552000-0018")
    asking.work()
    assert world.told(AccessRequestReceivedV1) == []
    assert [row["status"] for row in asking.mine(who)] == ["sent"]

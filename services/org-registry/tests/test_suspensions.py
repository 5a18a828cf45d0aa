"""Customer service suspends and resumes an account (B12): for everybody of it, at once, with a reason."""

import pytest

from chassis.ids import new_id
from chassis.transaction import Principal
from contracts.activities import ActivityRecorded
from contracts.org_registry import AccountResumedV1, AccountSuspendedV1, MembershipGrantedV1
from org_registry.domain.suspensions import SUSPENDED, SuspensionReason


def staff():
    return Principal(person_id=new_id(), session_id=new_id(), staff=frozenset({"customer-service"}))


def suspend(world, account_id, who=None, *, reason="suspected-misuse", note="Ärende 4711"):
    body = {"account_id": str(account_id), "reason": reason, "note": note}
    return world.client.as_(who or staff()).post("/v1/staff/account-suspensions", body)


def resume(world, suspension_id, who=None, note="Utrett"):
    return world.client.as_(who or staff()).post(
        f"/v1/staff/account-suspensions/{suspension_id}/resumptions", {"note": note}
    )


def test_FB12_nobody_of_a_suspended_account_has_access_and_everybody_has_it_again_after(world):
    owner = world.private_account()
    delegate, other = world.let_in(owner), world.private_account("K-2")
    who = staff()
    made = suspend(world, owner.account_id, who)
    assert made.status_code == 201, made.json
    assert (made.json["reason"], made.json["suspended_by"]) == ("suspected-misuse", str(who.person_id))
    for member in (owner, delegate):
        answer = world.grant(member.person_id, owner.account_id)
        assert (answer.status_code, answer.json["code"]) == (403, "grant-suspended")
    assert world.grant(new_id(), owner.account_id).status_code == 404
    assert world.grant(other.person_id, other.account_id).status_code == 200
    done = resume(world, made.json["id"], who)
    assert (done.status_code, done.json["resume_note"], done.json["resumed_by"]) == (200, "Utrett", str(who.person_id))
    for member in (owner, delegate):
        assert world.acting(member.person_id, owner.account_id).membership_id == member.membership_id
    [suspended], [resumed] = world.told(AccountSuspendedV1), world.told(AccountResumedV1)
    assert (suspended.account_id, suspended.reason) == (owner.account_id, "suspected-misuse")
    assert resumed.account_id == owner.account_id


@pytest.mark.parametrize("reason", list(SuspensionReason))
def test_FB12_FC18_the_chooser_says_that_it_is_suspended_and_why(world, reason):
    owner = world.private_account()
    suspend(world, owner.account_id, reason=reason.value, note="Hemlig anteckning")
    for locale in ("sv", "en"):
        answer = world.accounts(owner, locale=locale)
        [item] = answer["items"]
        assert item["notice"] == SUSPENDED[reason][locale]
        assert item["suspended_at"].endswith("Z")
        assert "Hemlig" not in str(answer)


def test_FB12_each_reason_has_its_own_words_in_both_languages():
    words = [text for reason in SuspensionReason for text in SUSPENDED[reason].values()]
    assert len(set(words)) == len(words) == 2 * len(SuspensionReason)


def test_FB12_what_a_stale_token_would_still_do_is_refused_with_a_clear_text(world):
    owner = world.private_account()
    delegate = world.let_in(owner)
    suspend(world, owner.account_id)
    http = world.client.as_(owner)
    for answer in (
        http.get("/v1/account"),
        http.get("/v1/memberships"),
        http.delete(f"/v1/memberships/{delegate.membership_id}", json={}),
    ):
        assert (answer.status_code, answer.json["code"]) == (403, "grant-suspended")
        assert answer.json["title"] == "Kontot är spärrat"
    assert world.rows("SELECT 1 FROM membership WHERE removed_at IS NOT NULL") == []


def test_FB12_memberships_that_change_meanwhile_hold_when_it_is_resumed(world):
    owner = world.private_account()
    made = suspend(world, owner.account_id).json["id"]
    event = world.approved(owner, new_id())
    world.deliver(event)
    assert len(world.told(MembershipGrantedV1)) == 2
    assert world.grant(event.acceptor_id, owner.account_id).status_code == 403
    resume(world, made)
    assert world.grant(event.acceptor_id, owner.account_id).status_code == 200


def test_FB12_one_suspension_at_a_time_and_each_is_ended_once(world):
    owner = world.private_account()
    answers = world.together(*[lambda: suspend(world, owner.account_id)] * 4)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    [refused] = {answer.json["code"] for answer in answers if answer.status_code == 409}
    assert refused == "account-suspended-already"
    [made] = [answer.json["id"] for answer in answers if answer.status_code == 201]
    ends = world.together(*[lambda: resume(world, made)] * 3)
    assert sorted(answer.status_code for answer in ends) == [200, 404, 404]
    assert suspend(world, owner.account_id).status_code == 201
    listed = world.client.as_(staff()).get("/v1/staff/account-suspensions").json
    assert [item["resumed_at"] is None for item in listed["items"]] == [True, False]
    assert (len(world.told(AccountSuspendedV1)), len(world.told(AccountResumedV1))) == (2, 1)


def test_FB12_what_is_not_there_or_not_open_cannot_be_suspended(world):
    for answer in (suspend(world, new_id()), resume(world, new_id())):
        assert answer.status_code == 404
    world.change(
        "WITH made AS (INSERT INTO organisation (id, number_index, number_sealed) VALUES (:id, 'x', 'x') RETURNING id)"
        " INSERT INTO account (id, kind, display_name, status, organisation_id, version)"
        " SELECT :id, 'company', 'Väntar', 'waiting-cosignatory', id, 1 FROM made",
        id=(waiting := new_id()),
    )
    assert suspend(world, waiting).json["code"] == "account-not-found"


@pytest.mark.parametrize("change", [{"reason": "why-not"}, {"note": ""}, {"note": "x" * 501}, {"note": "a\nb"}])
def test_FB12_no_suspension_without_a_reason_and_a_note(world, change):
    owner = world.private_account()
    assert suspend(world, owner.account_id, **change).status_code == 422


def test_FB12_only_customer_service_suspends_and_sees_suspensions(world):
    owner = world.private_account()
    made = suspend(world, owner.account_id).json["id"]
    for who in (owner, world.person(), Principal(person_id=new_id(), staff=frozenset({"staff-admin"}))):
        assert suspend(world, owner.account_id, who).status_code == 403
        assert resume(world, made, who).status_code == 403
        assert world.client.as_(who).get("/v1/staff/account-suspensions").status_code == 403


def test_FB12_FC19_the_account_s_log_tells_of_both_without_the_note(world):
    owner = world.private_account()
    resume(world, suspend(world, owner.account_id, note="Hemlig anteckning").json["id"], note="Också hemlig")
    records = [
        event for event in world.told(ActivityRecorded) if event.account_id == owner.account_id and event.person_id
    ]
    assert [record.action for record in records] == ["suspend_account", "resume_account"]
    assert all(record.reason is None for record in records)

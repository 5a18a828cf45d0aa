"""The yearly "are these still right?" (B-08)."""

from datetime import timedelta
from uuid import UUID

import pytest

from chassis import jobs
from chassis.ids import new_id
from chassis.transaction import Principal
from contracts.activities import ActivityRecorded
from contracts.org_registry import MembershipRemovedV1, MembershipReviewOpenedV1, MembershipReviewRemindedV1
from org_registry import app as composition

YEAR, DAY = timedelta(days=365), timedelta(days=1)


@pytest.fixture
def review_job(database, settings):
    """Runs the job as the worker does."""
    return lambda: jobs.run(composition.JOBS.get("review-memberships"), jobs.JobContext(database, settings))


def later(world, time):
    """Everything that the reviews go by happened so much earlier."""
    world.change("UPDATE membership SET granted_at = granted_at - :time, removed_at = removed_at - :time", time=time)
    world.change(
        "UPDATE membership_review SET opened_at = opened_at - :time, reminded_at = reminded_at - :time,"
        " closed_at = closed_at - :time",
        time=time,
    )


def review(world, who):
    answer = world.client.as_(who).get("/v1/membership-review")
    assert answer.status_code == 200, answer.json
    return answer.json


def answer(world, who, *, keep=(), remove=(), **options):
    body = {
        "keep": [str(one.membership_id) for one in keep],
        "remove": [str(one.membership_id) for one in remove],
    }
    return world.client.as_(who).post("/v1/membership-review/answers", body, **options)


@pytest.fixture
def due(world, review_job):
    """A private account whose year has passed: owner and three delegates, the last let in by the first."""
    owner = world.private_account()
    first, second = world.let_in(owner), world.let_in(owner)
    third = world.let_in(first)
    later(world, YEAR)
    review_job()
    return owner, first, second, third


def test_B_08_FC23_a_review_opens_a_year_after_the_first_was_let_in_and_not_before(world, review_job):
    owner = world.private_account()
    later(world, 2 * YEAR)
    world.let_in(owner)
    later(world, YEAR - DAY)
    review_job()
    assert world.told(MembershipReviewOpenedV1) == []
    before = review(world, owner)
    assert (before["due"], before["opened_at"]) == (False, None)
    assert before["next_at"] is not None
    later(world, DAY)
    review_job()
    [opened] = world.told(MembershipReviewOpenedV1)
    assert opened.account_id == owner.account_id
    now = review(world, owner)
    assert (now["due"], now["next_at"]) == (True, None)
    review_job()
    assert len(world.told(MembershipReviewOpenedV1)) == 1


def test_B_08_an_account_without_delegates_is_left_in_peace(world, review_job):
    owner = world.private_account()
    gone = world.let_in(owner)
    assert world.remove(owner, gone).status_code == 204
    later(world, 2 * YEAR)
    review_job()
    assert world.told(MembershipReviewOpenedV1) == []
    assert review(world, owner) == {"due": False, "opened_at": None, "next_at": None, "memberships": []}


def test_B_08_FC23_a_suspended_account_is_asked_when_it_is_resumed(world, review_job):
    owner = world.private_account()
    world.let_in(owner)
    later(world, YEAR)
    world.change("UPDATE account SET suspended_at = now(), suspension_reason = 'other'")
    review_job()
    assert world.told(MembershipReviewOpenedV1) == []
    world.change("UPDATE account SET suspended_at = NULL, suspension_reason = NULL")
    review_job()
    assert len(world.told(MembershipReviewOpenedV1)) == 1


def test_B_08_FC23_keep_and_remove_are_done_in_one_answer_and_the_review_is_over(world, due):
    owner, first, second, third = due
    done = answer(world, owner, keep=[first, third], remove=[second])
    assert done.status_code == 200, done.json
    assert done.json["due"] is False
    assert world.grant(second.person_id, owner.account_id).status_code == 404
    for who in (first, third):
        assert world.grant(who.person_id, owner.account_id).status_code == 200
    [removed] = world.told(MembershipRemovedV1)
    assert (removed.membership_id, removed.removed_by) == (second.membership_id, owner.person_id)
    [row] = world.rows("SELECT closed_by, closed_at FROM membership_review")
    assert row["closed_by"] == owner.person_id
    again = answer(world, owner, keep=[first])
    assert (again.status_code, again.json["code"]) == (409, "membership-review-not-open")


def test_B_08_answers_can_be_given_one_at_a_time_and_changed_until_the_last(world, due):
    owner, first, second, third = due
    assert answer(world, owner, keep=[first]).json["due"] is True
    kept = {item["id"]: item["kept"] for item in review(world, owner)["memberships"]}
    assert kept[str(first.membership_id)] is True
    assert kept[str(second.membership_id)] is None
    assert answer(world, owner, remove=[first]).json["due"] is True
    assert world.grant(first.person_id, owner.account_id).status_code == 404
    assert answer(world, owner, keep=[second, third]).json["due"] is False


def test_B_08_the_next_review_comes_a_year_after_this_one(world, due, review_job):
    owner, *delegates = due
    answer(world, owner, keep=delegates)
    later(world, YEAR - DAY)
    review_job()
    assert len(world.told(MembershipReviewOpenedV1)) == 1
    later(world, DAY)
    review_job()
    assert len(world.told(MembershipReviewOpenedV1)) == 2


def test_B_08_FC23_one_reminder_after_a_month_and_no_more(world, due, review_job):
    owner = due[0]
    later(world, 29 * DAY)
    review_job()
    assert world.told(MembershipReviewRemindedV1) == []
    later(world, DAY)
    for _ in range(2):
        review_job()
        later(world, 60 * DAY)
    [reminded] = world.told(MembershipReviewRemindedV1)
    assert reminded.account_id == owner.account_id
    assert review(world, owner)["due"] is True


def test_B_08_a_review_in_which_nobody_is_left_is_closed_without_a_reminder(world, due, review_job):
    owner, *delegates = due
    for who in delegates:
        assert world.remove(owner, who).status_code == 204
    later(world, 31 * DAY)
    review_job()
    assert world.told(MembershipReviewRemindedV1) == []
    assert review(world, owner)["due"] is False


def test_B_08_who_was_let_in_after_the_review_opened_need_not_be_answered_about(world, due):
    owner, *delegates = due
    newcomer = world.let_in(owner)
    assert answer(world, owner, keep=delegates).json["due"] is False
    assert world.grant(newcomer.person_id, owner.account_id).status_code == 200


def test_B_08_FC23_ended_and_expired_ones_are_shown_with_when_and_why(world, due):
    owner, first, second, third = due
    world.remove(owner, second)
    world.change("UPDATE membership SET ends_on = current_date - 3 WHERE id = :id", id=third.membership_id)
    shown = {item["id"]: item for item in review(world, owner)["memberships"]}
    assert shown[str(first.membership_id)]["status"] == "active"
    assert (shown[str(second.membership_id)]["status"], shown[str(second.membership_id)]["ended_reason"]) == (
        "ended",
        "removed",
    )
    assert shown[str(second.membership_id)]["ended_at"] is not None
    assert shown[str(third.membership_id)]["status"] == "expired"
    assert str(owner.membership_id) not in shown


def test_B_08_what_ended_before_the_last_review_is_not_shown_again(world, due):
    owner, first, second, third = due
    answer(world, owner, keep=[first, third], remove=[second])
    later(world, DAY)
    assert len(review(world, owner)["memberships"]) == 2


def test_B_08_D1_a_delegate_sees_his_own_branch_and_answers_nothing(world, due):
    owner, first, _, third = due
    seen = review(world, first)
    assert (seen["due"], [item["id"] for item in seen["memberships"]]) == (False, [str(third.membership_id)])
    for cmd in ({"keep": [third]}, {"remove": [third]}, {"remove": [owner]}):
        refused = answer(world, first, **cmd)
        assert (refused.status_code, refused.json["code"]) == (403, "membership-review-not-yours")
    assert world.rows("SELECT 1 FROM membership WHERE removed_at IS NOT NULL") == []


def test_B_08_nothing_is_done_unless_all_of_it_can_be(world, due):
    owner, first, second, _ = due
    stranger = world.let_in(world.private_account("K-2"))
    for wrong in (stranger, owner):
        for cmd in ({"keep": [first], "remove": [second, wrong]}, {"keep": [wrong], "remove": [second]}):
            refused = answer(world, owner, **cmd)
            assert (refused.status_code, refused.json["code"]) == (404, "membership-not-found")
    for cmd in ({}, {"keep": [first], "remove": [first]}, {"remove": [second, second]}):
        assert answer(world, owner, **cmd).status_code == 422
    assert world.rows("SELECT 1 FROM membership WHERE removed_at IS NOT NULL") == []
    assert world.rows("SELECT 1 FROM membership_review_answer") == []


def test_B_08_who_was_removed_meanwhile_can_be_named_for_removal_and_not_for_keeping(world, due):
    owner, first, second, _ = due
    world.remove(owner, second)
    assert answer(world, owner, keep=[second]).status_code == 404
    assert answer(world, owner, keep=[first], remove=[second]).status_code == 200
    assert len(world.told(MembershipRemovedV1)) == 1


def test_B_08_the_same_answer_twice_with_one_key_is_one_answer(world, due):
    owner, first, second, third = due
    key = str(new_id())
    answers = [answer(world, owner, keep=[first, third], remove=[second], key=key) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert len(world.told(MembershipRemovedV1)) == 1


def test_B_08_the_job_at_two_places_opens_one_review(world):
    owner = world.private_account()
    world.let_in(owner)
    later(world, YEAR)

    def step():
        with world.database.transaction() as tx:
            return composition.review_usecases.open_reviews(tx)

    assert sorted(world.together(*[step] * 4)) == [0, 0, 0, 1]
    assert len(world.told(MembershipReviewOpenedV1)) == 1


def test_B_08_who_is_not_in_the_account_or_may_only_read_answers_nothing(world, due):
    owner, first, *_ = due
    stranger = world.private_account("K-2")
    assert answer(world, stranger, remove=[first]).json["code"] == "membership-review-not-open"
    reader = Principal(**{**vars(owner), "scopes": frozenset({"members:read"})})
    assert answer(world, reader, remove=[first]).status_code == 403
    outsider = Principal(**{**vars(owner), "person_id": UUID(int=7)})
    assert answer(world, outsider, remove=[first]).json["code"] == "account-not-found"
    assert world.grant(first.person_id, owner.account_id).status_code == 200


def test_B_08_D1_FC19_the_log_tells_of_the_review_and_of_each_removal(world, due):
    owner, first, second, third = due
    answer(world, owner, keep=[third], remove=[first, second])
    records = [event for event in world.told(ActivityRecorded) if event.account_id == owner.account_id]
    mine = [record for record in records if record.person_id == owner.person_id]
    assert [record.action for record in mine] == ["end_membership", "end_membership", "answer_membership_review"]
    assert {record.about_person_id for record in mine} == {first.person_id, second.person_id, None}

"""FC16: asking to be let in to an account. Nobody learns by it who is a customer (C30), nor makes us spam (C28)."""

import dataclasses
import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event as events
from sqlalchemy import text

from chassis.ids import new_id, utcnow
from chassis.testing import answered, wait_for
from contracts.activities import ActivityRecorded
from contracts.data_requests import DataRequestKind
from contracts.identity import DataRequestOpenedV1
from contracts.org_registry import AccessRequestDecidedV1, AccessRequestReceivedV1
from org_registry.domain.access_requests import (
    AFTER,
    ANSWER_WITHIN,
    AccessRequest,
    AccessRequestSettled,
    Action,
    NumberKind,
    RequestStatus,
    masked,
)
from org_registry.usecases.access_requests import AskForAccess, ask_for_access
from sim_bolagsverket import companies as data


def test_FC16_C30_a_number_that_is_nobodys_is_answered_as_one_that_is_somebodys(world, asking):
    world.private_account("K-1")
    world.link(world.person(), data.EBBA.number, data.MANAGING_DIRECTOR)
    world.deliver(world.organisation("K-7", data.ALONE))
    kinds = {
        "a household": {"customer_number": "K-1"},
        "nobody's customer number": {"customer_number": "K-9"},
        "a company with an account": {"organisation_number": data.MANAGING_DIRECTOR},
        "a customer without an account": {"organisation_number": data.ALONE},
        "nobody's organisation number": {"organisation_number": data.DEPUTY_AND_AUDITOR},
    }
    askers = {kind: asking.person() for kind in kinds}
    made = {kind: asking.send(askers[kind], **body) for kind, body in kinds.items()}
    assert {answer.status_code for answer in made.values()} == {201}
    assert len({str(shape(answer)) for answer in made.values()}) == 1
    assert {answer.json["status"] for answer in made.values()} == {"sent"}
    asking.work()
    assert len(world.told(AccessRequestReceivedV1)) == 2, "only of what is somebody's"
    rows = {kind: asking.mine(askers[kind]) for kind in kinds}
    assert all(len(row) == 1 for row in rows.values())
    assert len({(tuple(row[0]), row[0]["status"]) for row in rows.values()}) == 1
    again = [asking.send(askers[kind], **body) for kind, body in kinds.items()]
    assert {(answer.status_code, answer.json["code"]) for answer in again} == {(409, "access-request-open-already")}
    asking.late()
    asking.work()
    assert {asking.mine(askers[kind])[0]["status"] for kind in kinds} == {"expired"}
    assert world.told(AccessRequestDecidedV1) == []


def shape(answer):
    """All that an asker sees, without what is new each time."""
    body = {name: len(value) if name in {"id", "asked_for"} else name for name, value in answer.json.items()}
    if body.pop("asked_for") not in {len("**1"), len("55****-**18")}:
        pytest.fail("a number in clear?")
    return answer.status_code, sorted(body.items()), sorted(answer.headers.keys())


def test_FC16_C30_the_same_statements_run_whether_or_not_the_number_is_somebodys(world, database, asking):
    world.private_account("K-1")
    ran = {}
    for number in ("K-1", "K-9"):
        seen = ran.setdefault(number, [])

        def note(_connection, _cursor, statement, *_, seen=seen):
            seen.append(statement)

        events.listen(database.engine, "before_cursor_execute", note)
        try:
            assert asking.send(asking.person(), customer_number=number).status_code == 201
        finally:
            events.remove(database.engine, "before_cursor_execute", note)
    assert len(ran["K-1"]) > 5
    assert ran["K-1"] == ran["K-9"]


def test_FC16_C30_the_asker_s_own_log_and_export_do_not_tell_that_there_is_an_account(world, asking):
    world.private_account("K-1")
    found = {}
    for number in ("K-1", "K-9"):
        who, _ = asking.sent(customer_number=number, message=asking.MESSAGE)
        asking.work()
        world.deliver(DataRequestOpenedV1(request_id=new_id(), kind=DataRequestKind.EXPORT, person_id=who.person_id))
        [row] = answered(world.database)["access-requests"]["my_requests"]
        assert row["message"] == asking.MESSAGE
        found[number] = {name: value for name, value in row.items() if not name.endswith("_at")} | {"asked_for": ""}
        about = [one for one in world.told(ActivityRecorded) if who.person_id in {one.person_id, one.about_person_id}]
        assert [(one.action, one.account_id) for one in about] == [("ask_for_access", None)]
    assert found["K-1"] == found["K-9"]
    [told] = [one for one in world.told(ActivityRecorded) if one.action == "receive_access_request"]
    assert (told.person_id, told.about_person_id) == (None, None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "organisation_number"),
        ({"customer_number": "K-1", "organisation_number": "552000-0018"}, "organisation_number"),
        ({"organisation_number": "552000-0019"}, "organisation_number"),
        ({"organisation_number": "kafferosteriet"}, "organisation_number"),
        ({"customer_number": ""}, "customer_number"),
        ({"customer_number": "K 1; --"}, "customer_number"),
        ({"customer_number": "1" * 21}, "customer_number"),
        ({"customer_number": "K-1\n"}, None),
        ({"customer_number": "K-1", "message": "x" * 301}, "message"),
        ({"customer_number": "K-1", "message": "vänd\u202ehär"}, "message"),
        ({"customer_number": "K-1", "account_id": "01980000-0000-7000-8000-000000000101"}, "account_id"),
    ],
    ids=str,
)
def test_FC16_what_is_no_number_is_a_fault_of_its_field(world, body, field, asking):
    answer = asking.as_(asking.person()).post(asking.MINE, body)
    if field is None:  # a line end after what was copied
        assert answer.status_code == 201
        return
    assert answer.status_code == 422, answer.json
    assert field in {error["field"] for error in answer.json["errors"]}


def test_FC16_D23_numbers_names_and_messages_are_in_no_table_log_or_event_in_clear(world, caplog, asking):
    world.private_account("K-1")
    number = data.SOLE_TRADER[-10:]
    asking.sent(organisation_number=number, message=asking.MESSAGE)
    asking.sent(customer_number="K-1", message=asking.MESSAGE)
    asking.sent(customer_number="199108242384")
    asking.work()
    with world.database.read() as tx:
        tables = tx.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        kept = "\n".join(
            str(row)
            for table in tables
            for row in tx.session.execute(text(f'SELECT * FROM "{table}"'))  # noqa: S608
        )
    for secret in (number, f"{number[:6]}-{number[6:]}", "199108242384", asking.NAME, asking.MESSAGE):
        assert secret not in kept
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("kind", "number", "shown"),
    [
        (NumberKind.ORGANISATION, "5520000018", "55****-**18"),
        (NumberKind.CUSTOMER, "100042", "***042"),
        (NumberKind.CUSTOMER, "K-1", "**1"),
        (NumberKind.CUSTOMER, "7", "*"),
    ],
    ids=str,
)
def test_FC16_D23_of_a_number_so_much_is_shown_that_its_sender_knows_it_again(kind, number, shown, asking):
    assert masked(kind, number) == shown


def test_FC16_C44_five_requests_in_a_day_whatever_the_numbers(world, asking):
    who = asking.person()
    for number in range(5):
        asking.sent(who, customer_number=f"K-{number}")
    refused = asking.send(who, customer_number="K-99")
    assert (refused.status_code, refused.json["code"]) == (429, "access-request-too-many")
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600
    assert asking.send(asking.person(), customer_number="K-99").status_code == 201, "the limit is the person's"
    asking.late(days=1)
    assert asking.send(who, customer_number="K-99").status_code == 201


def test_FC16_C44_taking_requests_back_gives_no_more_of_them(world, asking):
    who = asking.person()
    for _ in range(5):
        _, request = asking.sent(who)
        assert asking.withdraw(who, request).status_code == 204
    assert asking.send(who).status_code == 429


def test_FC16_C28_one_account_gets_three_notices_a_day_and_the_rest_in_its_list(world, asking):
    owner = world.private_account("K-1")
    for _ in range(5):
        asking.sent()
    asking.work()
    assert len(world.told(AccessRequestReceivedV1)) == 3
    assert len(asking.received(owner)) == 5
    world.change("UPDATE access_request SET told_at = told_at - interval '1 day'")
    asking.sent()
    asking.work()
    assert len(world.told(AccessRequestReceivedV1)) == 4


def test_FC16_C28_the_same_person_again_and_again_is_told_of_once_a_week(world, asking):
    world.private_account("K-1")
    who = asking.person()
    for _ in range(3):
        _, request = asking.sent(who)
        asking.work()
        asking.withdraw(who, request)
    assert len(world.told(AccessRequestReceivedV1)) == 1
    asking.late(days=8)
    asking.sent(who)
    asking.work()
    assert len(world.told(AccessRequestReceivedV1)) == 2


def test_FC16_C28_whoever_was_denied_waits_a_month_before_asking_there_again(world, asking):
    owner, who = world.private_account("K-1"), asking.person()
    _, request = asking.sent(who)
    asking.work()
    assert asking.deny(owner, request).status_code == 204
    refused = asking.send(who)
    assert (refused.status_code, refused.json["code"]) == (409, "access-request-denied-recently")
    assert asking.send(who, customer_number="K-2").status_code == 201
    asking.late()
    assert asking.send(who).status_code == 201


def test_FC16_two_at_once_for_one_number_are_one_request(world, asking):
    who = asking.person()
    answers = world.together(*[lambda: asking.send(who)] * 4)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(asking.mine(who)) == 1


def test_FC16_C44_a_sixth_waits_for_the_fifth_that_is_being_made_and_is_refused(world, database, vault, asking):
    who, answers = asking.person(), []
    for number in range(4):
        asking.sent(who, customer_number=f"K-{number}")
    sixth = threading.Thread(target=lambda: answers.append(asking.send(who, customer_number="K-6")))
    with database.transaction(principal=who) as tx:
        ask_for_access(tx, AskForAccess(customer_number="K-5"), vault)
        sixth.start()
        waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
        wait_for(lambda: world.rows(waiting))
    sixth.join(20)
    assert [answer.status_code for answer in answers] == [429]
    assert len(asking.mine(who)) == 5


def test_FC16_the_same_key_sends_once_and_answers_alike(world, asking):
    who, key = asking.person(), str(new_id())
    first, again = asking.send(who, key=key), asking.send(who, key=key)
    assert (again.status_code, again.json) == (201, first.json)
    assert len(asking.mine(who)) == 1


def test_FC16_a_member_is_told_that_he_has_it_already(world, asking):
    owner = world.private_account("K-1")
    delegate = world.let_in(owner)
    for member in (owner, delegate):
        answer = asking.send(dataclasses.replace(asking.person(), person_id=member.person_id))
        assert (answer.status_code, answer.json["code"]) == (409, "access-request-of-member")
    world.remove(owner, delegate)
    assert asking.send(dataclasses.replace(asking.person(), person_id=delegate.person_id)).status_code == 201
    boss = world.person()
    assert world.link(boss, data.EBBA.number, data.MANAGING_DIRECTOR).status_code == 201
    chief = dataclasses.replace(asking.person(), person_id=boss.person_id)
    answer = asking.send(chief, organisation_number=data.MANAGING_DIRECTOR)
    assert answer.json["code"] == "access-request-of-member"


def test_FC16_who_is_not_named_by_bankid_cannot_ask(world, asking):
    assert asking.send(world.person()).status_code == 403
    assert asking.send(None).status_code == 401
    assert asking.as_(None).get(asking.MINE).status_code == 401


def test_FC16_T50_one_sees_and_takes_back_the_own_requests_alone(world, asking):
    (me, request), (other, _) = asking.sent(), asking.sent()
    assert [row["id"] for row in asking.mine(me)] == [request]
    assert asking.withdraw(other, request).json["code"] == "access-request-not-found"
    assert asking.withdraw(me, request).status_code == 204
    assert asking.withdraw(me, request).json["code"] == "access-request-settled"
    assert [row["status"] for row in asking.mine(me)] == ["withdrawn"]


def test_FC16_what_was_taken_back_before_it_was_looked_up_reaches_nobody(world, asking):
    owner = world.private_account("K-1")
    who, request = asking.sent()
    asking.withdraw(who, request)
    asking.work()
    assert world.told(AccessRequestReceivedV1) == []
    assert asking.received(owner) == []


def test_FC16_what_no_key_opens_stops_nobody_else_s_request(world, asking):
    owner = world.private_account("K-1")
    asking.sent()
    world.change("UPDATE access_request SET number_sealed = 'damaged'")
    asking.sent()
    asking.work()
    assert len(asking.received(owner)) == 1
    assert world.rows("SELECT 1 FROM access_request WHERE sought_at IS NULL") == []


def test_FC16_an_ended_request_keeps_neither_name_nor_message_and_goes_after_90_days(world, asking):
    who, request = asking.sent(message=asking.MESSAGE)
    asking.withdraw(who, request)
    [row] = world.rows("SELECT message_sealed, name_sealed, birth_year FROM access_request")
    assert set(row.values()) == {None}
    asking.late(days=89)
    asking.work("forget-old-rights")
    assert len(asking.mine(who)) == 1
    asking.late(days=2)
    asking.work("forget-old-rights")
    assert asking.mine(who) == []


def test_FC16_B_21_erasing_a_person_takes_the_own_requests_and_leaves_others(world, asking):
    owner = world.private_account("K-1")
    who, _ = asking.sent()
    asking.sent(customer_number="K-1")
    asking.sent(who, customer_number="K-2")
    asking.work()
    _, denied = asking.sent()
    asking.work()
    asking.deny(owner, denied)
    for person_id in (who.person_id, owner.person_id):
        world.deliver(DataRequestOpenedV1(request_id=new_id(), kind=DataRequestKind.ERASURE, person_id=person_id))
    rows = world.rows("SELECT person_id, decided_by FROM access_request")
    assert len(rows) == 2
    assert who.person_id not in {row["person_id"] for row in rows}
    assert {row["decided_by"] for row in rows} == {None}


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(list(Action)), st.integers(min_value=0, max_value=20)), min_size=1, max_size=8
    )
)
def test_FC16_a_request_is_settled_once_and_only_time_settles_it_late(steps):
    now = utcnow()
    request = AccessRequest(
        id=new_id(),
        person_id=new_id(),
        number_kind=NumberKind.CUSTOMER,
        number_index=b"x",
        number_sealed=b"x",
        created_at=now,
        expires_at=now + ANSWER_WITHIN,
    )
    settled = None
    for action, days in steps:
        now += timedelta(days=days)
        in_time, before = now < request.expires_at, request.status_at(now)
        try:
            status = request.after(action, now)
        except AccessRequestSettled:
            assert settled or in_time == (action is Action.EXPIRE)
            assert request.status_at(now) is before
            continue
        assert settled is None
        assert in_time is (action is not Action.EXPIRE)
        assert status is AFTER[action]
        settled = status
        request = dataclasses.replace(request, status=status, ended_at=now)
    expected = settled or (RequestStatus.SENT if now < request.expires_at else RequestStatus.EXPIRED)
    assert request.status_at(now) is expected

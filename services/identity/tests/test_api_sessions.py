from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import event

from chassis.ids import new_id
from chassis.testing import principal
from chassis.transaction import Principal
from identity.domain.sessions import csrf_token

KARIN, ERIK = "199908072391", "199006022397"


def instant(value):
    return datetime.fromisoformat(value)


@pytest.fixture
def logged_in(browser, log_in):
    browser.first = log_in(browser).json["session"]
    return browser


def test_D20_FA8_the_session_says_who_for_how_long_and_when_to_warn(logged_in):
    shown = logged_in.as_person("GET", "/session")
    assert shown.status_code == 200
    session = shown.json
    assert session["person"] == logged_in.first["person"]
    assert session["account_id"] is None
    assert session["locale"] == "sv"
    assert session["csrf_token"] == csrf_token(logged_in.cookie("__Host-sid"))
    idle, absolute, warn = (instant(session[name]) for name in ("idle_expires_at", "expires_at", "warn_at"))
    assert (idle - warn).total_seconds() == 120
    assert 29 * 60 < (idle - instant(logged_in.first["idle_expires_at"])).total_seconds() + 30 * 60 < 31 * 60
    assert 7.4 * 3600 < (absolute - idle).total_seconds() <= 7.5 * 3600 + 1
    assert shown.headers["Cache-Control"] == "no-store"


def test_the_gateway_learns_whose_session_it_is(logged_in):
    found = logged_in.resolve()
    assert found.status_code == 200
    assert found.json | {"idle_expires_at": 0, "expires_at": 0} == {
        "session_id": logged_in.first["session_id"],
        "person_id": logged_in.first["person"]["id"],
        "account_id": None,
        "name": "Karin Test Persson",
        "birth_year": 1999,
        "registered": False,
        "locale": "sv",
        "staff": [],
        "sealed_personal_number": None,
        "idle_expires_at": 0,
        "expires_at": 0,
    }


def test_resolving_a_session_is_one_statement(logged_in, database):
    statements = []

    def note(_connection, _cursor, statement, *_):
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        assert logged_in.resolve().status_code == 200
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    assert len(statements) == 1


def test_D23_the_personal_number_leaves_identity_only_sealed_for_a_service_that_may_have_it(
    logged_in, unseal_as_registry
):
    found = logged_in.resolve(seal_for="org-registry")
    assert KARIN not in found.text
    assert unseal_as_registry(found.json["sealed_personal_number"]) == {
        "person_id": found.json["person_id"],
        "personal_number": KARIN,
    }
    refused = logged_in.resolve(seal_for="billing")
    assert (refused.status_code, refused.json["code"]) == (403, "receiver-unknown")


def test_only_the_gateway_may_ask_whose_a_cookie_is(logged_in):
    body = {"token": logged_in.cookie("__Host-sid")}
    assert logged_in.send("POST", "/internal/sessions", body).status_code == 401
    assert logged_in.send("POST", "/internal/sessions", body, who=principal()).status_code == 403
    assert logged_in.send("POST", "/internal/sessions", body, who=Principal(service="billing")).status_code == 403


@pytest.mark.parametrize("token", ["none", "", "x" * 200, "' OR 1=1 --"])
def test_an_unknown_cookie_is_nobodys(logged_in, token):
    assert logged_in.send(
        "POST", "/internal/sessions", {"token": token}, who=Principal(service="gateway")
    ).status_code in {
        401,
        422,
    }


def test_S17_FA7_thirty_minutes_without_an_act_log_out_and_a_second_less_does_not(logged_in, later):
    later(30 * 60 - 5)
    assert logged_in.resolve().status_code == 200
    later(30 * 60 - 5)
    assert logged_in.resolve().status_code == 200
    later(30 * 60)
    refused = logged_in.resolve()
    assert (refused.status_code, refused.json["code"]) == (401, "session-ended")


def test_C18_background_polling_does_not_extend_the_session(logged_in, later):
    for _ in range(6):
        later(5 * 60 - 1)
        assert logged_in.resolve(background=True).status_code == 200
    later(6)
    assert logged_in.resolve(background=True).status_code == 401


def test_D20_the_idle_time_is_written_at_most_every_fifteen_seconds(logged_in, later, rows):
    before = rows("SELECT last_seen_at FROM session")
    assert logged_in.resolve().status_code == 200
    assert rows("SELECT last_seen_at FROM session") == before
    later(16)
    found = logged_in.resolve().json
    assert rows("SELECT last_seen_at > now() - interval '5 s' AS fresh FROM session") == [{"fresh": True}]
    assert instant(found["idle_expires_at"]) > instant(logged_in.first["idle_expires_at"])


def test_D20_after_eight_hours_the_session_ends_whatever_was_done(logged_in, later):
    for _ in range(16):
        later(29 * 60)
        assert logged_in.as_person("POST", "/session/extensions").status_code == 200
    later(15 * 60)
    shown = logged_in.as_person("GET", "/session").json
    assert shown["idle_expires_at"] == shown["expires_at"]
    later(60)
    assert logged_in.resolve().status_code == 401


def test_B_03_staying_logged_in_starts_the_thirty_minutes_anew(logged_in, later):
    later(29 * 60)
    extended = logged_in.as_person("POST", "/session/extensions")
    assert extended.status_code == 200
    assert extended.json["csrf_token"] == csrf_token(logged_in.cookie("__Host-sid"))
    later(29 * 60)
    assert logged_in.resolve().status_code == 200


def test_S15_logging_out_ends_it_on_the_server_and_empties_the_browser(logged_in):
    token = logged_in.cookie("__Host-sid")
    device = logged_in.cookie("__Host-device")
    answer = logged_in.as_person("DELETE", "/session")
    assert answer.status_code == 204
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert logged_in.cookie("__Host-sid") is None
    assert logged_in.cookie("__Host-device") == device
    assert logged_in.resolve(token=token).status_code == 401


def test_a_token_of_the_gateway_without_the_cookie_shows_no_session(logged_in, new_browser):
    who = Principal(person_id=logged_in.first["person"]["id"], session_id=logged_in.first["session_id"])
    assert new_browser().send("GET", "/session", who=who).status_code == 401
    assert new_browser().send("POST", "/session/extensions", who=who).status_code == 401


def test_C18_cookie_and_token_of_two_sessions_do_not_mix(logged_in, new_browser, log_in):
    other = new_browser()
    session = log_in(other, ERIK).json["session"]
    who = Principal(person_id=session["person"]["id"], session_id=session["session_id"])
    assert logged_in.send("GET", "/session", who=who).status_code == 401


def test_T20_FB3_choosing_an_account_gives_a_new_session_id_and_kills_the_old_one(logged_in):
    old, account = logged_in.cookie("__Host-sid"), str(new_id())
    chosen = logged_in.as_person("PUT", "/session/account", account_id=account)
    assert chosen.status_code == 200
    assert chosen.json["account_id"] == account
    assert chosen.json["session_id"] != logged_in.first["session_id"]
    assert logged_in.cookie("__Host-sid") != old
    assert chosen.json["csrf_token"] == csrf_token(logged_in.cookie("__Host-sid"))
    assert logged_in.resolve().json["account_id"] == account
    assert logged_in.resolve(token=old).status_code == 401


def test_FK9_C18_leaving_the_account_gives_a_new_session_without_one_and_kills_the_old(logged_in):
    logged_in.as_person("PUT", "/session/account", account_id=str(new_id()))
    old = logged_in.cookie("__Host-sid")
    before = logged_in.resolve().json
    left = logged_in.as_person("DELETE", "/session/account")
    assert left.status_code == 200
    assert (left.json["account_id"], left.json["account_role"]) == (None, None)
    assert left.json["csrf_token"] == csrf_token(logged_in.cookie("__Host-sid"))
    assert logged_in.cookie("__Host-sid") != old
    assert logged_in.resolve(token=old).status_code == 401
    after = logged_in.resolve().json
    assert (after["account_id"], after["person_id"]) == (None, before["person_id"])
    assert after["expires_at"] == before["expires_at"], "the eight hours are those of the login"
    assert after["session_id"] != before["session_id"]


def test_FK9_who_has_left_an_account_may_choose_again_and_leaving_none_is_no_error(logged_in):
    assert logged_in.as_person("DELETE", "/session/account").json["account_id"] is None
    account = str(new_id())
    assert logged_in.as_person("PUT", "/session/account", account_id=account).json["account_id"] == account
    assert logged_in.as_person("DELETE", "/session/account").json["account_id"] is None


def test_FK9_an_account_cannot_be_left_in_a_session_that_has_ended(logged_in):
    session = logged_in.resolve().json
    who = Principal(person_id=session["person_id"], session_id=session["session_id"])
    logged_in.as_person("DELETE", "/session")
    assert logged_in.send("DELETE", "/session/account", who=who).status_code == 401


def test_D20_choosing_an_account_does_not_lengthen_the_eight_hours(logged_in, later):
    later(600)
    before = logged_in.resolve().json["expires_at"]
    chosen = logged_in.as_person("PUT", "/session/account", account_id=str(new_id()))
    assert chosen.json["expires_at"] == before


def test_D21_of_many_choices_at_once_exactly_one_session_goes_on(app, logged_in, new_browser, rows):
    session = logged_in.resolve().json
    whos = [
        Principal(person_id=session["person_id"], session_id=session["session_id"], account_id=new_id())
        for _ in range(20)
    ]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda who: new_browser().send("PUT", "/session/account", who=who), whos))
    assert sorted({answer.status_code for answer in answers}) == [200, 401]
    assert sum(answer.status_code == 200 for answer in answers) == 1
    assert len(rows("SELECT 1 FROM session WHERE ended_at IS NULL")) == 1


def test_without_an_account_there_is_nothing_to_choose(logged_in):
    assert logged_in.as_person("PUT", "/session/account").status_code == 403


def test_ended_sessions_and_old_logins_are_forgotten_and_the_evidence_is_not(
    logged_in, database, later, settings, rows
):
    from chassis import jobs
    from identity.app import JOBS

    logged_in.as_person("DELETE", "/session")
    job = JOBS.get("forget-logins-and-sessions")
    context = jobs.JobContext(database, settings)
    assert jobs.run(job, context)
    assert (len(rows("SELECT 1 FROM login")), len(rows("SELECT 1 FROM session"))) == (1, 1)
    later(86_401, bankid=False)
    jobs.run(job, context)
    assert (len(rows("SELECT 1 FROM login")), len(rows("SELECT 1 FROM session"))) == (0, 1)
    later(29 * 86_400, bankid=False)
    jobs.run(job, context)
    assert (len(rows("SELECT 1 FROM evidence")), len(rows("SELECT 1 FROM session"))) == (1, 0)


def test_a_session_token_is_stored_as_a_hash_only(logged_in, everything):
    token = logged_in.cookie("__Host-sid")
    dump = everything()
    assert token not in dump
    assert token.encode().hex() not in dump

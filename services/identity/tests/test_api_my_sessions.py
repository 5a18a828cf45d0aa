"""List and end the own sessions, and the login history (B-19, C19, A11)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import text

from chassis import jobs
from chassis.ids import new_id
from chassis.transaction import Principal
from identity.app import JOBS

KARIN, ERIK = "199908072391", "199006022397"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148 Safari/604.1"


@pytest.fixture
def logged_in(browser, log_in):
    browser.first = log_in(browser).json["session"]
    return browser


@pytest.fixture
def telephone(new_browser, log_in):
    """Another browser of the same person."""
    other = new_browser(agent=IPHONE)
    other.first = log_in(other).json["session"]
    return other


def sessions(browser):
    answer = browser.as_person("GET", "/sessions")
    assert answer.status_code == 200, answer.text
    return answer.json["items"]


def test_B_19_my_sessions_say_since_when_on_what_and_which_is_this_one(logged_in, telephone):
    mine = sessions(logged_in)
    assert {each["id"]: (each["device"], each["current"], each["account_id"]) for each in mine} == {
        telephone.first["session_id"]: ("Safari på iPhone", False, None),
        logged_in.first["session_id"]: ("Firefox på Linux", True, None),
    }
    assert {name for each in mine for name in each} == {
        "id",
        "created_at",
        "last_seen_at",
        "expires_at",
        "device",
        "account_id",
        "current",
    }


def test_B_19_the_session_used_last_comes_first(logged_in, telephone, later):
    later(60)
    logged_in.resolve()
    assert [each["current"] for each in sessions(logged_in)] == [True, False]
    later(60)
    telephone.resolve()
    assert [each["current"] for each in sessions(telephone)] == [True, False]


def test_B_19_the_kind_of_device_is_told_in_the_readers_language(logged_in):
    logged_in.locale = "en"
    (mine,) = sessions(logged_in)
    assert mine["device"] == "Firefox on Linux"


def test_B_19_nothing_that_a_browser_calls_itself_is_kept_or_shown(new_browser, log_in, everything):
    strange = new_browser(agent="<script>alert(1)</script> secret-agent")
    log_in(strange)
    (mine,) = sessions(strange)
    assert mine["device"] == "Okänd enhet"
    assert "secret-agent" not in everything()


def test_B_19_choosing_an_account_keeps_the_login_and_the_device_in_the_list(logged_in, later):
    later(60)
    (before,) = sessions(logged_in)
    account = str(new_id())
    assert logged_in.as_person("PUT", "/session/account", account_id=account).status_code == 200
    (after,) = sessions(logged_in)
    assert (after["created_at"], after["device"], after["current"]) == (before["created_at"], before["device"], True)
    assert (after["account_id"], before["account_id"]) == (account, None)
    assert after["id"] != before["id"]


def test_B_19_a_session_that_is_over_is_not_listed(logged_in, telephone, later):
    later(29 * 60)
    logged_in.resolve()
    later(2 * 60)
    assert [each["current"] for each in sessions(logged_in)] == [True]


def test_C19_FA12_ending_another_of_my_sessions_kills_it_at_once_and_no_other(logged_in, telephone):
    answer = logged_in.as_person("DELETE", f"/sessions/{telephone.first['session_id']}")
    assert answer.status_code == 204
    assert "Clear-Site-Data" not in answer.headers
    assert telephone.resolve().status_code == 401
    assert logged_in.resolve().status_code == 200
    assert [each["current"] for each in sessions(logged_in)] == [True]


def test_C19_ending_this_very_session_is_a_logout(logged_in):
    token = logged_in.cookie("__Host-sid")
    answer = logged_in.as_person("DELETE", f"/sessions/{logged_in.first['session_id']}")
    assert answer.status_code == 204
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert logged_in.cookie("__Host-sid") is None
    assert logged_in.resolve(token=token).status_code == 401


def test_C19_a_foreign_session_is_not_found_just_as_an_unknown_one_and_goes_on(logged_in, new_browser, log_in):
    stranger = new_browser()
    foreign = log_in(stranger, ERIK).json["session"]["session_id"]
    answers = [logged_in.as_person("DELETE", f"/sessions/{each}") for each in (foreign, new_id())]
    assert [(each.status_code, each.json["code"]) for each in answers] == [(404, "session-not-found")] * 2
    assert answers[0].json["detail"] == answers[1].json["detail"]
    assert stranger.resolve().status_code == 200


def test_C19_a_session_that_has_ended_cannot_be_ended_again(logged_in, telephone):
    path = f"/sessions/{telephone.first['session_id']}"
    assert [logged_in.as_person("DELETE", path).status_code for _ in range(2)] == [204, 404]


def test_C19_log_out_everywhere_keeps_this_session_and_nobody_elses_ends(logged_in, telephone, new_browser, log_in):
    stranger = new_browser()
    log_in(stranger, ERIK)
    assert logged_in.as_person("DELETE", "/sessions").status_code == 204
    assert telephone.resolve().status_code == 401
    assert logged_in.resolve().status_code == 200
    assert stranger.resolve().status_code == 200


def test_C19_log_out_everywhere_here_too_where_that_is_asked_for(logged_in, telephone):
    token = logged_in.cookie("__Host-sid")
    answer = logged_in.as_person("DELETE", "/sessions?current=true")
    assert answer.status_code == 204
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert logged_in.cookie("__Host-sid") is None
    assert [logged_in.resolve(token=token).status_code, telephone.resolve().status_code] == [401, 401]


@pytest.mark.parametrize("query", ["current=1", "current=yes", "all=true", "current="])
def test_C19_log_out_everywhere_understands_true_and_false_alone(logged_in, telephone, query):
    assert logged_in.as_person("DELETE", f"/sessions?{query}").status_code == 422
    assert telephone.resolve().status_code == 200


def test_C19_a_session_that_chooses_an_account_meanwhile_does_not_slip_through(logged_in, telephone, new_browser, rows):
    session = telephone.resolve().json
    chooser = Principal(person_id=session["person_id"], session_id=session["session_id"], account_id=new_id())
    keeper = Principal(person_id=session["person_id"], session_id=logged_in.first["session_id"])
    with ThreadPoolExecutor(2) as pool:
        chosen = pool.submit(new_browser().send, "PUT", "/session/account", who=chooser)
        ended = pool.submit(new_browser().send, "DELETE", "/sessions", who=keeper)
        assert ended.result().status_code == 204
        assert chosen.result().status_code in {200, 401}
    assert [str(row["id"]) for row in rows("SELECT id FROM session WHERE ended_at IS NULL")] == [
        logged_in.first["session_id"]
    ]


def test_B_19_nobody_sees_or_ends_sessions_without_being_logged_in(new_browser, logged_in):
    nobody = new_browser()
    path = f"/sessions/{logged_in.first['session_id']}"
    answers = [
        nobody.send("GET", "/sessions"),
        nobody.send("DELETE", "/sessions"),
        nobody.send("DELETE", path),
        nobody.send("GET", "/login-records"),
    ]
    assert {each.status_code for each in answers} == {401}
    assert logged_in.resolve().status_code == 200


# ---- the history
def records(browser, query=""):
    answer = browser.as_person("GET", f"/login-records{query}")
    assert answer.status_code == 200, answer.text
    return answer.json


def test_FA11_my_logins_say_when_from_what_and_what_came_of_them(logged_in, telephone, new_browser, log_in):
    log_in(new_browser(), ERIK)
    page = records(logged_in)
    assert page["total"] == 2
    assert [(each["device"], each["bankid_device"], each["result"]) for each in page["items"]] == [
        ("Safari på iPhone", "other", "logged-in"),
        ("Firefox på Linux", "other", "logged-in"),
    ]
    assert datetime.fromisoformat(page["items"][0]["at"]) >= datetime.fromisoformat(page["items"][1]["at"])


def test_FA11_the_history_comes_in_pages(logged_in, telephone):
    first, second, third = (records(logged_in, f"?limit=1&page={page}") for page in (1, 2, 3))
    assert [len(each["items"]) for each in (first, second, third)] == [1, 1, 0]
    assert first["items"] != second["items"]
    assert {each["total"] for each in (first, second, third)} == {2}


def test_FA11_logging_out_takes_nothing_out_of_the_history(logged_in, telephone):
    logged_in.as_person("DELETE", f"/sessions/{telephone.first['session_id']}")
    assert records(logged_in)["total"] == 2


def test_FA11_a_login_whose_browser_never_came_back_is_shown_as_not_completed(logged_in, new_browser, control, later):
    other = new_browser(agent=IPHONE)
    login = other.start(device="same").json
    control.approve(control.open(login["auto_start_token"], KARIN))
    later(2)
    assert other.poll(login).json["status"] == "awaiting-return"
    newest = records(logged_in)["items"][0]
    assert (newest["bankid_device"], newest["result"], newest["device"]) == (
        "same",
        "not-completed",
        "Safari på iPhone",
    )


def test_FA11_a_login_refused_for_its_risk_is_shown_to_a_person_whom_we_know(logged_in, new_browser, control, later):
    other = new_browser(agent=IPHONE)
    login = other.start().json
    control.approve(control.scan(login["qr"], KARIN), risk="high")
    later(2)
    assert other.poll(login).json["status"] == "failed"
    assert [each["result"] for each in records(logged_in)["items"]] == ["refused", "logged-in"]


def test_FA11_a_refused_login_of_somebody_unknown_makes_no_person(browser, control, later, rows):
    login = browser.start().json
    control.approve(control.scan(login["qr"], KARIN), risk="high")
    later(2)
    assert browser.poll(login).json["status"] == "failed"
    assert rows("SELECT 1 FROM login_record") == rows("SELECT 1 FROM person") == []


def test_FA11_a_login_is_forgotten_after_36_months_and_not_before(logged_in, telephone, database, settings, rows):
    job, context = JOBS.get("forget-login-records"), jobs.JobContext(database, settings)

    def age(session, interval):
        with database.engine.begin() as connection:
            connection.execute(
                text("UPDATE login_record SET identified_at = now() - CAST(:age AS interval) WHERE browser = :browser"),
                {"age": interval, "browser": session},
            )

    age("Firefox", "36 months 1 second")
    age("Safari", "36 months -1 hours")
    assert jobs.run(job, context)
    assert rows("SELECT browser FROM login_record") == [{"browser": "Safari"}]

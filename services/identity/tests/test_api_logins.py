import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text

from chassis.ids import new_id
from identity.app import create_app
from sim_bankid.control import ControlError

KARIN, ERIK = "199908072391", "199006022397"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148 Safari/604.1"


def collects(control):
    return [call for call in control.calls() if call["endpoint"] == "collect"]


# ---- another device (T12)
def test_T12_S7_FA2_a_person_logs_in_by_scanning_the_animated_qr_code(browser, control, later):
    started = browser.start()
    assert started.status_code == 201
    assert started.json["status"] == "pending"
    assert started.json["message"] == {"code": "RFA1", "text": "Starta BankID-appen."}
    assert started.json["auto_start_token"] is started.json["launch_url"] is None
    assert started.headers["Cache-Control"] == "no-store"
    order = control.scan(started.json["qr"], KARIN)
    later(2)
    signing = browser.poll(started.json).json
    assert (signing["status"], signing["hint_code"], signing["message"]["code"]) == ("pending", "userSign", "RFA9")
    assert signing["qr"] is None
    control.approve(order)
    later(2)
    done = browser.poll(started.json)
    assert done.json["status"] == "complete"
    session = done.json["session"]
    assert session["person"]["name"] == "Karin Test Persson"
    assert session["registered"] is False
    assert browser.resolve().json["session_id"] == session["session_id"]


def test_T12_the_qr_frame_is_new_each_second_and_a_stale_one_does_not_open_the_order(browser, control, later):
    login = browser.start().json
    later(1)
    second = browser.poll(login).json["qr"]
    assert second != login["qr"]
    assert second.split(".")[:2] == login["qr"].split(".")[:2]
    later(8)
    with pytest.raises(ControlError, match="staleQr"):
        control.scan(second, KARIN)


def test_C17_the_browser_never_sees_the_order_nor_the_qr_secret(browser, control, rows):
    login = browser.start().json
    polled = browser.poll(login).json
    secrets = rows("SELECT order_ref, qr_start_secret FROM login")[0]
    for value in secrets.values():
        assert value not in json.dumps(login) + json.dumps(polled)
    request = control.orders()[0]["request"]
    assert request["returnRisk"] is True
    assert request["endUserIp"] == "198.51.100.7"
    assert request["web"]["referringDomain"] == "localhost"
    assert request["web"]["userAgent"].startswith("Mozilla/5.0")
    assert len(request["web"]["deviceIdentifier"]) == 64
    assert request["web"]["deviceIdentifier"] != browser.cookie("__Host-device")
    assert "personalNumber" not in json.dumps(request)


def test_the_app_says_which_service_and_warns_in_the_persons_language(new_browser, control):
    new_browser(locale="en").start()
    assert control.orders()[0]["visibleText"].startswith("Log in to Mina sidor.")
    new_browser().start()
    assert "Logga aldrig in för att någon annan ber dig" in control.orders()[0]["visibleText"]


def test_cookies_are_host_bound_secure_and_out_of_reach_of_scripts(browser, log_in):
    started = browser.start()
    cookies = started.headers.getlist("Set-Cookie")
    assert {cookie.split("=")[0] for cookie in cookies} == {"__Host-pre", "__Host-device"}
    done = log_in(browser)
    cookies += done.headers.getlist("Set-Cookie")
    for cookie in cookies:
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "Path=/" in cookie
        assert "SameSite" in cookie
        assert "Domain" not in cookie
    session = next(cookie for cookie in cookies if cookie.startswith("__Host-sid"))
    assert "Max-Age" not in session
    assert "SameSite=Lax" in session


def test_the_device_cookie_stays_the_same_over_logins(browser, log_in):
    browser.start()
    first = browser.cookie("__Host-device")
    log_in(browser)
    assert browser.cookie("__Host-device") == first


def test_bankid_is_asked_at_most_every_two_seconds(browser, control, later):
    login = browser.start().json
    for _ in range(5):
        assert browser.poll(login).json["status"] == "pending"
    assert collects(control) == []
    later(2)
    for _ in range(5):
        browser.poll(login)
    assert len(collects(control)) == 1


def test_only_one_collect_is_in_flight_and_one_left_by_a_dead_process_is_taken_over(browser, control, database, later):
    login = browser.start().json
    later(2)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE login SET collecting_since = now()"))
    browser.poll(login)
    assert collects(control) == []
    later(16)
    browser.poll(login)
    assert len(collects(control)) == 1


def test_C15_fifty_parallel_polls_of_a_completed_order_give_one_session(app, browser, control, later, rows):
    login = browser.start().json
    control.approve(control.scan(login["qr"], KARIN))
    later(2)
    pre = browser.cookie("__Host-pre")

    def poll(_):
        with app.test_client() as http:
            http.set_cookie("__Host-pre", pre)
            return http.post(f"/v1/logins/{login['login_id']}/polls", headers={"X-Real-IP": "198.51.100.7"})

    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(poll, range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json["session"] is not None for answer in answers) == 1
    assert sum("__Host-sid" in str(answer.headers) for answer in answers) == 1
    assert len(rows("SELECT 1 FROM session")) == 1
    assert len(rows("SELECT 1 FROM evidence")) == 1
    assert len(collects(control)) == 1


def test_C15_another_browser_and_an_unknown_login_get_the_same_404(browser, new_browser, control, later):
    login = browser.start().json
    control.approve(control.scan(login["qr"], KARIN))
    later(2)
    stranger = new_browser()
    stranger.start()
    foreign, unknown = stranger.poll(login), stranger.poll({"login_id": str(new_id())})
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json | {"instance": ""} == unknown.json | {"instance": ""}
    assert new_browser().poll(login).status_code == 404
    assert stranger.cookie("__Host-sid") is None
    assert browser.poll(login).json["status"] == "complete"


def test_C15_a_login_completes_once(browser, log_in, control, later, rows):
    login = browser.start().json
    pre = browser.cookie("__Host-pre")
    control.approve(control.scan(login["qr"], KARIN))
    later(2)
    assert browser.poll(login).json["session"]
    assert browser.cookie("__Host-pre") is None
    browser.http.set_cookie("__Host-pre", pre)
    later(2)
    again = browser.poll(login)
    assert again.json["status"] == "complete"
    assert again.json["session"] is None
    assert len(rows("SELECT 1 FROM session")) == 1


def test_C15_a_result_that_bankid_keeps_no_longer_logs_nobody_in(browser, control, later, rows):
    login = browser.start().json
    control.approve(control.scan(login["qr"], KARIN))
    later(181)
    answer = browser.poll(login)
    assert (answer.json["status"], answer.json["message"]["code"]) == ("failed", "MS1")
    assert rows("SELECT 1 FROM session") == []


def test_C15_the_proof_of_another_order_is_refused(browser, control, database, later, rows):
    mine, other = browser.start().json, None
    other = browser.http.application.test_client()
    started = other.post("/v1/logins", json={"device": "other"}).json
    control.approve(control.scan(started["qr"], ERIK))
    with database.engine.begin() as connection:
        ref = connection.execute(
            text(
                "UPDATE login SET order_ref = NULL WHERE id = :id "
                "RETURNING (SELECT order_ref FROM login WHERE id = :id)"
            ),
            {"id": started["login_id"]},
        ).scalar_one()
        connection.execute(
            text("UPDATE login SET order_ref = :ref WHERE id = :id"), {"ref": ref, "id": mine["login_id"]}
        )
    later(2)
    answer = browser.poll(mine)
    assert (answer.json["status"], answer.json["message"]["code"]) == ("failed", "RFA22")
    assert rows("SELECT 1 FROM session") == []
    assert rows("SELECT 1 FROM person") == []


# ---- one order per browser, renewal, cancelling
def test_a_new_login_in_the_same_browser_cancels_the_earlier_one(browser, control):
    first = browser.start().json
    second = browser.start().json
    assert [order["status"] for order in control.orders()] == ["pending", "failed"]
    assert browser.poll(first).status_code == 404
    assert browser.poll(second).json["status"] == "pending"


def test_C18_the_pre_login_cookie_is_never_taken_over_from_the_browser(browser):
    planted = "planted-by-somebody-else-0123456789"
    browser.http.set_cookie("__Host-pre", planted)
    login = browser.start().json
    assert browser.cookie("__Host-pre") != planted
    browser.http.set_cookie("__Host-pre", planted)
    assert browser.poll(login).status_code == 404


def test_a_code_that_nobody_scans_is_renewed_silently_for_three_minutes(browser, control, later):
    login = browser.start().json
    seen = {login["qr"].split(".")[1]}
    for _ in range(5):
        later(31)
        answer = browser.poll(login).json
        assert (answer["status"], answer["message"]["code"]) == ("pending", "RFA1")
        seen.add(answer["qr"].split(".")[1])
    assert len(seen) == 6
    order = control.scan(answer["qr"], KARIN)
    control.approve(order)
    later(2)
    assert browser.poll(login).json["status"] == "complete"


def test_after_three_minutes_without_a_scan_the_login_fails(browser, control, later):
    login = browser.start().json
    later(181)
    answer = browser.poll(login).json
    assert (answer["status"], answer["hint_code"], answer["message"]["code"]) == ("failed", "startFailed", "RFA17B")
    assert answer["qr"] is None


def test_a_renewal_that_bankid_refuses_ends_the_login(browser, control, later):
    login = browser.start().json
    later(31)
    control.fault("error", "auth", status=500, errorCode="internalError")
    answer = browser.poll(login).json
    assert (answer["status"], answer["message"]["code"]) == ("failed", "RFA5")


def test_leaving_the_page_cancels_the_order_in_the_app(browser, control, later):
    login = browser.start().json
    order = control.scan(login["qr"], KARIN)
    pre = browser.cookie("__Host-pre")
    assert browser.send("DELETE", f"/logins/{login['login_id']}").status_code == 204
    assert control.order(order)["status"] == "failed"
    assert browser.cookie("__Host-pre") is None
    browser.http.set_cookie("__Host-pre", pre)
    later(2)
    answer = browser.poll(login).json
    assert (answer["status"], answer["message"]["code"]) == ("failed", "RFA6")
    assert browser.send("DELETE", f"/logins/{login['login_id']}").status_code == 204


def test_nobody_cancels_another_browsers_login(browser, new_browser):
    login = browser.start().json
    assert new_browser().send("DELETE", f"/logins/{login['login_id']}").status_code == 404
    assert browser.poll(login).json["status"] == "pending"


@pytest.mark.parametrize(
    ("hint", "code"),
    [
        ("userCancel", "RFA6"),
        ("certificateErr", "RFA16"),
        ("cancelled", "RFA3"),
        ("expiredTransaction", "RFA8"),
        ("inventedTomorrow", "RFA22"),
    ],
)
def test_FA3_a_failed_order_is_told_with_its_message(browser, control, later, hint, code):
    login = browser.start().json
    control.fail(control.orders()[0], hint)
    later(2)
    answer = browser.poll(login).json
    assert (answer["status"], answer["hint_code"], answer["message"]["code"]) == ("failed", hint, code)


def test_an_unknown_pending_hint_code_gets_the_general_message(browser, control, later):
    login = browser.start().json
    control.hint(control.orders()[0], "inventedTomorrow")
    later(2)
    assert browser.poll(login).json["message"]["code"] == "RFA21"


def test_a_login_is_void_after_ten_minutes_and_bankid_is_not_asked(browser, control, later):
    login = browser.start().json
    later(600)
    answer = browser.poll(login).json
    assert (answer["status"], answer["message"]["code"]) == ("failed", "RFA8")
    assert collects(control) == []


# ---- risk, persons, evidence
def test_C17_high_risk_is_refused_and_kept_as_evidence(browser, control, later, rows):
    login = browser.start().json
    control.approve(control.scan(login["qr"], KARIN), risk="high")
    later(2)
    answer = browser.poll(login).json
    assert (answer["status"], answer["message"]["code"]) == ("failed", "MS4")
    assert rows("SELECT 1 FROM session") == rows("SELECT 1 FROM person") == []
    assert rows("SELECT outcome, person_id FROM evidence") == [{"outcome": "risk-high", "person_id": None}]


def test_the_same_person_is_recognised_and_another_is_another(new_browser, log_in, rows):
    one, two, other = new_browser(), new_browser(), new_browser()
    first, again = log_in(one).json["session"], log_in(two).json["session"]
    assert first["person"]["id"] == again["person"]["id"]
    assert first["session_id"] != again["session_id"]
    assert log_in(other, ERIK).json["session"]["person"]["id"] != first["person"]["id"]
    assert len(rows("SELECT 1 FROM person")) == 2


def test_D23_the_personal_number_stands_nowhere_in_clear(browser, log_in, everything, caplog, capfd):
    done = log_in(browser)
    me = browser.as_person("GET", "/me")
    assert me.json["personal_number_masked"] == "19990807-****"
    dump = everything()
    assert "Karin Test Persson" in dump
    for written in (KARIN, KARIN[2:], "19990807-2391", "990807-2391"):
        assert written not in dump
        assert written.encode().hex() not in dump
        assert written not in done.text + me.text
        assert written not in caplog.text + "".join(capfd.readouterr())


def test_the_evidence_is_kept_encrypted_and_opens_with_the_key(browser, log_in, rows, keys):
    log_in(browser)
    (row,) = rows("SELECT id, person_id, outcome, sealed FROM evidence")
    assert row["outcome"] == "accepted"
    assert row["person_id"] is not None
    data = json.loads(keys.vault.open_bytes(bytes(row["sealed"]), place=f"evidence:{row['id']}"))
    assert data["user"]["personalNumber"] == KARIN
    assert data["signature"]
    assert data["ocspResponse"]


def test_B4_a_published_test_number_is_refused_in_production(settings, database, bankid, browser, control, later, rows):
    files = dict.fromkeys(("bankid_ca_file", "bankid_cert_file", "bankid_key_file", "bankid_signature_ca_file"), "x")
    strict = replace(settings, environment="production", bankid_url="https://bankid.example", **files)
    app = create_app(strict, bankid=bankid)
    app.extensions["chassis"].make_database = lambda _settings: database
    browser.http = app.test_client()
    login = browser.start().json
    control.approve(control.scan(login["qr"], KARIN))
    later(2)
    answer = browser.poll(login)
    assert (answer.json["status"], answer.json["message"]["code"]) == ("failed", "MS1")
    assert KARIN not in answer.text
    assert rows("SELECT 1 FROM session") == rows("SELECT 1 FROM person") == []


def test_C18_logging_in_again_ends_the_session_that_the_browser_had(browser, log_in):
    log_in(browser)
    old = browser.cookie("__Host-sid")
    log_in(browser, ERIK)
    assert browser.cookie("__Host-sid") != old
    assert browser.resolve(token=old).status_code == 401
    assert browser.resolve().status_code == 200


def test_C19_a_sixth_session_ends_the_one_unused_longest(new_browser, log_in, later):
    browsers = [new_browser() for _ in range(6)]
    for browser in browsers:
        log_in(browser)
    assert [browser.resolve().status_code for browser in browsers] == [401] + [200] * 5

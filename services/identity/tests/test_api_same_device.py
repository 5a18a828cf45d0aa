from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

KARIN, ERIK = "199908072391", "199006022397"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148 Safari/604.1"


def nonce_of(control):
    """What the app hands to the browser that it sends back."""
    url = urlsplit(control.orders()[0]["returnUrl"] or control.orders()[0]["request"]["returnUrl"])
    return parse_qs(url.fragment or url.query)["nonce"][0]


# ---- the same device (T13, C16)
def test_T13_FA1_a_same_device_login_completes_with_the_nonce_of_the_return_address(new_browser, control, later):
    browser = new_browser(agent=PHONE)
    login = browser.start("same", return_path="/fakturor").json
    assert login["qr"] is None
    assert login["launch_url"] == f"https://app.bankid.com/?autostarttoken={login['auto_start_token']}&redirect=null"
    assert login["message"]["code"] == "RFA13"
    order = control.open(login["auto_start_token"], KARIN)
    control.approve(order)
    later(2)
    done = browser.come_back(login, nonce_of(control))
    assert done.json["status"] == "complete"
    assert done.json["return_path"] == "/fakturor"
    assert done.json["session"]["person"]["name"] == "Karin Test Persson"
    assert browser.resolve().status_code == 200


def test_T13_FA1_a_page_without_script_gets_the_nonce_in_the_query_and_the_rest_is_the_same(browser, control, later):
    login = browser.start("same", return_mode="query").json
    control.approve(control.open(login["auto_start_token"], KARIN))
    later(2)
    assert browser.poll(login).json["status"] == "awaiting-return"
    url = urlsplit(control.orders()[0]["returnUrl"])
    assert (url.path, url.fragment) == ("/logga-in/retur", "")
    assert parse_qs(url.query)["login"] == [login["login_id"]]
    assert browser.come_back(login, nonce_of(control)).json["status"] == "complete"


def test_T13_a_return_mode_that_there_is_not_is_named(browser):
    answer = browser.start("same", return_mode="cookie")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["return_mode"]


def test_T13_a_page_that_comes_anew_can_start_the_app_until_bankid_is_done(new_browser, control, later):
    browser = new_browser(agent=PHONE)
    login = browser.start("same").json
    again = browser.poll(login).json
    assert (again["launch_url"], again["auto_start_token"]) == (login["launch_url"], login["auto_start_token"])
    control.approve(control.open(login["auto_start_token"], KARIN))
    later(2)
    done = browser.poll(login).json
    assert (done["status"], done["launch_url"], done["auto_start_token"]) == ("awaiting-return", None, None)


def test_T13_whoever_is_back_before_bankid_is_done_is_not_asked_to_start_the_app_again(browser, control):
    login = browser.start("same").json
    control.open(login["auto_start_token"], KARIN)
    back = browser.come_back(login, nonce_of(control)).json
    assert (back["status"], back["launch_url"]) == ("pending", None)
    assert back["message"]["code"] == "RFA21", "in progress, and no more trying to start the app"


def test_C16_a_poll_alone_never_logs_a_same_device_order_in(new_browser, control, later, rows):
    attacker, victim = new_browser(), new_browser(agent=PHONE, address="203.0.113.9")
    login = attacker.start("same").json
    # The victim opens the attacker's link and signs.
    control.approve(control.open(login["auto_start_token"], KARIN))
    for _ in range(3):
        later(2)
        answer = attacker.poll(login).json
        assert (answer["status"], answer["session"]) == ("awaiting-return", None)
    # The app sends the victim's browser back, which never began a login.
    assert victim.come_back(login, nonce_of(control)).status_code == 404
    victim.start("same")
    assert victim.come_back(login, nonce_of(control)).status_code == 404
    assert attacker.cookie("__Host-sid") is victim.cookie("__Host-sid") is None
    assert rows("SELECT 1 FROM session") == []
    later(180)
    assert attacker.poll(login).json["status"] == "failed"


def test_C16_a_guessed_nonce_is_refused_and_does_not_spend_the_right_one(browser, control, later):
    login = browser.start("same").json
    right = parse_qs(urlsplit(control.orders()[0]["request"]["returnUrl"]).fragment)["nonce"][0]
    control.approve(control.open(login["auto_start_token"], KARIN))
    later(2)
    assert browser.come_back(login, right[:-1] + ("A" if right[-1] != "A" else "B")).status_code == 404
    assert browser.come_back(login, right).json["status"] == "complete"


def test_C16_the_nonce_works_once(browser, control, later, rows):
    login = browser.start("same").json
    pre = browser.cookie("__Host-pre")
    control.approve(control.open(login["auto_start_token"], KARIN))
    later(2)
    nonce = nonce_of(control)
    assert browser.come_back(login, nonce).json["session"]
    browser.http.set_cookie("__Host-pre", pre)
    assert browser.come_back(login, nonce).status_code == 404
    assert len(rows("SELECT 1 FROM session")) == 1


def test_T13_a_browser_that_is_back_before_bankid_is_done_completes_at_a_poll(browser, control, later):
    login = browser.start("same").json
    nonce = parse_qs(urlsplit(control.orders()[0]["request"]["returnUrl"]).fragment)["nonce"][0]
    order = control.open(login["auto_start_token"], KARIN)
    assert browser.come_back(login, nonce).json["status"] == "pending"
    control.approve(order)
    later(2)
    assert browser.poll(login).json["session"]


def test_T13_a_return_too_long_after_the_signature_is_refused(browser, control, later, rows):
    login = browser.start("same").json
    control.approve(control.open(login["auto_start_token"], KARIN))
    later(2)
    assert browser.poll(login).json["status"] == "awaiting-return"
    later(180)
    assert browser.come_back(login, nonce_of(control)).json["status"] == "failed"
    assert rows("SELECT 1 FROM session") == []


def test_C16_fifty_parallel_returns_give_one_session(app, browser, control, later, rows):
    login = browser.start("same").json
    control.approve(control.open(login["auto_start_token"], KARIN))
    later(2)
    browser.poll(login)
    pre, nonce = browser.cookie("__Host-pre"), nonce_of(control)

    def come_back(_):
        with app.test_client() as http:
            http.set_cookie("__Host-pre", pre)
            return http.post(f"/v1/logins/{login['login_id']}/returns", json={"nonce": nonce})

    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(come_back, range(50)))
    assert sorted({answer.status_code for answer in answers}) == [200, 404]
    assert len(rows("SELECT 1 FROM session")) == 1


def test_the_database_itself_refuses_a_same_device_login_without_return(browser, database, control):
    browser.start("same")
    with database.engine.connect() as connection, pytest.raises(Exception, match="ck_login_same_device_returned"):
        connection.execute(text("UPDATE login SET status = 'complete', person_id = gen_random_uuid()"))


def test_a_same_device_start_that_never_happens_is_not_renewed(browser, control, later):
    login = browser.start("same").json
    later(31)
    answer = browser.poll(login).json
    assert (answer["status"], answer["message"]["code"]) == ("failed", "RFA17A")


def test_C17_moderate_risk_and_another_address_are_signals_and_no_refusal(browser, control, later):
    login = browser.start("same").json
    control.approve(control.open(login["auto_start_token"], KARIN), risk="moderate", ip_address="203.0.113.77")
    later(2)
    assert browser.come_back(login, nonce_of(control)).json["session"]

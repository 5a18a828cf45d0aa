"""FA4: a second e-ID over OpenID Connect: the way in, and the browser that it is bound to."""

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from chassis.testing import told
from contracts.identity import LoginNewDeviceV1

KARIN = "199908072391"


def encoded(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def come_back(browser, back):
    return browser.send("POST", "/oidc-returns", back)


# ---- the whole way
def test_FA4_a_person_logs_in_with_the_other_e_id(browser, go, rows, everything, between):
    back = go(browser, return_path="/fakturor")
    done = come_back(browser, back)
    assert (done.json["status"], done.json["message"]["code"]) == ("complete", "MS6")
    assert done.json["return_path"] == "/fakturor"
    assert done.json["session"]["person"]["name"] == "Karin Test Persson"
    assert browser.resolve().json["session_id"] == done.json["session"]["session_id"]
    assert browser.cookie("__Host-pre") is None
    assert KARIN not in everything()
    assert rows("SELECT outcome, person_id IS NOT NULL AS known FROM evidence") == [
        {"outcome": "accepted", "known": True}
    ]
    records = browser.as_person("GET", "/login-records").json["items"]
    assert [(each["method"], each["result"]) for each in records] == [("oidc", "logged-in")]


def test_FA4_FJ3_a_login_by_the_other_e_id_too_has_the_population_register_asked(
    browser, go, settings, make_app, database, rows
):
    known = {"spar_url": "http://127.0.0.1:9/", "spar_customer_number": "500243", "spar_assignment_id": "637"}
    person = type(browser)(make_app(replace(settings, **known)))
    come_back(person, go(person))
    terms = {"accept_terms": True, "terms_version": person.send("GET", "/terms").json["version"]}
    assert person.as_person("POST", "/registrations", terms).status_code == 201
    with database.engine.begin() as connection:
        connection.execute(text("DELETE FROM population_register"))
    come_back(person, go(person))
    assert len(rows("SELECT 1 FROM population_register WHERE due_at <= now()")) == 1


def test_FA4_bankid_and_the_other_e_id_mean_the_same_person(browser, new_browser, go, log_in, rows):
    done = come_back(browser, go(browser)).json
    again = log_in(new_browser()).json
    assert again["session"]["person"] == done["session"]["person"]
    assert len(rows("SELECT 1 FROM person")) == 1


def test_FA4_pkce_state_and_nonce_are_sent_and_belong_together(browser, between):
    first, second = (browser.send("POST", "/oidc-logins", {}).json for _ in range(2))
    urls = [parse_qs(urlsplit(started["authorization_url"]).query) for started in (first, second)]
    asked = {name: values[0] for name, values in urls[1].items()}
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"].endswith("/logga-in/e-legitimation")
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name]) >= 43
        assert urls[0][name] != urls[1][name]
    come_back(browser, {"state": asked["state"], "code": "made-up"})
    (form,) = between.forms("/oauth2/token")
    verifier = form["code_verifier"][0]
    assert encoded(hashlib.sha256(verifier.encode()).digest()) == asked["code_challenge"]
    assert verifier not in json.dumps(second)
    assert form["redirect_uri"] == [asked["redirect_uri"]]
    (headers,) = [headers for path, headers, _ in between.asked if path == "/oauth2/token"]
    assert headers["Authorization"] == f"Basic {base64.b64encode(b'minasidor:a+secret').decode()}"


def test_FA4_the_portal_asks_which_e_ids_there_are(browser, new_browser):
    swedish, english = (
        browser.send("GET", "/login-methods").json,
        new_browser(locale="en").send("GET", "/login-methods"),
    )
    assert swedish["items"] == [
        {"id": "bankid", "name": "BankID", "default": True},
        {"id": "oidc", "name": "Exempel-legitimation", "default": False},
    ]
    assert english.json["items"][1]["name"] == "Example e-ID"


def test_FA4_it_is_off_unless_configured(settings, make_app, new_browser, browser):
    browser.http = make_app(replace(settings, oidc_issuer="")).test_client()
    assert [each["id"] for each in browser.send("GET", "/login-methods").json["items"]] == ["bankid"]
    for path, body in (("/oidc-logins", {}), ("/oidc-returns", {"state": "x", "code": "y"})):
        answer = browser.send("POST", path, body)
        assert (answer.status_code, answer.json["code"]) == (404, "login-method-missing")
    assert browser.start().status_code == 201


# ---- the browser that began, once (C16, C18)
def test_C16_another_browser_does_not_come_in_by_somebody_elses_return(browser, new_browser, go, rows):
    back = go(browser)
    stranger = new_browser()
    assert come_back(stranger, back).status_code == 404
    go(stranger)
    assert come_back(stranger, back).status_code == 404
    assert rows("SELECT 1 FROM session") == []
    assert come_back(browser, back).json["status"] == "complete"


def test_C15_a_return_works_once_also_fifty_at_a_time(app, browser, go, rows):
    back, pre = go(browser), browser.cookie("__Host-pre")

    def send(_):
        with app.test_client() as http:
            http.set_cookie("__Host-pre", pre)
            return http.post("/v1/oidc-returns", json=back)

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(send, range(50)))
    assert sorted({answer.status_code for answer in found}) == [200, 404]
    assert sum(answer.status_code == 200 for answer in found) == 1
    assert len(rows("SELECT 1 FROM session")) == 1


@pytest.mark.parametrize(
    "change", [lambda s: s[:-1] + "-", lambda s: f"{s}x", lambda s: s[:36]], ids=["other", "longer", "id-alone"]
)
def test_FA4_a_wrong_state_is_refused_and_does_not_spend_the_right_one(browser, go, change, between):
    back = go(browser)
    assert come_back(browser, back | {"state": change(back["state"])}).status_code == 404
    assert between.forms("/oauth2/token") == []
    assert come_back(browser, back).json["status"] == "complete"


def test_FA4_a_return_after_ten_minutes_is_refused(browser, go, database, rows):
    back = go(browser)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE oidc_login SET created_at = created_at - interval '601 seconds'"))
    assert come_back(browser, back).status_code == 404
    assert rows("SELECT 1 FROM session") == []


def test_C18_the_session_is_a_new_one_and_the_old_one_dies(browser, go, log_in):
    log_in(browser)
    old = browser.cookie("__Host-sid")
    assert come_back(browser, go(browser)).json["session"]
    assert browser.cookie("__Host-sid") != old
    assert browser.resolve(token=old).status_code == 401


def test_one_login_per_browser_a_new_start_ends_the_one_before(browser, go, control):
    back = go(browser)
    browser.start()
    assert come_back(browser, back).status_code == 404
    go(browser)
    assert control.orders()[0]["hintCode"] == "cancelled"


def test_FA11_a_new_browser_is_told_whatever_e_id_it_was(browser, new_browser, go, log_in, database):
    log_in(browser)
    come_back(browser, go(browser))
    assert told(database, LoginNewDeviceV1) == []
    other = new_browser()
    come_back(other, go(other))
    assert len(told(database, LoginNewDeviceV1)) == 1

"""What people do with their own logins and contact details, through the gateway and the postbox alone."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from runner.journey.gateway_client import Refused, until

pytestmark = pytest.mark.journey

CODE = re.compile(r"\b([0-9]{6})\b")
GUNVOR = "194408139089"
OLD, NEW = "gammal.adress@exempel.se", "ny.adress@exempel.se"


@pytest.fixture
def person(suite):
    """Somebody who has logged in just now, in a browser of their own, and has an address."""
    someone = suite.citizen(GUNVOR, email=OLD)
    someone.log_in()
    if not someone.session["registered"]:
        someone.register()
    return someone


def code_in(suite, address):
    mail = suite.world.postbox.wait_for_mail(address, subject_contains="kod", timeout=20)
    return CODE.search(mail["text"])[1]


def test_T66_T67_FJ2_a_new_address_is_confirmed_by_its_code_and_the_old_one_is_told(suite, person):
    change = person.browser.post("/identity/v1/contact-changes", {"email": NEW})
    confirmations = f"/identity/v1/contact-changes/{change['contact_change_id']}/confirmations"
    code = code_in(suite, NEW)
    with pytest.raises(Refused) as refused:
        person.browser.post(confirmations, {"code": f"{(int(code) + 1) % 1_000_000:06d}"})
    assert (refused.value.status, refused.value.code) == (422, "contact-code-wrong")
    assert person.browser.post(confirmations, {"code": code})["status"] == "confirmed"
    me = person.browser.get("/identity/v1/me")
    assert (me["email"], me["email_verified"]) == (NEW, True)
    assert person.browser.get("/identity/v1/prefill")["email"] == NEW
    warned = suite.world.postbox.wait_for_mail(OLD, subject_contains="kontaktuppgifter", timeout=20)
    assert NEW not in warned["text"]


def test_B_19_C19_a_session_elsewhere_is_listed_told_of_and_ended_within_a_second(suite, person):
    address = person.browser.get("/identity/v1/me")["email"]
    before = suite.world.postbox.mark()
    elsewhere = suite.citizen(GUNVOR)
    elsewhere.log_in()
    suite.world.postbox.wait_for_mail(address, subject_contains="ny enhet", since=before, timeout=20)
    mine = person.browser.get("/identity/v1/sessions")["items"]
    others = [each for each in mine if each["id"] == elsewhere.session["session_id"]]
    assert [each["current"] for each in others] == [False]
    person.browser.delete(f"/identity/v1/sessions/{others[0]['id']}")
    until(
        "the other session to be gone",
        lambda: elsewhere.browser.send("GET", "/api/identity/v1/session").status == 401,
        1.5,
    )
    person.browser.delete("/identity/v1/sessions")
    (left,) = person.browser.get("/identity/v1/sessions")["items"]
    assert left["current"] is True
    newest = person.browser.get("/identity/v1/login-records")["items"][0]
    assert newest["result"] == "logged-in"
    assert datetime.fromisoformat(newest["at"]) >= datetime.fromisoformat(left["created_at"])


def test_FJ2_a_number_is_confirmed_by_the_code_in_its_sms_and_by_nobody_else(suite, person):
    number = "+46701740605"
    change = person.browser.post("/identity/v1/contact-changes", {"phone": "070-174 06 05"})
    path = f"/identity/v1/contact-changes/{change['contact_change_id']}"
    sms = suite.world.postbox.wait_for_sms(number, contains="kod", timeout=20)
    stranger = suite.citizen("199908072391")
    stranger.log_in()
    with pytest.raises(Refused) as refused:
        stranger.browser.post(f"{path}/confirmations", {"code": CODE.search(sms["text"])[1]})
    assert (refused.value.status, refused.value.code) == (404, "contact-change-not-found")
    person.browser.post(f"{path}/confirmations", {"code": CODE.search(sms["text"])[1]})
    assert person.browser.get("/identity/v1/me")["phone"] == number
    assert person.browser.get(path)["status"] == "confirmed"


def test_FJ1_the_language_is_changed_and_the_next_answer_is_in_it(person):
    for locale in ("en", "sv"):
        assert person.browser.call("PATCH", "/identity/v1/me", {"locale": locale})["locale"] == locale
        assert person.browser.get("/identity/v1/session")["locale"] == locale

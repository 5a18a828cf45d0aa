import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from chassis.ids import new_id
from chassis.sealing import Unsealer
from chassis.testing import NOTIFY_KEY, told
from chassis.transaction import Principal
from contracts.identity import ContactChangedV1, UserRegisteredV1

KARIN = "199908072391"


@pytest.fixture
def person(browser, log_in):
    """Karin, logged in for the first time."""
    browser.first = log_in(browser).json["session"]
    return browser


def terms(browser):
    return browser.send("GET", "/terms").json


def consent(browser, **more):
    return {"accept_terms": True, "terms_version": terms(browser)["version"], **more}


def unseal(sealed):
    return Unsealer(json.dumps({"keys": [NOTIFY_KEY]})).unseal(sealed)


def test_T16_the_terms_can_be_read_by_anybody_in_both_languages(new_browser):
    swedish, english = terms(new_browser()), terms(new_browser(locale="en"))
    assert swedish["version"] == english["version"]
    assert swedish["text"].startswith("Villkor för Mina sidor")
    assert english["text"].startswith("Terms of use")


def test_T14_FA5_the_first_login_asks_and_registering_answers(person, database):
    assert person.first["registered"] is False
    answer = person.as_person(
        "POST", "/registrations", consent(person, email="karin@Exempel.SE", phone="070-174 06 05")
    )
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/api/identity/v1/me"
    me = person.as_person("GET", "/me").json
    assert answer.json == {
        "person_id": me["person_id"],
        "registered_at": me["registered_at"],
        "terms_version": terms(person)["version"],
        "locale": "sv",
    }
    assert me["name"] == "Karin Test Persson"
    assert me["birth_year"] == 1999
    assert me["personal_number_masked"] == "19990807-****"
    assert (me["email"], me["phone"]) == ("karin@exempel.se", "+46701740605")
    assert me["registered_at"]
    assert person.as_person("GET", "/session").json["registered"] is True


def test_T15_registering_tells_the_others_once_and_without_a_clear_address(person, database, rows):
    person.as_person("POST", "/registrations", consent(person, email="karin@exempel.se", locale="en"))
    (registered,) = told(database, UserRegisteredV1)
    (contact,) = told(database, ContactChangedV1)
    assert str(registered.person_id) == str(contact.person_id) == person.first["person"]["id"]
    assert registered.locale == contact.locale == "en"
    assert registered.terms_version == terms(person)["version"]
    assert (contact.has_email, contact.has_phone) == (True, False)
    assert unseal(contact.sealed_contact) == {"email": "karin@exempel.se", "phone": None, "name": "Karin Test Persson"}
    written = rows("SELECT type, subject, version, convert_from(body, 'UTF8') AS body FROM outbox ORDER BY seq")
    about_her = [row for row in written if row["type"] != "identity.activity.recorded.v1"]
    assert [row["version"] for row in about_her] == [1, 2]
    assert len({row["subject"] for row in about_her}) == 1
    assert all(secret not in row["body"] for row in written for secret in ("karin@", "Karin", KARIN, "990807"))


def test_T16_what_was_accepted_is_kept(person, rows):
    person.as_person("POST", "/registrations", consent(person))
    assert [row["version"] for row in rows("SELECT version FROM terms_acceptance")] == [terms(person)["version"]]


def test_T16_terms_that_are_no_longer_in_force_cannot_be_accepted(person, database, rows):
    answer = person.as_person("POST", "/registrations", consent(person) | {"terms_version": "2020-01-01"})
    assert (answer.status_code, answer.json["code"]) == (409, "terms-outdated")
    assert told(database) == rows("SELECT 1 FROM terms_acceptance") == []


def test_T16_new_terms_apply_from_their_time_on(person, database):
    read = terms(person)
    with database.engine.begin() as connection:
        connection.execute(text("INSERT INTO terms VALUES ('later', now() + interval '1 hour', 'nya', 'new')"))
    try:
        assert terms(person) == read
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE terms SET valid_from = now() WHERE version = 'later'"))
        assert terms(person)["text"] == "nya"
        assert (
            person.as_person("POST", "/registrations", consent(person) | {"terms_version": read["version"]}).status_code
            == 409
        )
    finally:
        with database.engine.begin() as connection:
            connection.execute(text("DELETE FROM terms WHERE version = 'later'"))


def test_T14_registering_twice_is_a_clear_conflict_and_tells_nothing_more(person, database):
    assert person.as_person("POST", "/registrations", consent(person)).status_code == 201
    again = person.as_person("POST", "/registrations", consent(person, email="other@exempel.se"))
    assert (again.status_code, again.json["code"]) == (409, "registration-exists")
    assert person.as_person("GET", "/me").json["email"] is None
    assert len(told(database, UserRegisteredV1)) == 1


def test_the_same_idempotency_key_gives_the_same_answer_and_one_effect(person, database):
    key = {"Idempotency-Key": str(new_id())}
    body = consent(person)
    first = person.as_person("POST", "/registrations", body, headers=key)
    second = person.as_person("POST", "/registrations", body, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert first.json == second.json
    assert len(told(database, UserRegisteredV1)) == 1


def test_T14_of_many_registrations_at_once_one_wins(app, person, database, new_browser):
    who = Principal(person_id=person.first["person"]["id"], session_id=person.first["session_id"])
    body = consent(person)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: new_browser().send("POST", "/registrations", body, who=who), range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert len(told(database, UserRegisteredV1)) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"accept_terms": False}, "accept_terms"),
        ({"accept_terms": "true"}, "accept_terms"),
        ({"accept_terms": 1}, "accept_terms"),
        ({"email": "a@b\r\nBcc: x@exempel.se"}, "email"),
        ({"email": "Karin <k@exempel.se>"}, "email"),
        ({"email": ""}, "email"),
        ({"phone": "08-123 45 67"}, "phone"),
        ({"phone": "0900-123 45 67"}, "phone"),
        ({"locale": "de"}, "locale"),
        ({"terms_version": ""}, "terms_version"),
        ({"personal_number": KARIN}, "personal_number"),
        ({"staff": ["customer-service"]}, "staff"),
    ],
    ids=str,
)
def test_B6_a_registration_that_breaks_the_schema_names_the_field_and_changes_nothing(person, database, change, field):
    answer = person.as_person("POST", "/registrations", consent(person) | change)
    assert answer.status_code == 422
    assert [entry["field"] for entry in answer.json["errors"]] == [field]
    assert told(database) == []


def test_S1_S32_nobody_registers_or_sees_data_without_being_logged_in(browser):
    assert browser.send("POST", "/registrations", consent(browser)).status_code == 401
    assert browser.send("GET", "/me").status_code == 401
    stranger = Principal(person_id=new_id(), session_id=new_id())
    assert browser.send("GET", "/me", who=stranger).status_code == 404
    assert browser.send("POST", "/registrations", consent(browser), who=stranger).status_code == 404


def test_addresses_stand_sealed_in_the_table(person, everything):
    person.as_person("POST", "/registrations", consent(person, email="karin@exempel.se", phone="0701740605"))
    dump = everything()
    for value in ("karin@exempel.se", "+46701740605"):
        assert value not in dump
        assert value.encode().hex() not in dump

"""Change address, number and language (T66, T67, J1, J2; reliability 4.3)."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from chassis import jobs
from chassis.consumer import apply
from chassis.ids import new_id, utcnow
from chassis.sealing import Unsealer
from chassis.testing import NOTIFY_KEY, told
from chassis.transaction import Principal
from contracts.activities import ActivityRecorded
from contracts.identity import ContactChangedV1, ContactConfirmationRequestedV1, ContactReplacedV1
from contracts.notify import AddressBouncedV1, Channel
from identity.app import JOBS

KARIN, ERIK = "199908072391", "199006022397"
OLD, NEW, NUMBER = "karin@exempel.se", "ny@exempel.se", "+46701740605"


@pytest.fixture
def person(browser, log_in):
    """Karin, registered with an e-mail address, logged in just now."""
    browser.first = log_in(browser).json["session"]
    version = browser.send("GET", "/terms").json["version"]
    body = {"accept_terms": True, "terms_version": version, "email": OLD}
    assert browser.as_person("POST", "/registrations", body).status_code == 201
    return browser


def unseal(sealed):
    return Unsealer(json.dumps({"keys": [NOTIFY_KEY]})).unseal(sealed)


@pytest.fixture
def sent(database):
    """What notify has been told to send to the new addresses, opened."""
    return lambda: [unseal(event.sealed_recipient) for event in told(database, ContactConfirmationRequestedV1)]


def ask(browser, **body):
    return browser.as_person("POST", "/contact-changes", body)


def confirm(browser, change, code, **options):
    path = f"/contact-changes/{change['contact_change_id']}/confirmations"
    return browser.as_person("POST", path, {"code": code}, **options)


def me(browser):
    return browser.as_person("GET", "/me").json


def other_than(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


# ---- the way through
def test_T67_a_new_address_is_used_once_the_code_that_came_there_is_given(person, database, sent):
    asked = ask(person, email="Ny@Exempel.SE")
    assert asked.status_code == 201
    change = asked.json
    assert asked.headers["Location"] == f"/api/identity/v1/contact-changes/{change['contact_change_id']}"
    assert (change["kind"], change["status"], change["tries_left"]) == ("email", "pending", 5)
    assert me(person)["email"] == OLD
    (letter,) = sent()
    assert letter.keys() == {"email", "code"}
    assert letter["email"] == "Ny@exempel.se"
    done = confirm(person, change, letter["code"])
    assert (done.status_code, done.json["status"]) == (200, "confirmed")
    mine = me(person)
    assert (mine["email"], mine["email_verified"], mine["phone_verified"]) == ("Ny@exempel.se", True, False)
    newest = told(database, ContactChangedV1)[-1]
    assert unseal(newest.sealed_contact)["email"] == "Ny@exempel.se"


def test_FJ2_a_number_is_confirmed_by_sms_and_leaves_the_address_alone(person, database, sent):
    change = ask(person, phone="070-174 06 05").json
    (event,) = told(database, ContactConfirmationRequestedV1)
    assert (event.channel, str(event.contact_change_id)) == (Channel.SMS, change["contact_change_id"])
    (letter,) = sent()
    assert letter["phone"] == NUMBER
    assert confirm(person, change, letter["code"]).status_code == 200
    mine = me(person)
    assert (mine["email"], mine["phone"], mine["phone_verified"]) == (OLD, NUMBER, True)
    assert told(database, ContactReplacedV1) == []


def test_FJ2_the_old_address_is_told_that_it_is_the_old_one(person, database, sent):
    change = ask(person, email=NEW).json
    assert told(database, ContactReplacedV1) == []
    confirm(person, change, sent()[0]["code"])
    (event,) = told(database, ContactReplacedV1)
    assert unseal(event.sealed_recipient) == {"email": OLD}
    assert (str(event.person_id), event.channel, event.locale) == (
        person.first["person"]["id"],
        Channel.EMAIL,
        "sv",
    )


def test_FJ2_the_present_address_can_be_confirmed_once_and_nobody_is_warned(person, database, sent):
    change = ask(person, email=OLD).json
    confirm(person, change, sent()[0]["code"])
    assert me(person)["email_verified"] is True
    assert told(database, ContactReplacedV1) == []
    again = ask(person, email=OLD)
    assert (again.status_code, again.json["code"]) == (409, "contact-unchanged")


def test_B_04_an_address_that_bounced_works_again_when_its_code_comes_back(person, database, events, sent):
    confirm(person, ask(person, email=OLD).json, sent()[0]["code"])
    bounced = AddressBouncedV1(person_id=person.first["person"]["id"], channel=Channel.EMAIL, bounced_at=utcnow())
    apply(database, events, bounced, version=1, subject=bounced.person_id)
    assert me(person)["email_bounced"] is True
    confirm(person, ask(person, email=OLD).json, sent()[1]["code"])
    assert me(person)["email_bounced"] is False


def test_T67_what_is_asked_for_twice_with_one_key_is_sent_once(person, database):
    headers = {"Idempotency-Key": str(new_id())}
    first, second = (person.as_person("POST", "/contact-changes", {"email": NEW}, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert len(told(database, ContactConfirmationRequestedV1)) == 1


def test_T67_a_confirmation_whose_answer_got_lost_can_be_sent_again(person, sent, database):
    change = ask(person, email=NEW).json
    headers = {"Idempotency-Key": str(new_id())}
    first, second = (confirm(person, change, sent()[0]["code"], headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json == second.json
    assert len(told(database, ContactReplacedV1)) == 1


# ---- what is kept
def test_FJ2_neither_code_nor_address_stands_in_clear_anywhere(person, everything, sent):
    ask(person, email=NEW)
    (letter,) = sent()
    dump = everything()
    for secret in (NEW, f'"{letter["code"]}"', letter["code"].encode().hex()):
        assert secret not in dump
        assert secret.encode().hex() not in dump


def test_FJ2_a_confirmed_change_keeps_neither_code_nor_address(person, sent, rows):
    confirm(person, ask(person, email=NEW).json, sent()[0]["code"])
    assert rows("SELECT status, address_sealed, code_mac FROM contact_change") == [
        {"status": "confirmed", "address_sealed": None, "code_mac": None}
    ]


def test_FJ2_changes_are_forgotten_after_a_day(person, later, rows, database, settings):
    ask(person, email=NEW)
    context = jobs.JobContext(database, settings)
    jobs.run(JOBS.get("forget-logins-and-sessions"), context)
    assert len(rows("SELECT 1 FROM contact_change")) == 1
    later(86_401, bankid=False)
    jobs.run(JOBS.get("forget-logins-and-sessions"), context)
    assert rows("SELECT 1 FROM contact_change") == []


# ---- what is refused
def test_FJ2_a_login_older_than_fifteen_minutes_changes_no_contact(person, later, database):
    later(15 * 60 - 10)
    person.resolve()
    assert ask(person, email=NEW).status_code == 201
    later(20)
    refused = ask(person, phone="0701740605")
    assert (refused.status_code, refused.json["code"]) == (403, "login-too-old")
    person.locale = "en"
    assert ask(person, phone="0701740605").json["title"] == "Identify yourself again"
    assert len(told(database, ContactConfirmationRequestedV1)) == 1


def test_FJ2_choosing_an_account_does_not_make_a_login_fresh(person, later):
    later(16 * 60)
    assert person.as_person("PUT", "/session/account", account_id=str(new_id())).status_code == 200
    assert ask(person, email=NEW).json["code"] == "login-too-old"


def test_FJ2_a_new_login_makes_it_possible_again(person, later, log_in):
    later(16 * 60)
    log_in(person)
    assert ask(person, email=NEW).status_code == 201


def test_FJ2_a_wrong_code_costs_a_try_and_five_kill_the_code(person, sent, database):
    change = ask(person, email=NEW).json
    code = sent()[0]["code"]
    for left in (4, 3, 2, 1, 0):
        refused = confirm(person, change, other_than(code))
        assert (refused.status_code, refused.json["code"]) == (422, "contact-code-wrong")
        assert refused.json["detail"].endswith(f"{left}.")
    dead = confirm(person, change, code)
    assert (dead.status_code, dead.json["code"]) == (410, "contact-code-tries-spent")
    shown = person.as_person("GET", f"/contact-changes/{change['contact_change_id']}").json
    assert (shown["status"], shown["tries_left"]) == ("locked", 0)
    assert me(person)["email"] == OLD


def test_FJ2_of_many_guesses_at_once_five_are_looked_at(app, person, new_browser, sent, rows):
    change = ask(person, email=NEW).json
    wrong = other_than(sent()[0]["code"])
    who = Principal(person_id=person.first["person"]["id"], session_id=person.first["session_id"])
    path = f"/contact-changes/{change['contact_change_id']}/confirmations"
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: new_browser().send("POST", path, {"code": wrong}, who=who), range(20)))
    codes = [answer.json["code"] for answer in answers]
    assert codes.count("contact-code-wrong") == 5
    assert codes.count("contact-code-tries-spent") == 15
    assert rows("SELECT tries FROM contact_change") == [{"tries": 5}]


def test_FJ2_of_two_right_codes_at_once_one_changes_the_address(app, person, new_browser, sent, database):
    change = ask(person, email=NEW).json
    code = sent()[0]["code"]
    who = Principal(person_id=person.first["person"]["id"], session_id=person.first["session_id"])
    path = f"/contact-changes/{change['contact_change_id']}/confirmations"
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: new_browser().send("POST", path, {"code": code}, who=who), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len(told(database, ContactReplacedV1)) == 1


def test_FJ2_a_code_is_worth_nothing_after_fifteen_minutes(person, sent, later):
    change = ask(person, email=NEW).json
    later(15 * 60 - 5)
    assert confirm(person, change, other_than(sent()[0]["code"])).status_code == 422
    later(10)
    refused = confirm(person, change, sent()[0]["code"])
    assert (refused.status_code, refused.json["code"]) == (410, "contact-code-expired")
    shown = person.as_person("GET", f"/contact-changes/{change['contact_change_id']}").json
    assert shown["status"] == "expired"


def test_FJ2_a_later_code_of_the_same_kind_kills_the_earlier_and_another_kind_does_not(person, sent):
    first, phone, second = ask(person, email="a@exempel.se"), ask(person, phone="0701740605"), ask(person, email=NEW)
    codes = [letter["code"] for letter in sent()]
    dead = confirm(person, first.json, codes[0])
    assert (dead.status_code, dead.json["code"]) == (409, "contact-change-closed")
    assert confirm(person, phone.json, codes[1]).status_code == 200
    assert confirm(person, second.json, codes[2]).status_code == 200
    assert (me(person)["email"], me(person)["phone"]) == (NEW, NUMBER)


def test_FJ2_a_code_confirms_its_own_change_alone(person, sent):
    email, phone = ask(person, email=NEW).json, ask(person, phone="0701740605").json
    email_code, phone_code = (letter["code"] for letter in sent())
    if email_code != phone_code:
        assert confirm(person, email, phone_code).status_code == 422
    assert confirm(person, phone, phone_code).status_code == 200


def test_C28_three_codes_an_hour_and_not_one_more(person, later, log_in, database):
    for number in range(3):
        assert ask(person, email=f"a{number}@exempel.se").status_code == 201
        later(60)
    refused = ask(person, phone="0701740605")
    assert (refused.status_code, refused.json["code"]) == (429, "contact-codes-too-many")
    assert 3600 - 190 <= int(refused.headers["Retry-After"]) <= 3600 - 170
    later(3600 - 180)
    log_in(person)
    assert ask(person, phone="0701740605").status_code == 201
    assert len(told(database, ContactConfirmationRequestedV1)) == 4


def test_C28_of_many_requests_at_once_three_send_a_code(app, person, new_browser, database):
    who = Principal(person_id=person.first["person"]["id"], session_id=person.first["session_id"])
    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(
                lambda number: new_browser().send(
                    "POST", "/contact-changes", {"email": f"a{number}@exempel.se"}, who=who
                ),
                range(10),
            )
        )
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [429] * 7
    assert len(told(database, ContactConfirmationRequestedV1)) == 3


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": NEW, "phone": "0701740605"},
        {"email": None},
        {"email": "a@b\r\nBcc: x@exempel.se"},
        {"email": "Karin <k@exempel.se>"},
        {"email": '"<script>"@exempel.se'},
        {"phone": "0900-123 45 67"},
        {"phone": "08-123 45 67"},
        {"email": NEW, "person_id": "01980000-0000-7000-8000-000000000001"},
    ],
    ids=str,
)
def test_B6_what_is_no_single_address_or_number_is_refused_and_sends_nothing(person, database, body):
    assert ask(person, **body).status_code == 422
    assert told(database, ContactConfirmationRequestedV1) == []


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", " 123456", "123456\n", "١٢٣٤٥٦", "", 123456])
def test_FJ2_what_is_no_code_costs_no_try(person, rows, code):
    change = ask(person, email=NEW).json
    assert confirm(person, change, code).status_code == 422
    assert rows("SELECT tries FROM contact_change") == [{"tries": 0}]


def test_FJ2_another_persons_change_is_not_found_just_as_an_unknown_one_and_loses_no_try(
    person, new_browser, log_in, sent, rows
):
    change = ask(person, email=NEW).json
    stranger = new_browser()
    log_in(stranger, ERIK)
    for target in (change, {"contact_change_id": str(new_id())}):
        refused = confirm(stranger, target, sent()[0]["code"])
        assert (refused.status_code, refused.json["code"]) == (404, "contact-change-not-found")
        assert (
            stranger.as_person("GET", f"/contact-changes/{target['contact_change_id']}").json["code"]
            == "contact-change-not-found"
        )
    assert rows("SELECT tries, status FROM contact_change") == [{"tries": 0, "status": "pending"}]


def test_T67_nobody_changes_anything_without_being_logged_in(new_browser):
    nobody = new_browser()
    path = f"/contact-changes/{new_id()}"
    answers = [
        nobody.send("POST", "/contact-changes", {"email": NEW}),
        nobody.send("GET", path),
        nobody.send("POST", f"{path}/confirmations", {"code": "123456"}),
        nobody.send("PATCH", "/me", {"locale": "en"}),
    ]
    assert {answer.status_code for answer in answers} == {401}


# ---- language
def test_FJ1_the_language_is_chosen_and_the_notices_follow(person, database):
    before = len(told(database, ContactChangedV1))
    changed = person.as_person("PATCH", "/me", {"locale": "en"})
    assert (changed.status_code, changed.json["locale"]) == (200, "en")
    assert person.as_person("GET", "/session").json["locale"] == "en"
    assert [event.locale for event in told(database, ContactChangedV1)[before:]] == ["en"]
    assert person.as_person("PATCH", "/me", {"locale": "en"}).status_code == 200
    assert len(told(database, ContactChangedV1)) == before + 1


@pytest.mark.parametrize(
    "body", [{}, {"locale": "de"}, {"locale": None}, {"locale": "sv", "email": NEW}, {"name": "X"}]
)
def test_FJ1_nothing_but_the_language_is_changed_without_a_code(person, body):
    assert person.as_person("PATCH", "/me", body).status_code == 422
    assert me(person)["email"] == OLD


# ---- forms
def test_S6_forms_are_prefilled_with_the_own_name_and_contact(person):
    answer = person.as_person("GET", "/prefill")
    assert answer.status_code == 200
    assert answer.json == {"name": "Karin Test Persson", "email": OLD, "phone": None, "address": None}
    assert answer.headers["Cache-Control"] == "no-store"


def test_FJ4_the_prefill_is_the_persons_own_whatever_account_is_acted_for(person):
    assert person.as_person("GET", "/prefill", account_id=str(new_id())).json["email"] == OLD


def test_FJ4_an_address_that_takes_no_mail_is_not_filled_in(person, database, events):
    bounced = AddressBouncedV1(person_id=person.first["person"]["id"], channel=Channel.EMAIL, bounced_at=utcnow())
    apply(database, events, bounced, version=1, subject=bounced.person_id)
    assert person.as_person("GET", "/prefill").json["email"] is None


def test_FJ4_nobody_is_prefilled_without_being_logged_in(new_browser):
    assert new_browser().send("GET", "/prefill").status_code == 401
    stranger = Principal(person_id=new_id(), session_id=new_id())
    assert new_browser().send("GET", "/prefill", who=stranger).status_code == 404


# ---- asked once a year
YEAR = 365 * 24 * 3600


def due(browser):
    return me(browser)["contact_review_due"]


@pytest.fixture
def years_ago(database):
    """Every sign that Karin's contact details are right is so many seconds older."""

    def shift(seconds):
        columns = (
            "registered_at",
            "contact_changed_at",
            "contact_reviewed_at",
            "email_verified_at",
            "phone_verified_at",
        )
        moved = ", ".join(f"{column} = {column} - make_interval(secs => :seconds)" for column in columns)
        with database.transaction() as tx:
            tx.session.execute(text(f"UPDATE person SET {moved}"), {"seconds": seconds})  # noqa: S608

    return shift


def test_FJ5_after_a_year_the_person_is_asked_and_the_answer_holds_for_a_year(person, years_ago, database):
    assert due(person) is False
    years_ago(YEAR - 60)
    assert due(person) is False
    years_ago(60)
    assert due(person) is True
    answer = person.as_person("POST", "/contact-reviews")
    assert (answer.status_code, answer.data) == (204, b"")
    assert due(person) is False
    assert me(person)["email"] == OLD
    record = told(database, ActivityRecorded)[-1]
    assert (record.text_sv, record.text_en) == (
        "Bekräftade att kontaktuppgifterna stämmer",
        "Confirmed that the contact details are right",
    )
    years_ago(YEAR)
    assert due(person) is True


def test_FJ5_a_change_counts_as_an_answer(person, years_ago, sent):
    years_ago(YEAR + 60)
    change = ask(person, phone=NUMBER).json
    assert due(person) is True, "nothing is confirmed before the code has come back"
    confirm(person, change, sent()[-1]["code"])
    assert due(person) is False


def test_FJ5_who_has_given_nothing_to_look_over_is_not_asked(browser, log_in, years_ago):
    browser.first = log_in(browser).json["session"]
    version = browser.send("GET", "/terms").json["version"]
    assert due(browser) is False, "nor before the registration"
    browser.as_person("POST", "/registrations", {"accept_terms": True, "terms_version": version})
    years_ago(YEAR + 60)
    assert due(browser) is False


def test_FJ5_nobody_answers_without_a_login(browser):
    assert browser.send("POST", "/contact-reviews").status_code in {401, 403}

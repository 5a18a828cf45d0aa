import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chassis.consumer import apply
from chassis.ids import new_id, utcnow
from chassis.sealing import Unsealer
from chassis.testing import NOTIFY_KEY, told
from contracts.batch_billing import CustomerRegisteredV1
from contracts.identity import ContactChangedV1, CustomerIdentifiedV1
from contracts.notify import AddressBouncedV1, Channel
from identity.app import make_keys
from identity.consumers import subscriptions
from identity.domain.errors import PersonalNumberInvalid, PublishedNumberRefused

KARIN, ERIK = "199908072391", "199006022397"


def customer(**changes):
    values = {
        "customer_number": "K-1001",
        "personal_number": KARIN,
        "name": "Karin Persson",
        "email": "karin@exempel.se",
        "phone": "+46701740605",
        "protected_identity": False,
    }
    return CustomerRegisteredV1(**(values | changes))


@pytest.fixture
def arrives(database, events):
    """``arrives(event, version)``: through the inbox, as the worker would."""

    def deliver(event, version=1, event_id=None):
        subject = getattr(event, "customer_number", None) or event.person_id
        apply(database, events, event, version=version, subject=subject, event_id=event_id)

    return deliver


def unsealed(event):
    return Unsealer(json.dumps({"keys": [NOTIFY_KEY]})).unseal(event.sealed_contact)


def test_D23_a_customer_becomes_a_person_whom_the_others_know_by_an_opaque_id(arrives, database, everything):
    arrives(customer())
    (identified,) = told(database, CustomerIdentifiedV1)
    assert identified.customer_number == "K-1001"
    assert identified.protected_identity is False
    (contact,) = told(database, ContactChangedV1)
    assert contact.person_id == identified.person_id
    assert unsealed(contact) == {"email": "karin@exempel.se", "phone": "+46701740605", "name": "Karin Persson"}
    dump = everything()
    assert KARIN not in dump
    assert KARIN.encode().hex() not in dump


def test_T6_customer_first_or_login_first_it_is_the_same_person(arrives, database, browser, new_browser, log_in):
    arrives(customer())
    before = log_in(browser).json["session"]["person"]["id"]
    log_in(new_browser(), ERIK)
    arrives(customer(customer_number="K-1002", personal_number=ERIK, name="Erik"))
    by_number = {event.customer_number: str(event.person_id) for event in told(database, CustomerIdentifiedV1)}
    assert by_number["K-1001"] == before
    assert len(set(by_number.values())) == 2


def test_T6_the_same_event_twice_has_one_effect(arrives, database, rows):
    event_id = new_id()
    for _ in range(2):
        arrives(customer(), event_id=event_id)
    assert len(told(database, CustomerIdentifiedV1)) == 1
    assert len(rows("SELECT 1 FROM person")) == 1


def test_T6_an_unchanged_customer_sent_again_tells_nothing(arrives, database):
    arrives(customer(), 1)
    arrives(customer(), 2)
    assert len(told(database)) == 2


def test_T6_an_older_version_that_comes_late_is_ignored(arrives, database):
    arrives(customer(email="new@exempel.se"), 2)
    arrives(customer(email="old@exempel.se"), 1)
    assert [unsealed(event)["email"] for event in told(database, ContactChangedV1)] == ["new@exempel.se"]


def test_T6_one_person_may_have_several_customer_numbers(arrives, database, rows):
    arrives(customer())
    arrives(customer(customer_number="K-2002"))
    assert len(rows("SELECT 1 FROM person")) == 1
    assert len({event.person_id for event in told(database, CustomerIdentifiedV1)}) == 1


def test_a_corrected_personal_number_moves_the_customer_to_the_right_person(arrives, database, rows):
    arrives(customer(), 1)
    arrives(customer(personal_number=ERIK), 2)
    first, second = told(database, CustomerIdentifiedV1)
    assert first.person_id != second.person_id
    assert [
        row["version"] for row in rows("SELECT version FROM outbox WHERE type LIKE '%identified%' ORDER BY seq")
    ] == [1, 2]


def test_protected_identity_is_told_and_lasts_while_any_customer_says_so(arrives, database, rows):
    arrives(customer(protected_identity=True), 1)
    arrives(customer(customer_number="K-2002"), 1)
    assert rows("SELECT protected_identity FROM person") == [{"protected_identity": True}]
    arrives(customer(), 2)
    assert rows("SELECT protected_identity FROM person") == [{"protected_identity": False}]
    assert [event.protected_identity for event in told(database, CustomerIdentifiedV1)] == [True, False, False]


def test_what_the_person_has_given_outranks_the_billing_system(arrives, database, browser, log_in):
    log_in(browser)
    version = browser.send("GET", "/terms").json["version"]
    body = {"accept_terms": True, "terms_version": version, "email": "own@exempel.se"}
    browser.as_person("POST", "/registrations", body)
    arrives(customer(email="batch@exempel.se", phone="0701740605"))
    me = browser.as_person("GET", "/me").json
    assert (me["email"], me["phone"]) == ("own@exempel.se", "+46701740605")
    assert me["name"] == "Karin Test Persson"


def test_the_name_of_bankid_outranks_the_billing_systems_and_notify_learns_it(arrives, database, browser, log_in):
    arrives(customer())
    assert log_in(browser).json["session"]["person"]["name"] == "Karin Test Persson"
    assert [unsealed(event)["name"] for event in told(database, ContactChangedV1)] == [
        "Karin Persson",
        "Karin Test Persson",
    ]
    arrives(customer(name="K Persson"), 2)
    assert browser.as_person("GET", "/me").json["name"] == "Karin Test Persson"


def test_B6_an_address_that_cannot_be_used_does_not_stop_the_customer(arrives, database, rows):
    arrives(customer(email="a@b\r\nBcc: x@exempel.se", phone="12"))
    assert len(told(database, CustomerIdentifiedV1)) == 1
    assert told(database, ContactChangedV1) == []
    assert rows("SELECT email_sealed, phone_sealed FROM person") == [{"email_sealed": None, "phone_sealed": None}]


def test_B4_a_number_that_is_none_is_a_dead_letter_and_leaves_nothing(arrives, rows):
    with pytest.raises(PersonalNumberInvalid) as refused:
        arrives(customer(personal_number="199908072390"))
    assert "19990807" not in str(refused.value)
    assert rows("SELECT 1 FROM person") == rows("SELECT 1 FROM inbox") == []


def test_B4_a_published_test_number_is_refused_in_production(settings, database, rows):
    from dataclasses import replace

    files = dict.fromkeys(("bankid_ca_file", "bankid_cert_file", "bankid_key_file", "bankid_signature_ca_file"), "x")
    strict = make_keys(replace(settings, environment="production", bankid_url="https://bankid.example", **files))
    with pytest.raises(PublishedNumberRefused):
        apply(database, subscriptions(strict), customer())
    assert rows("SELECT 1 FROM person") == []


def test_login_and_customer_event_at_the_same_moment_make_one_person(arrives, browser, control, later, rows):
    login = browser.start().json
    control.approve(control.scan(login["qr"], KARIN))
    later(2)
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(browser.poll, login), pool.submit(arrives, customer())]
        answer, _ = [future.result() for future in futures]
    assert answer.json["status"] == "complete"
    assert len(rows("SELECT 1 FROM person")) == 1


# ---- bounces
def test_B_04_a_bounced_address_is_shown_to_the_person_until_it_is_changed(arrives, database, browser, log_in):
    person_id = log_in(browser).json["session"]["person"]["id"]
    arrives(customer(), 1)
    arrives(AddressBouncedV1(person_id=person_id, channel=Channel.EMAIL, bounced_at=utcnow() + timedelta(seconds=1)))
    me = browser.as_person("GET", "/me").json
    assert (me["email_bounced"], me["phone_bounced"]) == (True, False)
    arrives(customer(email="better@exempel.se"), 2)
    assert browser.as_person("GET", "/me").json["email_bounced"] is False


def test_B_04_a_bounce_of_the_address_before_is_no_news(arrives, browser, log_in):
    person_id = log_in(browser).json["session"]["person"]["id"]
    arrives(customer(), 1)
    arrives(AddressBouncedV1(person_id=person_id, channel=Channel.SMS, bounced_at=utcnow() - timedelta(hours=1)))
    assert browser.as_person("GET", "/me").json["phone_bounced"] is False


def test_B_04_a_bounce_for_somebody_unknown_is_noted_and_no_fault(arrives, rows):
    arrives(AddressBouncedV1(person_id=new_id(), channel=Channel.SMS, bounced_at=utcnow()))
    assert len(rows("SELECT 1 FROM inbox")) == 1

"""C38: after all journeys, no personal number stands anywhere outside identity, and no address outside the mails."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest
from tests.security import canary
from tests.security.stage import CANARY_EMAIL, CANARY_PHONE, NUMBERS, STREET
from tests.security.web import ask

from chassis.testing import wait_for
from contracts.catalogue import SERVICES
from sim_bankid.persons import PERSONS

pytestmark = pytest.mark.journey
CARRIES = "batch-billing.customer.registered.v1"
"""The one event with a personal number, from the billing system to identity alone."""
PLACES = "batch-billing.agreement.started.v1"
"""The one event with a street, from the same."""
SHOWN = ("identity/v1/me", "org-registry/v1/accounts", "org-registry/v1/memberships", "billing/v1/agreements")
NOT_OURS = ("bankid", "bolagsverket", "spar", "postbox", "batch-billing", "background")
"""Other companies' systems in small, and what the runner tells the developer: whom one can log in as."""


@pytest.fixture(scope="module")
def numbers():
    return canary.Scanner(needle for number in PERSONS for needle in canary.personal_number(number))


@pytest.fixture(scope="module")
def contacts():
    return canary.Scanner(needle for value in (CANARY_EMAIL, CANARY_PHONE) for needle in canary.contact(value))


@pytest.fixture(scope="module", autouse=True)
def quiet(stage, suite):
    """Every event has been sent and applied, every mail delivered."""
    owner = stage.browser("A1")
    owner.send("GET", "/api/identity/v1/me")
    # Everything that is known of A1 has been collected once, and lies there encrypted (B-21).
    owner.send("POST", "/api/identity/v1/data-exports")
    wait_for(lambda: {one["status"] for one in owner.get("/identity/v1/data-exports")["items"]} == {"ready"}, 60)
    wait_for(lambda: not suite.troubled(), timeout=60, interval=0.2)
    for service in SERVICES:
        wait_for(
            lambda service=service: not suite.query(service, "SELECT 1 FROM outbox WHERE published_at IS NULL LIMIT 1"),
            timeout=60,
        )
        stage.settled(service)


def found(scanner, places):
    return [hit for where, data in places for hit in scanner.hits(where, data)]


def ours(suite):
    return [
        (where, data) for where, data in canary.logs(suite) if not where.startswith(tuple(f"log {s}" for s in NOT_OURS))
    ]


def mails(suite):
    messages = suite.world.postbox.messages()
    assert len(messages) > 10
    return [(f"mail {message['subject']!r}", json.dumps(message, ensure_ascii=False).encode()) for message in messages]


@pytest.mark.parametrize("service", SERVICES)
def test_C38_no_personal_number_in_any_database_even_identitys(suite, numbers, service):
    # Identity has them encrypted and behind a keyed index: not one of the forms that others could read or guess.
    places = list(canary.dump(suite, service))
    assert any(data for _, data in places)
    assert found(numbers, places) == []


@pytest.mark.parametrize("service", [service for service in SERVICES if service != "identity"])
def test_C38_no_address_and_no_telephone_number_outside_identity(suite, contacts, service):
    assert found(contacts, canary.dump(suite, service)) == []


def test_C38_no_personal_number_and_no_address_in_any_log(suite, numbers, contacts):
    places = ours(suite)
    names = {where for where, _ in places}
    assert {
        "log access.log",
        "log error.log",
        "log identity.web.log",
        "log org-registry.worker.log",
        "log postgres.log",
    } <= names
    assert found(numbers, places) == []
    assert found(contacts, places) == []


def test_C38_no_personal_number_in_an_address_anybody_asked_for(suite, numbers):
    (asked,) = [data for where, data in canary.logs(suite) if where == "log access.log"]
    assert asked.count(b"/api/") > 100
    assert numbers.hits("URL", asked) == []


def test_C38_no_personal_number_in_any_event_but_the_one_for_identity(tap, numbers, contacts):
    assert len(tap.heard) > 50
    others = [(f"event {key}", said) for key, said in tap.heard if key != CARRIES]
    assert found(numbers, others) == []
    assert found(contacts, others) == []


def test_C38_D23_no_street_and_no_name_in_org_registrys_tables_any_log_or_any_other_event(stage, suite, tap):
    owner, name = stage.browser("A1"), PERSONS[NUMBERS["A1"]].name
    shown = owner.get("/org-registry/v1/accounts")["items"]
    assert STREET in {account["place"] for account in shown}, "the street is there to be found"
    wait_for(lambda: name in {one["name"] for one in owner.get("/org-registry/v1/memberships")["items"]}, 60)
    needles = canary.Scanner(
        needle for secret in (STREET, name) for needle in canary.forms(secret, {"as it is": secret})
    )
    events = [(f"event {key}", said) for key, said in tap.heard if key not in {CARRIES, PLACES}]
    assert found(needles, [*canary.dump(suite, "org-registry"), *events, *ours(suite)]) == []


def test_C38_no_personal_number_in_any_mail_and_the_address_only_as_its_recipient(suite, numbers, contacts):
    assert found(numbers, mails(suite)) == []
    told = [(where, data) for where, data in mails(suite) if CANARY_EMAIL.encode() in data]
    assert told, "the canary has got mail, so the address was really in use"
    for message in suite.world.postbox.messages():
        if message["to"] and CANARY_EMAIL not in message["to"]:
            assert contacts.hits("mail", json.dumps(message).encode()) == []


def test_C38_no_personal_number_and_nobody_elses_address_in_any_answer(stage, numbers, contacts):
    for persona in NUMBERS:
        browser = stage.browser(persona)
        for path in (
            "identity/v1/me",
            "org-registry/v1/accounts",
            "org-registry/v1/memberships",
            "billing/v1/agreements",
        ):
            answer = ask(browser, "GET", f"/api/{path}")
            assert numbers.hits(path, answer.raw) == []
            if persona != "A1":
                assert contacts.hits(path, answer.raw) == []


def test_C9_C39_no_secret_of_an_invitation_or_a_session_in_any_database_log_or_event(stage, suite, tap):
    secrets = [*stage.invitation_tokens, *(stage.browser(name).cookies["__Host-sid"] for name in NUMBERS)]
    needles = [canary.Needle(secret, "as it is", secret.encode()) for secret in secrets]
    passwords = json.dumps(suite.planner.secrets)
    needles += [
        canary.Needle(password, "password", password.encode())
        for password in re.findall(r'"([A-Za-z0-9_+/=-]{20,})"', passwords)
    ]
    scanner = canary.Scanner(needles)
    places = [*ours(suite), *((f"event {key}", said) for key, said in tap.heard)]
    places += [place for service in SERVICES for place in canary.dump(suite, service)]
    assert found(scanner, places) == []


class TestTheScannerItself:
    """It must see what it looks for."""

    @pytest.mark.parametrize(
        "text",
        [
            b"199908072391",
            b"990807-2391",
            b"19990807-2391",
            b'{"number": "9908072391"}',
            base64.b64encode(b"199908072391"),
            base64.b64encode(b"x199908072391 and more"),
            base64.b64encode(b"xx199908072391 and more"),
            base64.urlsafe_b64encode(b'{"pnr":"19990807-2391"}'),
            hashlib.sha256(b"199908072391").hexdigest().encode(),
            hashlib.sha1(b"9908072391", usedforsecurity=False).hexdigest().encode(),
            hashlib.sha256(b"19990807-2391").digest(),
            b"19990807%2B2391",
            b"199908072391"[::-1],
        ],
    )
    def test_it_sees_a_personal_number_in_each_form(self, text):
        scanner = canary.Scanner(canary.personal_number("199908072391"))
        assert scanner.hits("here", b"before " + text + b" after")

    def test_it_sees_nothing_in_what_is_not_one(self):
        scanner = canary.Scanner(canary.personal_number("199908072391"))
        assert scanner.hits("here", b"199908072383 01980000-0000-7000-8000-000000000000 karin@exempel.se") == []

    def test_it_sees_bytea_and_text_in_a_database(self, stage, suite):
        scanner = canary.Scanner(canary.personal_number("199908072391"))
        stage.execute("orders", "CREATE TABLE canary (a bytea, b text)")
        try:
            stage.execute("orders", "INSERT INTO canary VALUES ('199908072391'::bytea, NULL), (NULL, '990807-2391')")
            hits = [hit for where, data in canary.dump(suite, "orders") for hit in scanner.hits(where, data)]
        finally:
            stage.execute("orders", "DROP TABLE canary")
        assert {hit.split(":")[0] for hit in hits} == {"orders.public.canary", "orders.public.canary.a"}

"""Hostile input (Table B), pinned and generated: never a 5xx, always a problem that tells nothing, nothing changed."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance
from tests.security import corpus
from tests.security.matrix import DOCUMENT, OUTSIDE, PARAMETER
from tests.security.web import Answer, ask, dressed, usual

from chassis.ids import new_id

pytestmark = pytest.mark.journey
CASES = "/api/cases/v1/cases"
LISTS = (CASES, "/api/billing/v1/invoices", "/api/metering/v1/readings", "/api/invitations/v1/invitations")
WRITES = (
    ("POST", CASES),
    ("POST", "/api/metering/v1/readings"),
    ("POST", "/api/invitations/v1/invitations"),
    ("POST", "/api/identity/v1/registrations"),
    ("POST", "/api/identity/v1/logins"),
    ("POST", "/api/invitations/v1/invitation-lookups"),
    ("PUT", "/api/notify/v1/preferences"),
)
EXAMPLES = 10
LONGEST = 3.0
"""Seconds for one answer; the goal is one, on a machine that does nothing else."""


def refused(answer, what):
    assert 400 <= answer.status < 500, f"{what}: {answer}"


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_B1_a_body_that_is_not_plain_json_of_the_right_form_is_refused(stage, method, path):
    service = path.split("/")[2]
    before = stage.settled(service)
    for what, (data, headers) in corpus.BODIES.items():
        started = time.monotonic()
        answer = ask(stage.browser("M"), method, path, data=data, headers=headers)
        refused(answer, what)
        assert time.monotonic() - started < LONGEST, what
    assert stage.settled(service) == before


def test_B2_a_text_comes_back_as_it_was_or_is_refused(stage):
    browser = stage.browser("M")
    for what, text in corpus.TEXTS.items():
        made = ask(browser, "POST", CASES, {"title": text})
        if made.status == 201:
            kept = ask(browser, "GET", f"{CASES}/{made.json['id']}").json["title"]
            assert kept == made.json["title"] == text.strip(), what
        else:
            refused(made, what)
            assert text[:50].strip() not in made.raw.decode() or not text.strip(), f"{what}: an echo"


def test_B2_another_type_than_a_text_is_refused_by_the_fields_name(stage):
    before = stage.settled("cases")
    for value in corpus.VALUES:
        answer = ask(stage.browser("M"), "POST", CASES, {"title": value})
        refused(answer, repr(value)[:50])
        if answer.status == 422:
            assert [entry["field"] for entry in answer.json["errors"]] == ["title"]
    assert stage.settled("cases") == before


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_B3_a_strange_address_is_not_found(stage, method):
    before = stage.settled("cases")
    for what, path in corpus.PATHS.items():
        answer = ask(stage.browser("M"), method, path)
        assert answer.status in {400, 404, 405}, f"{what}: {answer}"
    assert stage.settled("cases") == before


@pytest.mark.parametrize("path", LISTS)
def test_B3_a_strange_question_is_refused(stage, path):
    for what, query in corpus.QUERIES.items():
        answer = ask(stage.browser("M"), "GET", f"{path}?{query}")
        assert answer.status in {400, 422}, f"{what}: {answer}"


def test_B13_a_key_that_is_no_key_is_refused_and_nothing_is_made(stage):
    before = stage.settled("cases")
    for what, key in corpus.KEYS.items():
        answer = ask(stage.browser("M"), "POST", CASES, {"title": "x"}, headers={"Idempotency-Key": key})
        assert answer.status == 400, f"{what}: {answer}"
    assert stage.settled("cases") == before


def test_B13_a_key_belongs_to_one_person_one_route_and_one_body(stage):
    key = {"Idempotency-Key": str(new_id())}
    browser = stage.browser("M")
    first = ask(browser, "POST", CASES, {"title": "en"}, headers=key)
    assert ask(browser, "POST", CASES, {"title": "en"}, headers=key).json == first.json
    other_body = ask(browser, "POST", CASES, {"title": "två"}, headers=key)
    assert (other_body.status, other_body.code) == (422, "idempotency-key-reused")
    other_route = ask(browser, "POST", "/api/orders/v1/orders", {"title": "en"}, headers=key)
    somebody_else = ask(stage.browser("B1"), "POST", CASES, {"title": "en"}, headers=key)
    assert (other_route.status, somebody_else.status) == (201, 201)
    assert first.json["id"] not in {other_route.json["id"], somebody_else.json["id"]}


def test_B14_what_two_parsers_could_read_differently_is_refused(suite):
    target = urlsplit(suite.world.gateway_url)
    for what, raw in corpus.RAW.items():
        with socket.create_connection((target.hostname, target.port), timeout=5) as connection:
            connection.sendall(raw.replace(b"%s", target.netloc.encode()))
            connection.settimeout(5)
            said = connection.recv(65_536)
        # HTTP/0.9 has no status line: what comes is the body alone.
        status = int(said.split(b" ")[1]) if said.startswith(b"HTTP/") else json.loads(said)["status"]
        assert status in ({200, *range(400, 500)} if what in corpus.GOOD_ANYWAY else range(400, 500)), (
            f"{what}: {said[:200]!r}"
        )
        assert said.count(b"HTTP/1.1 ") <= 1, f"{what}: a second request was seen"


ENDS = ("identity.log_out", "identity.leave_account", "identity.create_erasure")
OPERATIONS = [row for row in OUTSIDE if not row.key.startswith(ENDS) and row.access != "select-account"]
"""All but what ends or replaces the session that asks."""
met: Counter[int] = Counter()
"""How often each hundred of statuses was the answer to generated input."""
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def document():
    return schemathesis.openapi.from_dict(DOCUMENT)


@pytest.mark.parametrize("row", OPERATIONS, ids=str)
def test_generated_input_gives_documented_answers_and_no_fault_of_ours(stage, document, row):
    path = PARAMETER.sub(lambda found: f"{{{found['name']}}}", f"/api/{row.service}{row.path}")
    operation = document[path][row.method]
    browser = stage.browser("S" if row.access == "staff" else "M")
    modes = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE])

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=modes.flatmap(lambda mode: operation.as_strategy(generation_mode=mode)))
    def run(case):
        headers = {name: value for name, value in usual(browser, row.method).items() if name != "Content-Type"}
        response = case.call(base_url=browser.base_url, headers=headers, allow_redirects=False, timeout=15)
        case.validate_response(response, checks=CHECKS)
        said = http.client.HTTPMessage()
        for name, values in response.headers.items():
            for value in values:
                said[name] = value
        met[response.status_code // 100] += 1
        dressed(Answer(response.status_code, said, response.content), row.method, path, logged_in=True)

    run()


def test_the_generated_input_was_both_good_and_bad():
    assert met[2] > len(OPERATIONS)
    assert met[4] > len(OPERATIONS)
    assert met.keys() == {2, 4}

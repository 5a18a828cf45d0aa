"""The authorization matrix: every route of every service by every persona, from the routes' own declarations."""

from __future__ import annotations

import pytest
from tests.security import matrix
from tests.security.matrix import OUTSIDE, PERSONAS, ROWS, RULES, UNKNOWN, WITH_ID
from tests.security.providers import PROVIDERS, example
from tests.security.web import ask

from chassis.http.access import Access, requires
from chassis.http.routes import Routes
from contracts.catalogue import SERVICES
from runner.journey.gateway_client import Refused

pytestmark = pytest.mark.journey
STRANGERS = ("B1", "M", "R", "anonymous")
"""M belongs to account A, too, but has account B active."""
SESSION = {"identity.select_account", "identity.leave_account", "identity.log_out", "identity.log_out_everywhere"}
"""What ends or replaces sessions: asked with a second session, after all others, since R finds no way back."""
WRONG = {"no_such_field": 1}
"""Passes the access check and changes nothing: the schema refuses it."""


@pytest.mark.parametrize("row", sorted(ROWS, key=lambda row: row.key in SESSION), ids=str)
def test_C3_each_persona_meets_what_the_routes_access_says(stage, row):
    met = {}
    browsers = stage.spares() if row.key in SESSION else {persona: stage.browser(persona) for persona in PERSONAS}
    for persona in PERSONAS:
        browser = browsers[persona]
        headers = {"Minasidor-Account": stage.account_a} if row.kind == "select-account" else {}
        answer = ask(browser, row.method, row.address(), WRONG if row.write else None, headers=headers)
        if answer.status == 200 and row.key in SESSION:
            browser.csrf_token, browser.account_id = answer.json["csrf_token"], answer.json["account_id"]
        met[persona] = (answer.status, answer.code)
    if row.key in SESSION:
        stage.enter_again()
    expected = row.expected
    assert expected.keys() == set(PERSONAS)
    wrong = {
        persona: (met[persona], wanted or "passes")
        for persona, wanted in expected.items()
        if (met[persona] != wanted if wanted else not matrix.lets_on(met[persona]))
    }
    assert not wrong, f"{row}: (met, expected) by persona"


@pytest.mark.parametrize("row", WITH_ID, ids=str)
def test_C1_somebody_elses_id_answers_exactly_as_one_that_does_not_exist(stage, row):
    thing = example(stage, row)
    unknown = thing.ids | {row.parameters[0]: UNKNOWN}
    body = (thing.body or matrix.example_body(row)) if row.write else None
    before = stage.settled(row.service)
    for persona in STRANGERS:
        browser = stage.browser(persona)
        theirs = ask(browser, row.method, row.address(**thing.ids), body, **thing.sent)
        nobodys = ask(browser, row.method, row.address(**unknown), body, **thing.sent)
        assert theirs.status in {401, 403, 404}, f"{persona}: {theirs}; a 422 needs a body in the route's provider"
        assert theirs.told == nobodys.told, persona
    if row.write:
        assert stage.settled(row.service) == before, "a stranger's write has changed something"
    if thing.owner is not None:
        own = ask(thing.owner, row.method, row.address(**thing.ids), body, **thing.sent)
        assert matrix.lets_on((own.status, own.code)), f"the example must be a real one: {own}"
        assert own.status != 404, f"the example must be a real one: {own}"


def test_no_read_writes_anything(stage):
    before = {service: stage.settled(service) for service in SERVICES}
    for row in OUTSIDE:
        if not row.write:
            ask(stage.browser("A1"), "GET", row.address())
            ask(stage.browser("A1"), "HEAD", row.address())
    assert {service: stage.settled(service) for service in SERVICES} == before


@pytest.mark.parametrize("service", SERVICES)
def test_C3_what_is_for_operators_is_not_reachable_from_outside(stage, service):
    for path in ("/livez", "/readyz", "/metrics", "/v1/internal", "/v1/internal/", "/internal/sessions", "/v1/"):
        for method in ("GET", "POST"):
            answer = ask(stage.browser("A1"), method, f"/api/{service}{path}")
            assert (answer.status, answer.code) == (404, "not-found"), f"{method} {path}: {answer}"


@pytest.mark.parametrize("row", OUTSIDE, ids=str)
def test_C3_other_verbs_than_the_declared_ones_are_refused(stage, row):
    known = {other.method for other in OUTSIDE if other.service == row.service and other.path == row.path}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known:
        headers = {"X-HTTP-Method-Override": row.method, "X-HTTP-Method": row.method}
        answer = ask(stage.browser("A1"), method, row.address(), {}, headers=headers)
        # An address of words may also read as one with an id in its place.
        assert answer.status in {404, 405}, f"{method}: {answer}"
        assert answer.status == 404 or row.method in answer.headers["Allow"], f"{method}: {answer}"


class TestMembers:
    def test_C2_a_page_of_another_account_than_the_active_one_writes_nothing(self, stage):
        member = stage.browser("M")
        before = stage.settled("metering")
        headers = {"Minasidor-Account": stage.account_a}
        answer = ask(member, "POST", "/api/metering/v1/readings", {}, headers=headers)
        assert (answer.status, answer.code) == (409, "account-mismatch")
        assert stage.settled("metering") == before

    def test_C6_a_delegate_removes_neither_the_owner_nor_whom_others_invited(self, stage):
        before = stage.settled("org-registry")
        for persona in ("A2", "A3", "read-only"):
            for target in {"A1", "read-only", "M"} - {persona}:
                with pytest.raises(Refused) as refused:
                    stage.browser(persona).delete(f"/org-registry/v1/memberships/{stage.memberships[target]}")
                assert refused.value.status in {403, 404, 409}, f"{persona} removes {target}"
        assert stage.settled("org-registry") == before

    def test_C6_a_read_only_delegate_gives_nobody_access(self, stage):
        answer = ask(stage.browser("read-only"), "POST", "/api/invitations/v1/invitations", {"email": "x@exempel.se"})
        assert (answer.status, answer.code) == (403, "forbidden")


def _view(tx):
    return tx


class TestTheMatrixItself:
    """It must fail where somebody forgets something."""

    def test_a_kind_of_access_without_a_rule_fails(self):
        group = Routes("strange", "Strange")
        group.get("/things", access=Access(kind="auditor"))(_view)
        (row,) = matrix.rows_of("cases", [group])
        with pytest.raises(pytest.fail.Exception, match="no rule for access of kind 'auditor'"):
            _ = row.expected

    def test_an_id_without_an_example_fails_and_says_what_to_add(self, stage):
        group = Routes("secrets", "Secrets")
        group.get("/secrets/<uuid:secret_id>", access=requires("cases:read"))(_view)
        (row,) = matrix.rows_of("cases", [group])
        with pytest.raises(pytest.fail.Exception, match=r"Add 'cases\._view' to PROVIDERS"):
            example(stage, row)

    def test_every_rule_has_every_persona_and_every_provider_a_route(self):
        assert all(rule.keys() == set(PERSONAS) for rule in RULES.values())
        assert PROVIDERS.keys() <= {row.key for row in WITH_ID}

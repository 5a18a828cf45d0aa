"""Requests through a real nginx and a real policy: what goes through, what is added, what stays outside."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import pytest

from chassis.ids import new_id
from chassis.testing import wait_for
from chassis.tokens import InvalidToken
from gateway.nginx.maps import ASKED, PASSED

INVOICES = "/api/billing/v1/invoices"
PAYMENTS = "/api/billing/v1/payments"
READINGS = "/api/metering/v1/readings"
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def problem(answer: Any) -> tuple[int, str]:
    """Status and code, after checking that it is a whole problem document."""
    assert answer.headers["content-type"] == "application/problem+json", (answer.status, answer.body[:200])
    body = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "instance", "code"}
    assert body["status"] == answer.status
    assert body["type"] == f"urn:minasidor:problem:{body['code']}"
    assert body["instance"] == f"urn:minasidor:request:{answer.headers['x-correlation-id']}"
    assert answer.headers["cache-control"] == "no-store"
    return answer.status, body["code"]


class TestAWayThrough:
    def test_a_person_reads_with_a_token_for_that_one_service_and_account(self, gate, world, believed):
        person = world.log_in()
        answer = gate.get(f"{INVOICES}?status=paid&page=2", person.reads())
        assert answer.status == 200
        assert answer.json()["path"] == "/v1/invoices?status=paid&page=2"
        headers = answer.json()["headers"]
        principal = believed("billing", headers).principal
        assert str(principal.person_id) == person.person_id
        assert str(principal.account_id) == person.account_id
        assert principal.scopes == {"billing:read", "billing:write", "metering:read"}
        assert principal.name is None
        assert principal.birth_year is None
        with pytest.raises(InvalidToken):
            believed("metering", headers)

    def test_a_person_route_needs_no_account_and_asks_for_no_grant(self, gate, world, believed):
        person = world.log_in(account=False)
        asked = len(world.stubs["org-registry"].seen)
        answer = gate.get("/api/identity/v1/session", person.reads())
        principal = believed("identity", answer.json()["headers"]).principal
        assert (str(principal.person_id), principal.account_id, principal.scopes) == (
            person.person_id,
            None,
            frozenset(),
        )
        assert len(world.stubs["org-registry"].seen) == asked

    def test_D5_name_and_birth_year_only_where_the_route_declares_them(self, gate, world, believed):
        person = world.log_in()
        answer = gate.request("POST", "/api/invitations/v1/acceptances", person.writes(), {})
        principal = believed("invitations", answer.json()["headers"]).principal
        assert (principal.name, principal.birth_year) == ("Tolvan Tolvansson", 1912)

    def test_the_sealed_personal_number_comes_from_identity_alone(self, gate, world):
        person = world.log_in()
        answer = gate.get("/api/billing/v1/sealed", person.reads(X_Sealed_Personal_Number="forged"))
        assert answer.json()["headers"]["x-sealed-personal-number"] == "sealed-for-billing"
        answer = gate.get(INVOICES, person.reads(X_Sealed_Personal_Number="forged"))
        assert "x-sealed-personal-number" not in answer.json()["headers"]

    def test_staff_roles_go_only_to_staff_routes(self, gate, world, believed):
        person = world.log_in(staff=["case-officer"])
        answer = gate.get("/api/cases/v1/queue", person.reads())
        assert believed("cases", answer.json()["headers"]).principal.staff == {"case-officer"}
        answer = gate.get(INVOICES, person.reads())
        assert believed("billing", answer.json()["headers"]).principal.staff == frozenset()

    def test_a_public_route_gets_a_token_of_nobody(self, gate, world, believed):
        answer = gate.get("/api/identity/v1/terms")
        principal = believed("identity", answer.json()["headers"]).principal
        assert (principal.person_id, principal.service) == (None, None)

    def test_choosing_an_account_checks_the_grant_for_the_account_that_is_chosen(self, gate, world, believed):
        person = world.log_in()
        other = str(new_id())
        path = "/api/identity/v1/session/account"
        answer = gate.request("PUT", path, person.writes(Minasidor_Account=other), {})
        assert problem(answer) == (403, "no-access")
        world.grant(person, other, role="delegate", read_only=True, scopes=["billing:read"], services=["water"])
        answer = gate.request("PUT", path, person.writes(Minasidor_Account=other), {})
        principal = believed("identity", answer.json()["headers"]).principal
        assert (str(principal.account_id), principal.role, principal.read_only) == (other, "delegate", True)
        assert principal.services == {"water"}
        assert problem(gate.request("PUT", path, person.writes(Minasidor_Account=None), {})) == (400, "account-missing")

    def test_FK9_who_has_left_a_customers_page_gets_no_more_tokens_for_it(self, gate, world, believed):
        looking = world.log_in(staff=["customer-service"])
        world.grant(looking, looking.account_id, role="support", read_only=True, scopes=["billing:read"])
        assert believed("billing", gate.get(INVOICES, looking.reads()).json()["headers"]).principal.role == "support"
        world.sessions.pop(looking.token)  # leaving gives a new session, and the new one has no account
        left = world.log_in(account=False, staff=["customer-service"], person_id=looking.person_id)
        assert problem(gate.get(INVOICES, left.reads())) == (403, "account-not-chosen")
        named = left.reads(Minasidor_Account=looking.account_id)
        assert problem(gate.get(INVOICES, named)) == (403, "account-not-chosen")
        assert problem(gate.request("POST", PAYMENTS, looking.writes(), {})) == (401, "not-logged-in")
        wait_for(lambda: gate.get(INVOICES, looking.reads()).status == 401, timeout=2)

    def test_a_body_arrives_whole_and_an_upload_may_be_large(self, gate, world):
        person = world.log_in()
        path = f"/api/cases/v1/cases/{new_id()}/attachments"
        answer = gate.request("POST", path, person.writes(Content_Type="application/pdf"), b"x" * 3_000_000)
        assert (answer.status, answer.json()["length"]) == (200, 3_000_000)
        assert answer.json()["path"] == path.removeprefix("/api/cases")
        assert problem(gate.request("POST", path, person.writes(), b"x" * (10 * 1024 * 1024 + 1))) == (413, "too-large")

    def test_a_report_with_a_free_part_in_its_address_arrives_and_is_short(self, gate):
        path = f"/api/notify/v1/sms-reports/{new_id()}/aB3-_=~"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = gate.request("POST", path, form, b"status=delivered")
        assert (answer.status, answer.json()["path"]) == (200, path.removeprefix("/api/notify"))
        assert problem(gate.request("POST", path, form, b"x" * 4097)) == (413, "too-large")
        for end in ("%5c", "%25", "%0a", "%ff", "%c3%a5", "/x"):
            assert problem(gate.request("POST", path + end, form, b"")) == (404, "not-found")

    def test_background_calls_do_not_extend_the_session(self, gate, world):
        person = world.log_in()
        gate.get(INVOICES, person.reads(Minasidor_Background="true"))
        assert world.stubs["identity"].last("/v1/internal/sessions").json()["background"] is True
        gate.get(INVOICES, person.reads())
        assert world.stubs["identity"].last("/v1/internal/sessions").json()["background"] is False

    def test_a_redirect_of_a_service_keeps_the_public_address(self, gate, world):
        person = world.log_in()
        world.stubs["billing"].answer = lambda _: (201, {"Location": "/v1/payments/7"}, b"")
        answer = gate.request("POST", PAYMENTS, person.writes(), {})
        assert (answer.status, answer.headers["location"]) == (201, "/api/billing/v1/payments/7")

    def test_the_services_get_a_deadline_of_five_seconds_and_uploads_sixty(self, gate, world):
        person = world.log_in()
        rounding = 0.001  # the header carries milliseconds
        before = time.time() - rounding
        deadline = float(gate.request("POST", PAYMENTS, person.writes(), {}).json()["headers"]["x-request-deadline"])
        assert before + 5 <= deadline <= time.time() + 5 + rounding
        path = f"/api/cases/v1/cases/{new_id()}/attachments"
        deadline = float(gate.request("POST", path, person.writes(), {}).json()["headers"]["x-request-deadline"])
        assert before + 60 <= deadline <= time.time() + 60 + rounding
        deadline = float(gate.get(INVOICES, person.reads()).json()["headers"]["x-request-deadline"])
        assert before + 5 <= deadline <= time.time() + 6


class TestWhatStaysOutside:
    def test_C33_identity_headers_from_outside_never_reach_a_service(self, gate, world):
        person = world.log_in()
        forged = {
            "Authorization": "Bearer forged",
            "Forwarded": "for=10.0.0.1",
            "X-Forwarded-For": "10.0.0.1",
            "X-Forwarded-Host": "evil.test",
            "X-Forwarded-Proto": "https",
            "X-Real-IP": "10.0.0.1",
            "X-User-Id": "1",
            "X-Person-Id": "1",
            "X-Account-Id": "1",
            "X-Service-Token": "forged",
            "X-Session": "forged",
            "X-Question": "public",
            "X-Original-Method": "GET",
            "X-Original-Path": "/api/identity/v1/terms",
            "X-Request-Deadline": "99999999999",
            "X-Sealed-Personal-Number": "forged",
            "X-HTTP-Method-Override": "DELETE",
            "Minasidor-Background": "true",
        }
        headers = gate.get(INVOICES, person.reads() | forged).json()["headers"]
        assert headers["x-real-ip"] == "127.0.0.1"
        assert not {"10.0.0.1", "evil.test", "forged", "1", "DELETE"} & set(headers.values())
        ours = {"x-real-ip", "x-correlation-id", "x-request-deadline"}
        assert {name for name in headers if name.startswith("x-")} == ours
        assert set(headers) <= ours | {"host", "authorization", "traceparent", "accept-encoding"}

    def test_the_session_cookie_goes_to_identity_and_nowhere_else(self, gate, world):
        person = world.log_in()
        answer = gate.get("/api/identity/v1/session", person.reads())
        assert person.token in answer.json()["headers"]["cookie"]
        assert answer.headers["set-cookie"].startswith("__Host-pre=abc")
        assert "cookie" not in gate.get(INVOICES, person.reads()).json()["headers"]
        world.stubs["billing"].answer = lambda _: (200, {"Set-Cookie": "__Host-sid=stolen"}, b"{}")
        assert "set-cookie" not in gate.get(INVOICES, person.reads()).headers

    def test_what_a_service_needs_is_passed_on(self, gate, world):
        person = world.log_in()
        headers = gate.request(
            "POST", PAYMENTS, person.writes(Idempotency_Key="abc", Accept_Language="en", If_Match='"1"'), {"amount": 1}
        ).json()["headers"]
        assert (headers["idempotency-key"], headers["accept-language"], headers["if-match"]) == ("abc", "en", '"1"')
        assert headers["content-type"] == "application/json"
        assert headers["host"] == "localhost:8080"

    @pytest.mark.parametrize(
        "path",
        [
            "/internal/sessions",
            "/v1/internal/sessions",
            "/api/identity/v1/internal/sessions",
            "/api/identity/internal/sessions",
            "/api/identity/v1/../internal/sessions",
            "/api/identity/v1/%2e%2e/internal/sessions",
            "/api/identity/v1/..%2finternal/sessions",
            "/api/identity/v1//internal/sessions",
            "/api/cases/internal/cases",
            "/api/billing/livez",
            "/api/billing/readyz",
            "/api/billing/metrics",
            "/api/billing/v1/",
            "/api/billing/v1",
            "/api/billing/v1/invoices/",
            "/api/billing/v1/invoices/not-a-uuid",
            "/api/billing/V1/invoices",
            "/api/BILLING/v1/invoices",
            "/api/unknown/v1/invoices",
            "/api/policy/check",
            "/_policy",
            "/check",
            "/livez",
            "/metrics",
            "/_problem/not-found",
            "/_page/not-found",
        ],
    )
    def test_C3_internal_and_unknown_addresses_do_not_exist(self, gate, world, path):
        person = world.log_in()
        before = {name: len(stub.seen) for name, stub in world.stubs.items() if name != "portal"}
        assert problem(gate.get(path, person.reads())) == (404, "not-found")
        assert {name: len(stub.seen) for name, stub in world.stubs.items() if name != "portal"} == before

    @pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test", "127.0.0.2", ""])
    def test_a_foreign_host_is_refused(self, gate, host):
        assert problem(gate.get("/api/identity/v1/terms", host=host)) in {(421, "unknown-host"), (400, "bad-request")}

    def test_C29_the_gateway_itself_redirects_nowhere(self, gate):
        for path in ("/api/docs", "/api/docs/", "/api/billing/v1", "//evil.test/", "/\\evil.test", "/api//docs"):
            answer = gate.get(path)
            assert answer.status in {200, 404}
            assert "location" not in answer.headers


class TestWritesNeedProof:
    @pytest.mark.parametrize(
        ("change", "status", "code"),
        [
            ({}, 200, None),
            ({"X_CSRF_Token": None}, 403, "csrf-refused"),
            ({"X_CSRF_Token": "wrong"}, 403, "csrf-refused"),
            ({"X_CSRF_Token": "å"}, 403, "csrf-refused"),
            ({"Origin": None}, 200, None),
            ({"Sec_Fetch_Site": None}, 200, None),
            ({"Origin": None, "Sec_Fetch_Site": None}, 403, "csrf-refused"),
            ({"Origin": "null"}, 403, "csrf-refused"),
            ({"Origin": "https://evil.test"}, 403, "csrf-refused"),
            ({"Origin": "http://localhost:8081"}, 403, "csrf-refused"),
            ({"Origin": "http://localhost:8080.evil.test"}, 403, "csrf-refused"),
            ({"Sec_Fetch_Site": "cross-site"}, 403, "csrf-refused"),
            ({"Sec_Fetch_Site": "same-site"}, 403, "csrf-refused"),
            ({"Sec_Fetch_Site": "none"}, 403, "csrf-refused"),
            ({"Minasidor_Account": None}, 400, "account-missing"),
            ({"Minasidor_Account": "x' OR 1=1"}, 400, "account-missing"),
            ({"Minasidor_Account": "0198f0f0-0000-7000-8000-000000000000"}, 409, "account-mismatch"),
        ],
    )
    def test_C20_C2_a_write_shows_where_it_comes_from_and_which_account_it_is_for(
        self, gate, world, change, status, code
    ):
        person = world.log_in()
        headers = {k: v.encode() if k == "X-CSRF-Token" else v for k, v in person.writes(**change).items()}
        before = len(world.stubs["billing"].seen)
        answer = gate.request("POST", PAYMENTS, headers, {})
        assert answer.status == status
        if code:
            assert problem(answer) == (status, code)
            assert len(world.stubs["billing"].seen) == before

    def test_C20_another_sessions_csrf_token_is_refused(self, gate, world):
        person, other = world.log_in(), world.log_in()
        headers = person.writes(X_CSRF_Token=other.csrf)
        assert problem(gate.request("POST", PAYMENTS, headers, {})) == (403, "csrf-refused")

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({}, (409, "account-mismatch")),
            ({"Origin": "https://evil.test"}, (403, "csrf-refused")),
            ({"Sec_Fetch_Site": "cross-site"}, (403, "csrf-refused")),
            ({"Sec_Fetch_Site": "same-site"}, (403, "csrf-refused")),
            ({"Origin": None, "Sec_Fetch_Site": None}, (403, "csrf-refused")),
            ({"X_CSRF_Token": None}, (403, "csrf-refused")),
            ({"X_CSRF_Token": "made up"}, (403, "csrf-refused")),
            ({"Minasidor_Account": None}, (403, "csrf-refused")),
            ({"Minasidor_Account": "malformed"}, (403, "csrf-refused")),
        ],
        ids=["ours", "origin", "cross-site", "same-site", "nowhere", "no-token", "no-such-token", "no-account", "odd"],
    )
    @pytest.mark.parametrize(
        "path", [PAYMENTS, "/api/org-registry/v1/company-accounts"], ids=["of-the-account", "of-the-person"]
    )
    def test_D21_C20_a_page_from_before_the_account_was_changed_is_told_so_and_does_nothing(
        self, gate, world, path, change, refusal
    ):
        before, after = world.log_in(), world.log_in()  # choosing an account is a new session with a token of its own
        headers = after.writes(**{"X_CSRF_Token": before.csrf, "Minasidor_Account": before.account_id} | change)
        service = "billing" if path == PAYMENTS else "org-registry"
        reached = [seen for seen in world.stubs[service].seen if not seen.path.startswith("/v1/internal/")]
        assert problem(gate.request("POST", path, headers, {})) == refusal
        seen = [seen for seen in world.stubs[service].seen if not seen.path.startswith("/v1/internal/")]
        assert len(seen) == len(reached)

    def test_D21_C20_choosing_an_account_with_an_old_token_is_no_mismatch(self, gate, world):
        before, after, without = world.log_in(), world.log_in(), world.log_in(account=False)
        path = "/api/identity/v1/session/account"
        headers = after.writes(X_CSRF_Token=before.csrf, Minasidor_Account=before.account_id)
        assert problem(gate.request("PUT", path, headers, {})) == (403, "csrf-refused")
        headers = without.writes(X_CSRF_Token=before.csrf, Minasidor_Account=before.account_id)
        assert problem(gate.request("POST", PAYMENTS, headers, {})) == (403, "csrf-refused")

    def test_a_public_write_without_a_session_is_stopped_only_where_a_browser_says_it_is_foreign(self, gate):
        path = "/api/identity/v1/logins"
        assert gate.request("POST", path, {}, {}).status == 200
        assert gate.request("POST", path, {"Origin": "http://localhost:8080"}, {}).status == 200
        assert problem(gate.request("POST", path, {"Origin": "https://evil.test"}, {})) == (403, "csrf-refused")
        assert problem(gate.request("POST", path, {"Sec-Fetch-Site": "cross-site"}, {})) == (403, "csrf-refused")
        assert gate.request("POST", "/api/identity/v1/hooks", {"Origin": "https://evil.test"}, {}).status == 200

    def test_C2_also_a_read_for_another_account_is_a_mismatch(self, gate, world):
        person = world.log_in()
        answer = gate.get(INVOICES, person.reads(Minasidor_Account=str(new_id())))
        assert problem(answer) == (409, "account-mismatch")
        assert gate.get(INVOICES, person.reads(Minasidor_Account=person.account_id)).status == 200


class TestRefusals:
    def test_the_checks_come_in_the_order_session_csrf_account_grant(self, gate, world):
        person = world.log_in()
        wrong = person.writes(X_CSRF_Token="wrong", Minasidor_Account=str(new_id()))
        world.grants.clear()
        assert problem(gate.request("POST", PAYMENTS, wrong | {"Cookie": ""}, {})) == (401, "not-logged-in")
        assert problem(gate.request("POST", PAYMENTS, wrong, {})) == (403, "csrf-refused")
        right = person.writes(Minasidor_Account=str(new_id()))
        assert problem(gate.request("POST", PAYMENTS, right, {})) == (409, "account-mismatch")
        assert problem(gate.request("POST", PAYMENTS, person.writes(), {})) == (403, "no-access")

    @pytest.mark.parametrize(
        "cookie",
        ["", "__Host-sid=", "__Host-sid=short", "__Host-sid=" + "a" * 43, "other=1", "__Host-sid=a b" + "c" * 43],
    )
    def test_without_a_living_session_the_answer_is_401(self, gate, cookie):
        assert problem(gate.get(INVOICES, {"Cookie": cookie})) == (401, "not-logged-in")

    def test_without_a_chosen_account_the_answer_says_so(self, gate, world):
        person = world.log_in(account=False)
        assert problem(gate.get(INVOICES, person.reads())) == (403, "account-not-chosen")

    def test_a_wrong_method_is_405_with_the_right_ones(self, gate, world):
        answer = gate.request("PUT", READINGS, world.log_in().writes(), {})
        assert problem(answer) == (405, "method-not-allowed")
        assert answer.headers["allow"] == "GET, HEAD, POST"
        for method in ("OPTIONS", "TRACE", "PROPFIND", "MOVE"):
            assert problem(gate.request(method, READINGS)) == (405, "method-not-allowed")

    def test_HEAD_is_as_GET_without_a_body(self, gate, world):
        answer = gate.request("HEAD", INVOICES, world.log_in().reads())
        assert (answer.status, answer.body) == (200, b"")

    def test_a_problem_speaks_the_language_of_the_browser(self, gate):
        for accepted, title in {
            "": "Du är inte inloggad",
            "sv-SE,sv;q=0.9,en;q=0.8": "Du är inte inloggad",
            "en-GB,en;q=0.9,sv;q=0.1": "You are not logged in",
            "de,en;q=0.5": "You are not logged in",
            "fi": "Du är inte inloggad",
        }.items():
            answer = gate.get(INVOICES, {"Accept-Language": accepted} if accepted else {})
            assert answer.json()["title"] == title
            assert answer.headers["content-language"] == ("en" if title.startswith("You") else "sv")

    def test_a_service_says_its_own_problems_itself(self, gate, world):
        body = json.dumps({"code": "reading-needs-confirmation"}).encode()
        for status in (401, 403, 404, 409, 422, 500, 503):
            world.stubs["billing"].answer = lambda _, s=status: (s, {"Content-Type": "application/problem+json"}, body)
            answer = gate.get(INVOICES, world.log_in().reads())
            assert (answer.status, answer.body) == (status, body)

    def test_a_large_body_is_413_before_anybody_is_asked(self, gate, world):
        person = world.log_in()
        before = len(world.stubs["identity"].seen)
        assert problem(gate.request("POST", PAYMENTS, person.writes(), b"x" * 65537)) == (413, "too-large")
        assert len(world.stubs["identity"].seen) == before
        assert gate.request("POST", PAYMENTS, person.writes(), b"x" * 65536).status == 200

    @pytest.mark.parametrize("header", [*PASSED, *ASKED])
    def test_B14_a_control_character_in_a_header_is_our_400_before_anybody_is_asked(self, gate, world, header):
        person = world.log_in()
        before = len(world.stubs["identity"].seen)
        for character in "\x01\x0b\x1b\x7f":
            headers = person.writes() | {header: f"a{character}b"}
            assert problem(gate.request("POST", PAYMENTS, headers, {})) == (400, "bad-request")
            assert problem(gate.get("/api/billing/openapi.json", {header: f"a{character}b"})) == (400, "bad-request")
        assert len(world.stubs["identity"].seen) == before

    def test_B14_an_unknown_transfer_encoding_is_the_askers_fault(self, gate):
        head = f"POST {PAYMENTS} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: strange\r\n\r\n0\r\n\r\n"
        answer = gate.raw(head.encode())
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b'"bad-request"' in answer

    def test_headers_and_addresses_that_are_too_large(self, gate):
        assert problem(gate.get(INVOICES, {"Cookie": "a" * 9000})) == (431, "headers-too-large")
        assert problem(gate.get(INVOICES + "?q=" + "a" * 9000)) == (414, "uri-too-long")


class TestEveryAnswer:
    @pytest.mark.parametrize(
        "path",
        [
            "/",
            "/healthz",
            "/nothing",
            "/api/docs",
            "/api/docs/",
            "/api/docs/openapi.json",
            "/api/docs/swagger-ui-bundle.js",
            "/api/docs/nothing.js",
            "/api/billing/openapi.json",
            "/api/identity/v1/terms",
            "/api/orders/v1/orders",
            INVOICES,
            "/api/billing/v1/nothing",
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "POST", "TRACE"])
    def test_C41_has_the_security_headers(self, gate, path, method):
        answer = gate.request(method, path)
        assert SECURITY_HEADERS.items() <= answer.headers.items()
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["permissions-policy"].startswith("camera=()")
        assert answer.headers["server"] == "nginx"
        assert b"<center>nginx" not in answer.body
        assert "cache-control" in answer.headers

    def test_what_a_service_sets_itself_is_sent_once_and_stands(self, gate, world):
        policy = "sandbox; default-src 'none'"
        world.stubs["billing"].answer = lambda _: (
            200,
            {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": policy, "Cache-Control": "private"},
            b"{}",
        )
        raw = gate.raw(
            f"GET {INVOICES} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            f"Cookie: __Host-sid={world.log_in().token}\r\n\r\n".encode()
        ).lower()
        assert raw.count(b"x-content-type-options") == 1
        assert raw.count(b"content-security-policy: " + policy.encode()) == 1
        assert raw.count(b"content-security-policy") == 1
        assert raw.count(b"cache-control: private") == 1
        assert raw.count(b"cache-control") == 1

    def test_a_correlation_id_and_a_trace_follow_the_request(self, gate, world):
        answer = gate.get(INVOICES, world.log_in().reads(X_Correlation_Id="from-the-portal"))
        assert answer.headers["x-correlation-id"] == "from-the-portal"
        assert answer.json()["headers"]["x-correlation-id"] == "from-the-portal"
        answer = gate.get(INVOICES, world.log_in().reads(X_Correlation_Id="bad id; drop"))
        made = answer.headers["x-correlation-id"]
        assert len(made) == 32
        assert answer.json()["headers"]["traceparent"] == f"00-{made}-{made[:16]}-01"
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        assert gate.get(INVOICES, world.log_in().reads(traceparent=trace)).json()["headers"]["traceparent"] == trace
        zero = "00-" + "0" * 32 + "-b7ad6b7169203331-01"
        assert gate.get(INVOICES, world.log_in().reads(traceparent=zero)).json()["headers"]["traceparent"] != zero

    def test_large_answers_are_compressed_but_never_those_of_identity(self, gate, world):
        person = world.log_in()
        world.stubs["billing"].answer = lambda _: (200, {"Content-Type": "application/json"}, b'"' + b"a" * 5000 + b'"')
        world.stubs["identity"].answer = _fat_session(world)
        answer = gate.get(INVOICES, person.reads(Accept_Encoding="gzip"))
        assert answer.headers["content-encoding"] == "gzip"
        assert len(gzip.decompress(answer.body)) == 5002
        assert "content-encoding" not in gate.get(INVOICES, person.reads()).headers
        answer = gate.get("/api/identity/v1/session", person.reads(Accept_Encoding="gzip"))
        assert "content-encoding" not in answer.headers

    def test_the_log_holds_no_query_no_session_and_no_personal_number(self, gate, world):
        person = world.log_in()
        gate.get(f"{INVOICES}?secret=in-the-query", person.reads(X_Correlation_Id="log-query"))
        gate.request("POST", PAYMENTS, person.reads(X_Correlation_Id="log-refused"), {})
        gate.get("/api/billing/v1/199912319999", person.reads(X_Correlation_Id="log-number"))
        log = gate.folder / "logs/access.log"
        # Each nginx worker writes its own buffer out when its second is over, so the lines come in any order.
        wait_for(lambda: all(f'"log-{what}"' in log.read_text() for what in ("query", "refused", "number")))
        text = log.read_text()
        assert "in-the-query" not in text
        assert "199912319999" not in text
        assert "[pnr]" in text
        assert person.token not in text
        assert "127.0.0.1" not in text
        refused = json.loads(next(line for line in text.splitlines() if '"log-refused"' in line))
        assert (refused["method"], refused["status"]) == ("POST", 403)
        assert all(json.loads(line)["service"] == "gateway" for line in text.splitlines())


def _fat_session(world: Any) -> Any:
    def answer(seen: Any) -> Any:
        if seen.path.startswith("/v1/internal/"):
            return world.identity(seen)
        return 200, {"Content-Type": "application/json"}, b'"' + b"a" * 5000 + b'"'

    return answer

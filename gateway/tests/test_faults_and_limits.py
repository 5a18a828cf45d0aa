"""What the gateway does when others are down, slow, or hostile, and when there is too much of everything."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from chassis.ids import new_id
from chassis.testing import wait_for

INVOICES = "/api/billing/v1/invoices"
PAYMENTS = "/api/billing/v1/payments"
LOGINS = "/api/identity/v1/logins"


def problem(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", (answer.status, answer.body[:200])
    assert answer.json()["status"] == answer.status
    return answer.status, answer.json()["code"]


def start_of_a_second() -> None:
    """Wait for the clock to have just turned, so that what follows is within one second."""
    wait_for(lambda: time.time() % 1 < 0.2)


class TestRevocation:
    def test_C8_repeated_reads_within_a_second_ask_once_and_writes_always(self, gate, world):
        person = world.log_in()
        start_of_a_second()
        before = len(world.stubs["identity"].seen)
        for _ in range(5):
            assert gate.get(INVOICES, person.reads()).status == 200
        assert len(world.stubs["identity"].seen) == before + 1
        for _ in range(3):
            assert gate.request("POST", PAYMENTS, person.writes(), {}).status == 200
        assert len(world.stubs["identity"].seen) == before + 4

    @pytest.mark.parametrize("what", ["session", "grant", "suspension"])
    def test_C8_FB12_a_revoked_person_is_out_within_a_second_and_writes_at_once(self, gate, world, what):
        person = world.log_in()
        start_of_a_second()
        assert gate.get(INVOICES, person.reads()).status == 200
        revoked_at = time.monotonic()
        if what == "session":
            del world.sessions[person.token]
            wanted = (401, "not-logged-in")
        elif what == "suspension":
            world.suspended.add(person.account_id)
            wanted = (403, "account-suspended")
        else:
            del world.grants[person.person_id, person.account_id]
            wanted = (403, "no-access")
        assert problem(gate.request("POST", PAYMENTS, person.writes(), {})) == wanted
        last_success = revoked_at

        def refused() -> Any:
            nonlocal last_success
            asked_at = time.monotonic()
            answer = gate.get(INVOICES, person.reads())
            if answer.status != 200:
                return answer
            last_success = asked_at
            return None

        assert problem(wait_for(refused, timeout=3)) == wanted
        assert last_success - revoked_at <= 1.0

    def test_one_persons_answer_is_never_anothers(self, gate, world, believed):
        people = [world.log_in() for _ in range(4)]
        start_of_a_second()
        for person in people * 3:
            headers = gate.get(INVOICES, person.reads()).json()["headers"]
            assert str(believed("billing", headers).principal.person_id) == person.person_id
            headers = gate.get("/api/metering/v1/readings", person.reads()).json()["headers"]
            assert str(believed("metering", headers).principal.account_id) == person.account_id

    def test_a_route_with_fewer_claims_does_not_share_the_answer_of_one_with_more(self, gate, world, believed):
        person = world.log_in()
        start_of_a_second()
        assert "x-sealed-personal-number" in gate.get("/api/billing/v1/sealed", person.reads()).json()["headers"]
        headers = gate.get(INVOICES, person.reads()).json()["headers"]
        assert "x-sealed-personal-number" not in headers
        assert believed("billing", headers).principal.account_id is not None

    def test_a_refusal_is_not_kept(self, gate, world):
        person = world.log_in()
        session = world.sessions.pop(person.token)
        assert gate.get(INVOICES, person.reads()).status == 401
        world.sessions[person.token] = session
        assert gate.get(INVOICES, person.reads()).status == 200


class TestOthersDown:
    @pytest.mark.parametrize("service", ["identity", "org-registry"])
    def test_A27_nobody_gets_in_while_we_cannot_ask(self, gate, world, service):
        person = world.log_in()
        assert gate.request("POST", PAYMENTS, person.writes(), {}).status == 200
        world.stubs[service].stop()
        before = len(world.stubs["billing"].seen)
        for _ in range(8):  # the breaker opens on the way; the answer stays
            answer = gate.request("POST", PAYMENTS, person.writes(), {})
            assert problem(answer) == (503, "service-unavailable")
            assert answer.headers["retry-after"] == "5"
        assert len(world.stubs["billing"].seen) == before
        world.stubs[service].start()
        wait_for(lambda: gate.request("POST", PAYMENTS, person.writes(), {}).status == 200, timeout=3)

    @pytest.mark.parametrize(
        "answer",
        [
            (500, {}, b"oops"),
            (503, {"Retry-After": "5"}, b"{}"),
            (403, {}, b"{}"),
            (302, {"Location": "http://evil.test/"}, b""),
            (200, {}, b"<html>"),
            (200, {}, b"{}"),
            (200, {}, b'{"session_id": 1}'),
            (200, {}, b"{" + b" " * 70_000 + b"}"),
            (0, {}, b""),
        ],
    )
    @pytest.mark.parametrize("service", ["identity", "org-registry"])
    def test_A27_whatever_is_not_a_clear_yes_is_no_yes(self, gate, world, service, answer):
        person = world.log_in()
        kept = world.stubs[service].answer
        world.stubs[service].answer = lambda seen: answer if seen.path.startswith("/v1/internal/") else kept(seen)
        refused = gate.request("POST", PAYMENTS, person.writes(), {})
        assert problem(refused) == (503, "service-unavailable")
        world.stubs[service].answer = kept
        wait_for(lambda: gate.request("POST", PAYMENTS, person.writes(), {}).status == 200, timeout=3)

    def test_a_grant_for_another_account_is_no_grant(self, gate, world):
        person = world.log_in()
        world.grants[person.person_id, person.account_id]["account_id"] = str(new_id())
        assert problem(gate.request("POST", PAYMENTS, person.writes(), {})) == (503, "service-unavailable")

    def test_a_service_that_is_down_is_503_and_its_neighbours_go_on(self, gate, world):
        person = world.log_in()
        world.stubs["billing"].stop()
        answer = gate.get(INVOICES, person.reads(Accept_Language="en"))
        assert problem(answer) == (503, "service-unavailable")
        assert answer.headers["retry-after"] == "5"
        assert answer.json()["title"] == "The service is not available right now"
        assert gate.get("/api/metering/v1/readings", person.reads()).status == 200
        world.stubs["billing"].start()
        wait_for(lambda: gate.get(INVOICES, person.reads()).status == 200, timeout=5)

    def test_a_service_that_is_not_deployed_is_503(self, gate, world):
        assert problem(gate.get("/api/orders/v1/orders", world.log_in().reads())) == (503, "service-unavailable")

    def test_a_service_that_cuts_the_line_is_asked_again_for_a_read_and_never_for_a_write(self, gate, world):
        person = world.log_in()
        world.stubs["billing"].answer = lambda _: (0, {}, b"")
        before = len(world.stubs["billing"].seen)
        assert problem(gate.request("POST", PAYMENTS, person.writes(), {"pay": 1})) == (503, "service-unavailable")
        assert len(world.stubs["billing"].seen) == before + 1

    def test_a_service_whose_address_answers_nothing_is_down_not_slow(self, another_nginx, world):
        with socket.socket() as silent, ExitStack() as filling:
            silent.bind(("127.0.0.1", 0))
            silent.listen(0)
            for _ in range(3):  # its queue is full: further connections get no answer, as from a host that is gone
                connection = filling.enter_context(socket.socket())
                connection.settimeout(0)
                connection.connect_ex(silent.getsockname())
            gate = another_nginx(upstream_billing=f"127.0.0.1:{silent.getsockname()[1]}")
            answer = gate.request("POST", PAYMENTS, world.log_in().writes(), {})
        assert problem(answer) == (503, "service-unavailable")
        assert answer.headers["retry-after"] == "5"

    def test_a_slow_service_is_504_in_time(self, another_nginx, world):
        gate = another_nginx(deadline_seconds="1")
        person = world.log_in()
        release = threading.Event()
        world.stubs["billing"].answer = lambda _: (200 if release.wait(20) else 500, {}, b"{}")
        started = time.monotonic()
        answer = gate.request("POST", PAYMENTS, person.writes(), {})
        assert problem(answer) == (504, "service-timeout")
        assert time.monotonic() - started < 2
        assert gate.get("/api/metering/v1/readings", person.reads()).status == 200
        release.set()

    @pytest.mark.slow
    def test_A11_a_hanging_identity_costs_two_seconds_until_the_breaker_opens_and_then_nothing(self, gate, world):
        person = world.log_in()
        release = threading.Event()
        kept = world.stubs["identity"].answer
        world.stubs["identity"].answer = lambda seen: kept(seen) if release.wait(20) else (500, {}, b"")
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: gate.request("POST", PAYMENTS, person.writes(), {}), range(8)))
        assert {problem(answer) for answer in answers} == {(503, "service-unavailable")}
        started = time.monotonic()
        assert problem(gate.request("POST", PAYMENTS, person.writes(), {})) == (503, "service-unavailable")
        assert time.monotonic() - started < 0.5
        release.set()
        world.stubs["identity"].answer = kept
        wait_for(lambda: gate.request("POST", PAYMENTS, person.writes(), {}).status == 200, timeout=5)

    def test_a_dead_policy_is_503_for_everything_and_says_so_in_healthz(self, another_nginx, world):
        gate = another_nginx(upstream_policy=f"unix:{world.folder}/nobody.sock")
        for answer in (
            gate.get(INVOICES, world.log_in().reads()),
            gate.get("/api/identity/v1/terms"),
            gate.get("/healthz"),
        ):
            assert problem(answer) == (503, "service-unavailable")

    def test_the_gateway_is_healthy_also_when_a_service_is_not(self, gate, world):
        world.stubs["identity"].stop()
        answer = gate.get("/healthz")
        assert (answer.status, answer.body) == (200, b"ok\n")


class TestLimits:
    def test_C31_a_limit_holds_over_all_workers_and_no_header_gets_around_it(self, another_nginx):
        gate = another_nginx(rate_login="1r/m+4", nginx_workers="2")
        wait_for(lambda: len(_children(gate.process.pid)) >= 2)

        def attempt(number: int) -> Any:
            headers = {"X-Forwarded-For": f"10.0.0.{number}", "X-Real-IP": f"10.0.0.{number}", "Cookie": f"x={number}"}
            return gate.request("POST", LOGINS, headers, {})

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(attempt, range(40)))
        assert Counter(answer.status for answer in answers) == {200: 5, 429: 35}
        refused = next(answer for answer in answers if answer.status == 429)
        assert problem(refused) == (429, "too-many-requests")
        assert refused.headers["retry-after"] == "60"
        assert problem(gate.request("POST", "/api/identity/v1//logins", {}, {})) == (429, "too-many-requests")
        assert gate.get("/api/identity/v1/terms").status == 200

    def test_C31_a_session_has_its_own_limit_and_many_sessions_share_that_of_their_address(self, another_nginx, world):
        gate = another_nginx(rate_default="1r/m+2", rate_address="1r/m+6")
        person = world.log_in()
        assert [gate.get(INVOICES, person.reads()).status for _ in range(4)] == [200, 200, 200, 429]
        assert [gate.get(INVOICES, world.log_in().reads()).status for _ in range(5)] == [200, 200, 200, 200, 429]

    def test_C31_the_files_of_a_page_count_for_its_address_only(self, another_nginx, tmp_path):
        (tmp_path / "app.css").write_text("body{}")
        gate = another_nginx(static_folder=str(tmp_path), rate_default="1r/m+1", rate_address="1r/m+5")
        terms = "/api/identity/v1/terms"
        assert [gate.get("/static/app.css").status for _ in range(3)] == [200, 200, 200]
        assert [gate.get(terms).status for _ in range(3)] == [200, 200, 429]
        assert [gate.get("/static/app.css").status for _ in range(2)] == [200, 429], "a flood of files is refused"

    def test_a_login_that_is_going_on_counts_by_itself_and_a_class_not_twice(self, another_nginx):
        gate = another_nginx(rate_default="1r/m+1", rate_sms_report="1r/m+3")
        path = "/api/identity/v1/terms"
        first, second = ({"Cookie": f"__Host-pre={letter * 43}"} for letter in "ab")
        assert [gate.get(path, first).status for _ in range(3)] == [200, 200, 429]
        assert [gate.get(path, second).status for _ in range(3)] == [200, 200, 429]
        report = f"/api/notify/v1/sms-reports/{new_id()}/mac"
        assert [gate.request("POST", report, {}, b"").status for _ in range(5)] == [200, 200, 200, 200, 429]

    def test_company_and_invitation_have_limits_of_their_own(self, another_nginx, world):
        gate = another_nginx(rate_company="1r/m+1", rate_invitation="1r/m+1")
        for path in ("/api/org-registry/v1/company-accounts", "/api/invitations/v1/acceptances"):
            person = world.log_in()
            statuses = [gate.request("POST", path, person.writes(), {}).status for _ in range(3)]
            assert statuses == [200, 200, 429]
        other = world.log_in()
        assert gate.request("POST", "/api/org-registry/v1/company-accounts", other.writes(), {}).status == 200
        answer = gate.request("POST", "/api/invitations/v1/acceptances", other.writes(), {})
        assert problem(answer) == (429, "too-many-requests")

    def test_C30_C32_each_of_customer_service_searches_so_often_and_no_oftener(self, another_nginx, world):
        gate = another_nginx(rate_staff_search="1r/m+2")
        path = "/api/org-registry/v1/staff/customer-searches"
        colleagues = [world.log_in(staff=["customer-service"]) for _ in range(2)]
        for person in colleagues:  # behind one address, each by itself
            answers = [gate.request("POST", path, person.writes(), {}) for _ in range(4)]
            assert [answer.status for answer in answers] == [200, 200, 200, 429]
            assert problem(answers[-1]) == (429, "too-many-requests")
            assert answers[-1].headers["retry-after"] == "60"
            assert gate.get(INVOICES, person.reads()).status == 200, "the rest of the work goes on"

    def test_connections_of_one_address_are_limited(self, another_nginx, world):
        gate = another_nginx(connections_per_address="3")
        release = threading.Event()
        person = world.log_in()
        world.stubs["billing"].answer = lambda _: (200 if release.wait(20) else 500, {}, b"{}")
        before = len(world.stubs["billing"].seen)
        with ThreadPoolExecutor(3) as pool:
            slow = [pool.submit(gate.get, INVOICES, person.reads()) for _ in range(3)]
            wait_for(lambda: len(world.stubs["billing"].seen) == before + 3)
            assert problem(gate.get("/api/identity/v1/terms")) == (429, "too-many-requests")
            release.set()
            assert {each.result().status for each in slow} == {200}

    def test_the_balancers_word_about_the_address_counts_only_where_it_is_trusted(self, another_nginx):
        gate = another_nginx(trusted_proxies="127.0.0.1/32")
        headers = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
        assert gate.get("/api/identity/v1/terms", headers).json()["headers"]["x-real-ip"] == "198.51.100.7"

    def test_C31_one_slash_64_is_one_address(self, another_nginx):
        gate = another_nginx(rate_login="1r/m+0", trusted_proxies="127.0.0.1/32")

        def attempt(address: str) -> int:
            return gate.request("POST", LOGINS, {"X-Forwarded-For": address}, {}).status

        assert attempt("2001:db8:1:2:3:4:5:6") == 200
        assert attempt("2001:db8:1:2:ffff::1") == 429
        assert attempt("2001:db8:1:3::1") == 200
        assert attempt("2001:db8::1") == 200
        assert attempt("2001:db8::2") == 429
        assert attempt("198.51.100.1") == 200
        assert attempt("198.51.100.2") == 200
        assert attempt("::ffff:198.51.100.3") == 200
        assert attempt("::ffff:198.51.100.4") == 200


def _children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in children.split()]


VICTIM = (
    "GET /api/identity/v1/terms HTTP/1.1\r\nHost: localhost\r\nX-Correlation-Id: victim\r\nConnection: close\r\n\r\n"
)
HIDDEN = "GET /internal/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"


class TestSmuggling:
    """C43: whatever nginx and the service could read differently is refused or made one."""

    @pytest.mark.parametrize(
        "head",
        [
            "Content-Length: {n}\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: {n}\r\n",
            "Content-Length: {n}\r\nContent-Length: 0\r\n",
            "Content-Length: {n}, 0\r\n",
            "Content-Length: +{n}\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: 0x10\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: chunked, identity\r\n",
            "Transfer-Encoding: identity, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            "Transfer-Encoding : chunked\r\nContent-Length: {n}\r\n",
            " Transfer-Encoding: chunked\r\nContent-Length: {n}\r\n",
            "X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: {n}\r\n",
            "X: y\nTransfer-Encoding: chunked\r\nContent-Length: {n}\r\n",
            "Transfer-Encoding:\x0bchunked\r\nContent-Length: {n}\r\n",
            "Transfer\x00-Encoding: chunked\r\nContent-Length: {n}\r\n",
            "Host: evil.test\r\nContent-Length: {n}\r\n",
        ],
    )
    def test_no_service_ever_sees_a_request_within_a_request(self, gate, world, head):
        body = f"0\r\n\r\n{HIDDEN}"
        request = f"POST {LOGINS} HTTP/1.1\r\nHost: localhost\r\n{head.format(n=len(body))}\r\n{body}"
        before = len(world.stubs["identity"].seen)
        received = gate.raw((request + VICTIM).encode("latin-1"), timeout=0.5)
        for seen in world.stubs["identity"].seen[before:]:
            assert "hidden" not in seen.path
        assert b"/internal/hidden" not in received.split(b"\r\n\r\n", 1)[0]
        # Whoever comes next, on a connection of the same pool, gets an answer to the own question.
        answer = gate.get("/api/identity/v1/terms", {"X-Correlation-Id": "the-next"})
        assert answer.json()["headers"]["x-correlation-id"] == "the-next"

    def test_chunks_arrive_as_one_body_with_a_length(self, gate, world):
        person = world.log_in()
        headers = person.writes(Transfer_Encoding="chunked")
        answer = gate.request("POST", PAYMENTS, headers, b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
        seen = answer.json()
        assert (seen["length"], seen["headers"]["content-length"]) == (11, "11")
        assert "transfer-encoding" not in seen["headers"]

    @pytest.mark.parametrize(
        "request_line",
        [
            b"GET /\x00 HTTP/1.1",
            b"GET / HTTP/3.0",
            b"GET\t/ HTTP/1.1",
            b"get / HTTP/1.1",
            b"GET /%00 HTTP/1.1",
            b"GET /../.. HTTP/1.1",
            b"GET http:///x HTTP/1.1",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        ],
    )
    def test_B14_broken_requests_get_a_problem_and_never_a_page_of_nginx(self, gate, request_line):
        received = gate.raw(request_line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n", timeout=2)
        assert b"<html" not in received
        head, _, body = received.partition(b"\r\n\r\n")
        assert b"application/problem+json" in head
        assert json.loads(body)["status"] in {400, 404, 405, 421, 503}

    def test_B14_injected_line_breaks_stay_in_the_address(self, gate, world):
        person = world.log_in()
        for end in (
            "%0d%0aX-Session:%20evil",
            "%0aAuthorization:x",
            "%0a",
            "%0d%0a",
            "%0a%0a",
            "%20",
            "%3f",
            "%e2%80%a8",
        ):
            path = f"{INVOICES}{end}"
            assert problem(gate.get(path, person.reads())) == (404, "not-found")
        answer = gate.get(f"{INVOICES}?q=%0d%0aX-User-Id:%201", person.reads())
        assert "x-user-id" not in answer.json()["headers"]

    def test_B14_a_thousand_headers_and_an_absolute_address(self, gate, world):
        many = "".join(f"X-H{number}: {'v' * 40}\r\n" for number in range(1000))
        received = gate.raw(f"GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n".encode(), timeout=2)
        assert b" 431 " in received.split(b"\r\n")[0]
        absolute = "GET http://evil.test/api/identity/v1/terms HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        assert b" 421 " in gate.raw(absolute.encode(), timeout=2).split(b"\r\n")[0]


class TestOtherFronts:
    def test_the_portal_is_shown_where_there_is_one_and_gets_no_forged_headers(self, another_nginx, world):
        gate = another_nginx(upstream_portal=world.stubs["portal"].address)
        answer = gate.get("/", {"Accept-Encoding": "gzip"})
        assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        forged = {
            "Authorization": "x",
            "X-Forwarded-For": "x",
            "X-Real-IP": "x",
            "Forwarded": "x",
            "Cookie": "__Host-sid=y",
        }
        headers = gate.get("/headers", forged).json()["headers"]
        assert headers["cookie"] == "__Host-sid=y"
        assert headers["x-real-ip"] == "127.0.0.1"
        assert not {"authorization", "x-forwarded-for", "forwarded"} & set(headers)
        assert problem(gate.get("/api/billing/v1/nothing")) == (404, "not-found")
        world.stubs["portal"].stop()
        answer = gate.get("/fakturor")
        assert problem(answer) == (503, "service-unavailable")
        assert answer.headers["retry-after"] == "5"

    def test_B_05_a_form_with_a_scanned_paper_reaches_the_portal_and_a_flood_does_not(self, another_nginx, world):
        world.stubs["portal"].stop()
        world.stubs["portal"].start()
        gate = another_nginx(upstream_portal=world.stubs["portal"].address)
        assert gate.request("POST", "/headers", {}, b"x" * (12 * 1024 * 1024)).json()["length"] == 12 * 1024 * 1024
        assert problem(gate.request("POST", "/headers", {}, b"x" * (16 * 1024 * 1024 + 1))) == (413, "too-large")

    def test_static_files_are_served_and_nothing_beside_them(self, another_nginx, tmp_path):
        (tmp_path / "static").mkdir()
        (tmp_path / "static" / "app.css").write_text("body{}")
        (tmp_path / "secret.txt").write_text("secret")
        gate = another_nginx(static_folder=str(tmp_path / "static"))
        answer = gate.get("/static/app.css")
        assert (answer.status, answer.body, answer.headers["content-type"]) == (
            200,
            b"body{}",
            "text/css; charset=utf-8",
        )
        assert answer.headers["cache-control"] == "public, max-age=3600"
        known = gate.get("/static/app.css?v=0123456789ab")
        assert known.headers["cache-control"] == "public, max-age=31536000, immutable"
        for path in ("/static/../secret.txt", "/static../secret.txt", "/static/%2e%2e/secret.txt", "/static/"):
            assert gate.get(path).status in {400, 404}

    def test_the_api_reference_is_whole_and_from_our_own_address(self, gate):
        page = gate.get("/api/docs").body.decode()
        for link in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js", "favicon-32x32.png"):
            assert f'"/api/docs/{link}"' in page
            assert gate.get(f"/api/docs/{link}").status == 200
        assert "://" not in page
        document = gate.get("/api/docs/openapi.json").json()
        assert document["openapi"].startswith("3.1")
        assert gate.get("/api/billing/openapi.json").json()["path"] == "/openapi.json"

    def test_with_tls_there_is_HSTS_and_plain_http_is_refused(self, another_nginx, tmp_path):
        certificate, key = _self_signed(tmp_path)
        gate = another_nginx(tls_certificate=certificate, tls_certificate_key=key)
        import ssl

        context = ssl.create_default_context(cafile=certificate)
        connection = http.client.HTTPSConnection("localhost", gate.port, context=context, timeout=5)
        connection.request("GET", "/api/identity/v1/terms")
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        answer.read()
        connection.close()
        assert problem(gate.get("/")) == (400, "bad-request")


def _self_signed(folder: Any) -> tuple[str, str]:
    from datetime import timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    from chassis.ids import utcnow

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(utcnow() - timedelta(hours=1))
        .not_valid_after(utcnow() + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "tls.pem", folder / "tls.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(paths[0]), str(paths[1])

"""C40, C41: every answer wears its headers and tells nothing of our insides; ``web.dressed`` looks at each."""

from __future__ import annotations

import http.client
import signal
import socket
from urllib.parse import urlsplit

import pytest
from tests.security.web import Answer, ask, dressed

from chassis.testing import wait_for

pytestmark = pytest.mark.journey
LARGE = b'{"title": "' + b"x" * 70_000 + b'"}'


@pytest.mark.parametrize(
    ("status", "method", "path", "options"),
    [
        (303, "GET", "/", {}),
        (200, "GET", "/om-bankid", {}),
        (200, "GET", "/api/docs", {}),
        (200, "GET", "/api/docs/openapi.json", {}),
        (200, "GET", "/api/metering/openapi.json", {}),
        (200, "GET", "/healthz", {}),
        (404, "GET", "/no-such-page", {}),
        (404, "GET", "/api/no-such-service/v1/things", {}),
        (404, "GET", "/api/billing/v1/invoices/not-an-id", {}),
        (404, "GET", "/.env", {}),
        (404, "GET", "/.git/config", {}),
        (404, "GET", "/nginx.conf", {}),
        (404, "GET", "/api/docs/../../nginx.conf", {}),
        (405, "PUT", "/api/billing/v1/invoices", {}),
        (405, "TRACE", "/api/billing/v1/invoices", {}),
        (413, "POST", "/api/cases/v1/cases", {"data": LARGE}),
        (414, "GET", f"/api/billing/v1/invoices?x={'x' * 20_000}", {}),
        (415, "POST", "/api/cases/v1/cases", {"data": b"<a/>", "headers": {"Content-Type": "text/xml"}}),
        (400, "POST", "/api/cases/v1/cases", {"data": b"{"}),
        (422, "POST", "/api/cases/v1/cases", {"data": b"{}"}),
        (421, "GET", "/api/billing/v1/invoices", {"headers": {"Host": "evil.test"}}),
        (431, "GET", "/api/billing/v1/invoices", {"headers": {"X-Long": "x" * 64_000}}),
    ],
)
def test_C41_every_kind_of_answer_is_dressed(stage, status, method, path, options):
    answer = ask(stage.browser("A1"), method, path, **options)
    assert answer.status == status or (status in {404, 405} and answer.status in {400, 404, 405}), str(answer)


def test_C41_what_is_not_http_is_answered_without_a_version(suite):
    target = urlsplit(suite.world.gateway_url)
    for nonsense in (b"NONSENSE\r\n\r\n", b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", b"GET /\x00 HTTP/1.1\r\n\r\n"):
        with socket.create_connection((target.hostname, target.port), timeout=5) as connection:
            connection.sendall(nonsense)
            connection.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert b"nginx/" not in said
        assert b"HTTP/1.1 200" not in said


@pytest.mark.parametrize(("language", "words"), [("sv", "Något gick fel hos oss"), ("en", "Something went wrong")])
def test_C40_a_fault_of_ours_is_a_general_answer_in_the_persons_language(stage, language, words):
    table = next(name for name in stage.rows("orders") if name != "outbox")
    stage.execute("orders", f'ALTER TABLE "{table}" RENAME TO gone')
    try:
        answer = ask(stage.browser("A1"), "GET", "/api/orders/v1/orders", headers={"Accept-Language": language})
    finally:
        stage.execute("orders", f'ALTER TABLE gone RENAME TO "{table}"')
    assert (answer.status, answer.code) == (500, "internal-error")
    assert words in answer.json["title"]
    assert ask(stage.browser("A1"), "GET", "/api/orders/v1/orders").status == 200


def test_C40_a_dead_service_is_a_general_answer_and_comes_back(stage, suite):
    suite.kill("orders.web", signal.SIGKILL)

    def gone() -> Answer | None:
        answer = ask(stage.browser("A1"), "GET", "/api/orders/v1/orders")
        return answer if answer.status != 200 else None

    answer = wait_for(gone, timeout=5)
    assert (answer.status, answer.code) == (503, "service-unavailable")
    assert answer.headers["Retry-After"]
    wait_for(lambda: ask(stage.browser("A1"), "GET", "/api/orders/v1/orders").status == 200, timeout=30)


def test_C42_what_a_person_sees_is_never_kept_under_a_name_that_looks_static(stage):
    for path in ("/api/billing/v1/invoices/x.css", "/api/billing/v1/invoices.css", "/api/identity/v1/me/x.js"):
        assert ask(stage.browser("A1"), "GET", path).status == 404


def test_a_checker_that_finds_nothing_wrong_is_no_checker(suite):
    headers = http.client.HTTPMessage()
    headers["Server"] = "nginx/1.26"
    with pytest.raises(AssertionError):
        dressed(Answer(200, headers, b""), "GET", "/", logged_in=False)

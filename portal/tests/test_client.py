"""What goes to the API and what comes back."""

from __future__ import annotations

import httpx2
import pytest

from portal.client import ApiError, Browser, Gateway, segment
from portal.settings import Settings

SETTINGS = Settings(service="portal", environment="test", public_url="https://minasidor.example.se")


def client(answer):
    return Gateway(SETTINGS, transport=httpx2.MockTransport(answer))


def test_C18_one_persons_cookies_never_go_with_the_next_persons_request():
    seen = []

    def answer(request):
        seen.append(request.headers.get("cookie"))
        return httpx2.Response(200, json={}, headers=[("set-cookie", "__Host-sid=secret; Path=/; Secure; HttpOnly")])

    gateway = client(answer)
    first, second = Browser({"__Host-sid": "first"}, "sv"), Browser({}, "sv")
    gateway.call(first, "GET", "/identity/v1/session")
    gateway.call(second, "GET", "/identity/v1/session")
    gateway.call(first, "GET", "/identity/v1/session")
    assert seen == ["__Host-sid=first", None, "__Host-sid=secret"]
    assert first.set_cookies == ["__Host-sid=secret; Path=/; Secure; HttpOnly"] * 2


def test_C18_a_cookie_that_the_api_takes_back_is_gone_for_the_next_call():
    def answer(request):
        return httpx2.Response(204, headers=[("set-cookie", "__Host-sid=; Max-Age=0; Path=/")])

    browser = Browser({"__Host-sid": "first", "__Host-device": "d"}, "sv")
    client(answer).call(browser, "DELETE", "/identity/v1/session")
    assert browser.cookies == {"__Host-device": "d"}


def test_D27_the_language_and_the_host_go_along():
    def answer(request):
        assert request.headers["host"] == "minasidor.example.se"
        assert request.headers["accept-language"] == "en"
        assert request.url.path == "/api/billing/v1/invoices"
        assert dict(request.url.params) == {"status": "paid"}
        return httpx2.Response(200, json={"items": []})

    answered = client(answer).call(
        Browser({}, "en"), "GET", "/billing/v1/invoices", query={"status": "paid", "from_on": "", "to_on": None}
    )
    assert answered.body == {"items": []}


def test_a_problem_becomes_an_error_with_everything_that_a_page_needs():
    problem = {
        "title": "Fel",
        "detail": "Så här",
        "code": "validation-error",
        "instance": "urn:minasidor:request:1",
        "errors": [{"field": "email", "detail": "Ange en adress."}, "not a row"],
    }

    def answer(request):
        return httpx2.Response(
            422, json=problem, headers={"content-type": "application/problem+json", "retry-after": "7"}
        )

    with pytest.raises(ApiError) as caught:
        client(answer).call(Browser({}, "sv"), "POST", "/x", json={})
    error = caught.value
    assert (error.status, error.code, error.title, error.detail) == (422, "validation-error", "Fel", "Så här")
    assert error.errors == [{"field": "email", "detail": "Ange en adress."}]
    assert error.instance == "urn:minasidor:request:1"
    assert error.retry_after == 7
    assert error.is_about_the_form()


@pytest.mark.parametrize(
    ("status", "kind", "content"),
    [
        (502, "text/html", b"<html>"),
        (500, "application/problem+json", b"{not json"),
        (400, "application/problem+json", b'["a list"]'),
    ],
    ids=["html", "broken-json", "a-list"],
)
def test_an_answer_that_is_no_problem_document_is_still_an_error(status, kind, content):
    with pytest.raises(ApiError) as caught:
        client(lambda _: httpx2.Response(status, content=content, headers={"content-type": kind})).call(
            Browser({}, "sv"), "GET", "/x"
        )
    assert caught.value.code == "unknown"


def test_a_gateway_that_is_away_is_503_and_never_a_crash():
    def answer(request):
        raise httpx2.ConnectError("nobody there")

    with pytest.raises(ApiError) as caught:
        client(answer).call(Browser({}, "sv"), "GET", "/x")
    assert (caught.value.status, caught.value.code) == (503, "unreachable")


@pytest.mark.parametrize("value", ["../../identity", "a/b", "a?b", "a#b", "a%2Fb", "å"])
def test_a_segment_stays_one_segment(value):
    assert not set(segment(value)) & set("/?#")

"""Who meets a refusal of the gateway in a browser reads a page; a program, and all of the API, gets problem+json."""

from __future__ import annotations

import re
import threading
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from chassis.settings import load
from gateway.nginx import refusals
from gateway.schemas.problems import PROBLEMS
from gateway.settings import Settings

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "Accept-Language": "sv-SE,sv"}
FORM = BROWSER | {"Content-Type": "multipart/form-data; boundary=x"}
INVOICES = "/api/billing/v1/invoices"


class Page(HTMLParser):
    """What a page consists of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.heading = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "h1" and not self.heading:
            self.heading = data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(answer: Any, status: int, *, language: str = "sv") -> Page:
    """Check what every page of a refusal has; return it."""
    assert answer.status == status, answer.body[:300]
    headers = answer.headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert "unsafe" not in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
    assert headers["content-language"] == language
    text = answer.body.decode()
    assert f"<code>{headers['x-correlation-id']}</code>" in text
    assert "nginx" not in text
    assert "upstream" not in text
    shown = Page(text)
    assert shown.all("html")[0]["lang"] == language
    return shown


def problem(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", (answer.status, answer.body[:200])
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    return answer.status, answer.json()["code"]


@pytest.fixture
def front(another_nginx, world):
    """A gateway with a portal behind it."""
    return lambda **changes: another_nginx(upstream_portal=world.stubs["portal"].address, **changes)


@pytest.fixture(scope="module")
def usual(another_nginx, world):
    return another_nginx(upstream_portal=world.stubs["portal"].address)


class TestPeopleGetAPage:
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_A11_a_portal_that_is_away_is_a_page_that_says_so_and_its_style_is_there(self, usual, world, method):
        world.stubs["portal"].stop()
        answer = usual.request(method, "/fakturor?sida=2", BROWSER)
        shown = page(answer, 503)
        assert answer.headers["retry-after"] == "5"
        assert shown.heading == "Mina sidor är inte tillgängliga just nu"
        (style,) = [link["href"] for link in shown.all("link")]
        answer = usual.get(style)
        assert (answer.status, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
        assert answer.headers["cache-control"] == "public, max-age=3600"

    def test_A11_a_portal_that_cuts_the_line_is_the_same_page(self, usual, world):
        world.stubs["portal"].answer = lambda _: (0, {}, b"")
        assert page(usual.request("POST", "/fakturor", FORM, b"x"), 503).heading.startswith("Mina sidor är inte")

    def test_A11_a_portal_that_is_too_slow_does_not_promise_that_nothing_happened(self, front, world):
        gate = front(upload_deadline_seconds="1")
        release = threading.Event()
        world.stubs["portal"].answer = lambda _: (200 if release.wait(20) else 500, {}, b"")
        answer = gate.request("POST", "/fakturor", FORM, b"x")
        release.set()
        assert page(answer, 504).heading == "Det tog för lång tid"
        assert "se efter om det kom fram" in answer.body.decode()

    def test_what_the_portal_says_itself_stands(self, usual, world):
        own = "<h1>Mina sidor är stängda för underhåll</h1>".encode()
        html = {"Content-Type": "text/html; charset=utf-8", "Retry-After": "600"}
        for status in (400, 403, 404, 413, 429, 500, 502, 503, 504):
            world.stubs["portal"].answer = lambda _, s=status: (s, html, own)
            answer = usual.get("/fakturor", BROWSER)
            assert (answer.status, answer.body, answer.headers["retry-after"]) == (status, own, "600")

    def test_C40_a_form_that_is_too_large_is_told_so_and_never_reaches_the_portal(self, usual, world):
        before = len(world.stubs["portal"].seen)
        answer = usual.request("POST", "/fullmakt", FORM, b"x" * (16 * 1024 * 1024 + 1))
        assert page(answer, 413).heading == "Filen är för stor"
        assert len(world.stubs["portal"].seen) == before

    def test_C32_too_many_requests_say_how_long_to_wait_and_the_page_has_its_style(self, front):
        gate = front(rate_default="1r/m+1", rate_address="1r/m+2")
        statuses = [gate.get("/", BROWSER).status for _ in range(3)]
        assert statuses == [200, 200, 429]
        answer = gate.get("/", BROWSER)
        assert page(answer, 429).heading == "Det blev för många försök"
        assert answer.headers["retry-after"] == "60"
        assert gate.get(refusals.STYLE_PATH).status == 200

    @pytest.mark.parametrize(
        "header", ["Transfer-Encoding: strange", "Content-Length: x", "Content-Length: 1\r\nContent-Length: 2"]
    )
    def test_B14_headers_that_cannot_be_read_are_a_page_for_who_has_asked_for_one(self, usual, header):
        head = f"POST /fakturor HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n{header}\r\n\r\n"
        received = usual.raw(head.encode(), timeout=2)
        assert received.startswith(b"HTTP/1.1 400 ")
        assert "<h1>Det gick inte att förstå det som skickades</h1>" in received.decode()
        assert b"<center>" not in received

    def test_B14_cookies_that_are_too_large_are_a_page_that_says_what_to_do(self, usual):
        answer = usual.get("/", BROWSER | {"Cookie": "a" * 9000})
        page(answer, 431)
        assert "Rensa kakor" in answer.body.decode()

    def test_C41_an_address_that_is_not_ours_is_a_page_with_its_style(self, usual):
        shown = page(usual.get("/", BROWSER, host="other.test"), 421)
        assert shown.heading == "Okänd adress"
        assert usual.get(refusals.STYLE_PATH, host="other.test").status == 200

    def test_an_address_without_a_page_is_one_also_where_there_is_no_portal(self, gate):
        assert page(gate.get("/fakturor", BROWSER), 404).heading == "Sidan finns inte"

    @pytest.mark.parametrize(
        ("headers", "language"),
        [
            ({}, "sv"),
            ({"Accept-Language": "en-GB,en;q=0.9,sv;q=0.1"}, "en"),
            ({"Accept-Language": "sv,en;q=0.5"}, "sv"),
            ({"Accept-Language": "sv", "Cookie": "a=b; __Host-language=en"}, "en"),
            ({"Accept-Language": "en", "Cookie": "__Host-language=sv; a=b"}, "sv"),
            ({"Accept-Language": "en", "Cookie": "__Host-language=fi"}, "en"),
        ],
        ids=["nothing", "english", "swedish", "chose-english", "chose-swedish", "chose-unknown"],
    )
    def test_the_language_is_the_one_chosen_in_the_portal_else_the_browsers(self, gate, headers, language):
        shown = page(gate.get("/fakturor", {"Accept": "text/html"} | headers), 404, language=language)
        assert shown.heading == {"sv": "Sidan finns inte", "en": "There is no such page"}[language]

    def test_C41_nothing_from_outside_gets_into_the_page(self, gate):
        answer = gate.get("/<b>?q=<i>", BROWSER | {"X-Correlation-Id": "<script>", "Referer": "<u>"})
        page(answer, 404)
        for piece in (b"<b>", b"<i>", b"<script>", b"<u>"):
            assert piece not in answer.body


class TestProgramsGetAProblem:
    @pytest.mark.parametrize(
        "accept",
        [None, "*/*", "application/json", "application/problem+json, text/html;q=0.5", "text/css,*/*;q=0.1", "image/*"],
    )
    def test_who_does_not_ask_for_a_page_gets_a_problem(self, usual, world, accept):
        world.stubs["portal"].stop()
        answer = usual.get("/fakturor", {} if accept is None else {"Accept": accept})
        assert problem(answer) == (503, "service-unavailable")
        assert answer.headers["retry-after"] == "5"

    def test_below_api_nothing_is_ever_a_page(self, front, world):
        gate = front(rate_login="1r/m+0")
        person = world.log_in()
        assert problem(gate.get(INVOICES, BROWSER)) == (401, "not-logged-in")
        for path in ("/api/", "/api/nothing", "/api/billing/v1/nothing", "/api/docs/nothing.js", "/x/../api/nothing"):
            assert problem(gate.get(path, BROWSER)) == (404, "not-found"), path
        assert problem(gate.request("POST", INVOICES, BROWSER)) == (405, "method-not-allowed")
        large = gate.request("POST", "/api/billing/v1/payments", person.writes(**BROWSER), b"x" * 65537)
        assert problem(large) == (413, "too-large")
        assert problem(gate.get("/api/orders/v1/orders", person.reads(**BROWSER))) == (503, "service-unavailable")
        statuses = [gate.request("POST", "/api/identity/v1/logins", BROWSER, {}) for _ in range(2)]
        assert problem(statuses[1]) == (429, "too-many-requests")
        head = f"POST {INVOICES} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nContent-Length: x\r\n\r\n"
        assert b'"bad-request"' in gate.raw(head.encode(), timeout=2)

    def test_C3_the_pages_have_no_address_of_their_own(self, gate):
        for code in ("too-large", "service-unavailable"):
            assert gate.get(f"/_page/{code}").status == 404

    def test_a_refusal_is_not_kept_where_the_file_would_have_been(self, another_nginx, tmp_path):
        gate = another_nginx(static_folder=str(tmp_path))
        for headers in ({}, BROWSER):
            answer = gate.get("/static/portal.css?v=0123456789ab", headers)
            assert (answer.status, answer.headers["cache-control"]) == (404, "no-store")


class TestThePages:
    @pytest.mark.parametrize("language", ["sv", "en"])
    @pytest.mark.parametrize("code", [problem.code for problem in PROBLEMS])
    def test_C41_each_is_whole_with_nothing_inline_and_short_enough_for_nginx(self, tmp_path, code, language):
        text = refusals.page(code, language, load(Settings, "gateway", {}))
        shown = Page(text)
        assert len(shown.all("h1")) == len(shown.all("main")) == len(shown.all("title")) == 1
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|://", text)
        assert "/" in [link["href"] for link in shown.all("a")]
        assert (
            len(refusals.quoted(text).encode()) < 4000
        )  # a word of nginx's configuration is no longer than 4096 bytes

    def test_every_word_is_of_a_problem_and_in_both_languages(self):
        assert refusals.WORDS.keys() <= {problem.code for problem in PROBLEMS}
        for swedish, english in refusals.WORDS.values():
            assert all((*swedish, *english))
            assert swedish != english
            assert not {"$", "{", "}", '"'} & set("".join((*swedish, *english)))

    def test_the_brands_colours_come_from_the_portal_where_its_files_are_here(self, tmp_path):
        conf = load(Settings, "gateway", {"GATEWAY_STATIC_FOLDER": str(tmp_path)})
        assert "theme.css" not in refusals.page("too-large", "sv", conf)
        (tmp_path / "vendor").mkdir()
        (tmp_path / "vendor/theme.css").touch()
        hrefs = [link["href"] for link in Page(refusals.page("too-large", "sv", conf)).all("link")]
        assert hrefs == ["/static/vendor/theme.css", refusals.STYLE_PATH]

    def test_the_fallback_colours_are_those_of_the_portals_theme(self):
        here = Path(__file__).resolve().parents[2]
        theme = (here / "portal/src/portal/static" / refusals.THEME).read_text(encoding="utf-8")
        style = (here / "gateway/src/gateway/nginx" / refusals.STYLE).read_text(encoding="utf-8")
        used = re.findall(r"var\((--ds-[a-z-]+), (#[0-9a-f]{3,6})\)", style)
        assert len(used) == style.count("var(")
        for name, fallback in used:
            colour = re.search(rf"{name}:\s*(#[0-9a-f]+);", theme)
            assert colour is not None, name
            whole = fallback if len(fallback) > 4 else "#" + "".join(2 * digit for digit in fallback[1:])
            assert colour[1] == whole, name

"""Attacks as a browser meets them: sessions planted and kept, other sites' forms, ways out, pages kept (C18-C42)."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest
from tests.browser.conftest import LOOKS
from tests.browser.scene import Crew

from devservers.ports import free_ports
from runner.journey.seed import ERIK
from runner.pictures import INSIDE

pytestmark = pytest.mark.journey

SID = "__Host-sid"
ELSEWHERE = (
    "https://evil.test/",
    "//evil.test/fakturor",
    "/\\evil.test",
    "\\\\evil.test",
    "https:evil.test",
    "///evil.test",
    "/%2Fevil.test",
    "/\t/evil.test",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "/oversikt@evil.test",
)
FORMS = (
    ("/logga-ut", {}),
    ("/konto", {"choose": "{account}"}),
    ("/sprak", {"language": "en"}),
    ("/stanna-inloggad", {}),
    ("/behorigheter/ny", {"email": "evil@exempel.se", "extent": "full"}),
    ("/foretagskonto", {"organisation_number": "552000-0018"}),
    ("/installningar/aviseringar", {"email-payments": "yes"}),
    ("/installningar/kundservice", {"hours": "168"}),
    ("/installningar/kopior", {"email": "evil@exempel.se"}),
    ("/inbjudan", {"link": "https://evil.test/#" + "a" * 43}),
    ("/logga-in", {"device": "other"}),
    ("/api/identity/v1/logins", {"device": "other"}),
    ("/api/identity/v1/session/extensions", {}),
)


class Site:
    """Somebody else's site on another host: what its pages hold is set by the test."""

    def __init__(self) -> None:
        (port,) = free_ports(1)
        self.html = ""
        site = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = site.html.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.url = f"http://127.0.0.1:{port}/"
        self.server = ThreadingHTTPServer(("127.0.0.1", port), Page)

    def form(self, action: str, fields: dict[str, str], enctype: str = "") -> None:
        """A page with one form, as another site would have it."""
        inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
        self.html = f'<form method="post" action="{action}" enctype="{enctype}">{inputs}<button>Vinn</button></form>'


@pytest.fixture(scope="module")
def evil() -> Iterator[Site]:
    """Another site; the suite is ``localhost``, so nothing of the two is the same site."""
    site = Site()
    Thread(target=site.server.serve_forever, daemon=True).start()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture(scope="module")
def office(lived):
    company, account_id = Crew(lived).company(ERIK)
    return company, account_id


def _sid(visitor):
    return next((cookie for cookie in visitor.page.context.cookies() if cookie["name"] == SID), None)


def _wins(person, evil):
    """The visitor of the other site presses its button; returns what our server answered."""
    person.page.goto(evil.url)
    with person.page.expect_navigation() as gone:
        person.page.get_by_role("button", name="Vinn").click()
    return gone.value


def test_C18_an_id_that_was_planted_or_is_old_opens_nothing_and_no_id_is_in_an_address(visitors, office):
    person, thief = visitors(), visitors()
    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.url))
    person.go("/kakor")
    planted = {"name": SID, "value": "p" * 43, "domain": "localhost", "path": "/", "secure": True, "httpOnly": True}
    person.page.context.add_cookies([planted])
    person.arrive(ERIK)
    ids = [_sid(person)]
    person.choose(office[0].name)
    ids.append(_sid(person))
    person.log_out()
    assert len({planted["value"], *(each["value"] for each in ids)}) == 3, "a new one each time"
    assert not [url for url in asked for each in ids if each["value"] in url]
    for cookie in (*ids, planted):
        thief.page.context.add_cookies([cookie])
        thief.go("/fakturor")
        assert thief.path.startswith("/logga-in")
        thief.page.context.clear_cookies()


def test_C20_the_forms_of_another_site_change_nothing_for_who_is_logged_in(person, lived, office, evil):
    company, account_id = office
    base = lived.planner.public_url
    person.arrive(ERIK)
    person.choose(company.name)
    before = _sid(person)
    mark = lived.world.postbox.mark()
    for path, fields in FORMS:
        for enctype in ("", "text/plain", "multipart/form-data"):
            given = {name: value.format(account=account_id) for name, value in fields.items()}
            evil.form(base + path, given, enctype)
            assert _wins(person, evil).status in {400, 401, 403, 415}, (path, enctype)
    assert not person.waiting() - person.before, "no login has begun: that would be the attacker's"
    person.go("/oversikt")
    assert person.page.locator("#account-name").inner_text() == company.name
    assert person.page.locator("html").get_attribute("lang") == "sv"
    assert _sid(person)["value"] == before["value"]
    assert not {"__Host-invitation", "__Host-pre"} & {cookie["name"] for cookie in person.page.context.cookies()}
    person.go("/installningar/kundservice")
    person.page.get_by_label("Hur länge?").wait_for()
    assert not lived.world.postbox.messages("evil@exempel.se", since=mark)


def test_C20_reading_from_another_site_changes_nothing_and_gives_it_nothing(person, lived, office, evil):
    base = lived.planner.public_url
    person.arrive(ERIK)
    person.choose(office[0].name)
    before = _sid(person)
    evil.html = "".join(f'<img src="{base}{path}">' for path, _ in FORMS)
    person.page.goto(evil.url)
    person.page.wait_for_load_state("load")
    read = "(url) => fetch(url, {credentials: 'include'}).then(answer => answer.text(), () => 'refused')"
    for path in ("/api/identity/v1/session", "/oversikt"):
        assert person.page.evaluate(read, base + path) == "refused"
    person.faults.clear()  # the browser has said why
    assert person.go("/oversikt").status == 200
    assert _sid(person)["value"] == before["value"]


@pytest.mark.parametrize("page", ["/logga-in", "/konto", "/registrera", "/sprak", "/stanna-inloggad"])
def test_C29_every_way_on_stays_with_us(person, lived, office, page):
    base = lived.planner.public_url
    if page not in {"/logga-in", "/sprak"}:
        person.arrive(ERIK)
        person.choose(office[0].name)
    resolve = "(value) => new URL(value, location.href).origin"
    # A form is sent for each, so those have the first few: what is allowed is one function's matter.
    for wanted in ELSEWHERE[:6] if page in {"/sprak", "/stanna-inloggad"} else ELSEWHERE:
        if page in {"/sprak", "/stanna-inloggad"}:
            person.go("/kakor")
            form = person.page.locator(f"form[action='{page}']").first
            form.locator("input[name=next]").evaluate("(field, value) => { field.value = value; }", wanted)
            with person.page.expect_navigation():
                # The button of the language says which; the other form's script would stay on the page.
                button = "form.querySelector('button')" if page == "/sprak" else "null"
                form.evaluate(f"form => {button} ? form.requestSubmit({button}) : form.submit()")
        else:
            person.go(f"{page}?next={quote(wanted, safe='')}")
            ways = person.page.locator("[name=next], [data-next]").evaluate_all(
                "all => all.map(one => one.value || one.dataset.next || '/')"
            )
            assert {person.page.evaluate(resolve, way) for way in ways} <= {base}, (wanted, ways)
        assert person.page.url.startswith(f"{base}/"), wanted


def test_C42_pages_of_a_person_are_kept_nowhere_and_are_gone_after_logout(visitor, office):
    company, _ = office
    visitor.arrive(ERIK)
    visitor.choose(company.name)
    for path in INSIDE if visitor.look is LOOKS[0] else INSIDE[:2]:
        answer = visitor.go(path)
        assert (answer.status, answer.headers["cache-control"]) == (200, "no-store"), path
    visitor.go("/oversikt")
    with visitor.page.expect_response("**/logga-ut") as ended:
        visitor.log_out()
    assert ended.value.all_headers()["clear-site-data"] == '"cache", "storage"'
    for _ in range(2):
        visitor.page.go_back()
        visitor.page.wait_for_load_state("load")
        assert visitor.path.startswith("/logga-in")
        assert company.name not in visitor.page.content()
    visitor.check_accessible()

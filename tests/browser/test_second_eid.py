"""Logging in with another e-ID than BankID, at a real OpenID provider, in every look (FA4)."""

from __future__ import annotations

import json
import re
import urllib.request

import pytest

from runner.journey.seed import HOME, KARIN
from sim_bankid.persons import PERSONS

pytestmark = pytest.mark.journey

CLAIM = "https://id.oidc.se/claim/personalIdentityNumber"
ELSEWHERE = re.compile(r"^https?://(?!localhost|127\.0\.0\.1)")


@pytest.fixture
def known(issuer):
    """Karin as the provider knows her."""
    body = json.dumps({"name": PERSONS[KARIN].name, CLAIM: KARIN}).encode()
    request = urllib.request.Request(  # noqa: S310 - the address is the fixture's
        f"{issuer}/users/karin", body, {"Content-Type": "application/json"}, method="PUT"
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10):
        return "karin"


def _go_to_provider(visitor, issuer, path="/logga-in"):
    """From the login page to the provider's, by the page between, which leads on by itself."""
    page = visitor.page
    page.route(ELSEWHERE, lambda route: route.abort())  # the provider's style sheet comes from the Internet
    visitor.go(path)
    page.get_by_role("heading", name=visitor.words("Annan e-legitimation", "Another e-ID")).wait_for()
    visitor.check_accessible()
    visitor.press(visitor.words("Logga in med Exempel-legitimation", "Log in with Example e-ID"))
    page.wait_for_url(f"{issuer}/**")


def _identify(visitor, name):
    visitor.page.locator("input[name=sub]").fill(name)
    visitor.page.get_by_role("button", name="Authorize").click()


def test_FA4_FA10_S15_logged_in_with_the_second_eid_and_led_to_the_wanted_page_in_every_look(visitor, issuer, known):
    _go_to_provider(visitor, issuer, "/logga-in?next=%2Ffakturor%3Fstatus%3Dunpaid")
    _identify(visitor, known)
    visitor.page.wait_for_url("**/konto?next=*")
    visitor.check_accessible()
    visitor.page.locator(".choice", has_text=HOME).click()
    visitor.page.wait_for_url("**/fakturor?status=unpaid")
    visitor.check_accessible()
    visitor.go("/installningar/inloggningar")
    newest = visitor.page.locator("tbody tr").first
    assert visitor.words("Inloggad", "Logged in") in newest.inner_text()
    assert visitor.words("Annan e-legitimation", "Another e-ID") in newest.inner_text(), "it was not BankID"
    visitor.check_accessible()
    visitor.log_out()
    visitor.go("/fakturor")
    assert visitor.path.startswith("/logga-in")


def test_FA4_the_page_between_says_where_one_is_going_and_has_a_link_and_a_way_back_in_every_look(
    visitor, issuer, known
):
    visitor.page.route(f"{issuer}/**", lambda route: route.abort())  # it does not answer: one stays on our page
    visitor.go("/logga-in")
    visitor.page.route(
        "**/logga-in/e-legitimation",
        lambda route: route.fulfill(response=(answer := route.fetch()), body=_without_refresh(answer.text())),
    )
    visitor.press(visitor.words("Logga in med Exempel-legitimation", "Log in with Example e-ID"))
    visitor.says(visitor.words("Du skickas vidare för att legitimera dig", "You are being sent on to identify"))
    visitor.says("127.0.0.1")
    visitor.check_accessible()
    visitor.page.unroute_all()
    visitor.page.route(ELSEWHERE, lambda route: route.abort())
    visitor.page.get_by_role("link", name=visitor.words("Fortsätt", "Continue")).click()
    _identify(visitor, known)
    visitor.page.wait_for_url("**/konto*")


def _without_refresh(html):
    return re.sub(r'<meta http-equiv="refresh"[^>]*>', "", html)


def test_FA4_FA3_who_says_no_at_the_provider_is_told_so_and_tries_again_in_every_look(visitor, issuer):
    _go_to_provider(visitor, issuer)
    visitor.page.get_by_role("button", name="Deny").click()
    visitor.says(visitor.words("Du loggades inte in", "You were not logged in"))
    visitor.check_accessible()
    visitor.page.get_by_role("link", name=visitor.words("Försök igen", "Try again")).click()
    visitor.page.get_by_role("heading", name=visitor.words("Annan e-legitimation", "Another e-ID")).wait_for()


def test_FA4_C16_the_way_back_works_once_and_in_no_other_browser_in_every_look(visitors, look, issuer, known):
    visitor, other = visitors(look), visitors(look)
    _go_to_provider(visitor, issuer)
    # As by _identify, but the browser does not follow: somebody else has got hold of where it leads.
    answer = visitor.page.request.post(visitor.page.url, form={"sub": known}, max_redirects=0)
    back = answer.headers["location"]
    other.page.goto(back)
    other.says(other.words("Börja om från början, i samma webbläsare", "Start over, in the same browser"))
    other.check_accessible()
    assert "__Host-sid" not in {cookie["name"] for cookie in other.page.context.cookies()}
    visitor.page.goto(back)
    visitor.page.wait_for_url("**/konto*")
    visitor.page.goto(back)
    visitor.says(visitor.words("Börja om från början, i samma webbläsare", "Start over, in the same browser"))
    visitor.check_accessible()

"""The gateway's own pages in a browser: what people meet where the portal is not asked."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.journey

WHITE = "rgb(255, 255, 255)"


def test_C41_a_refusal_of_the_gateway_is_an_accessible_page_that_looks_like_ours(visitor):
    answer = visitor.go("/static/finns-inte")
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    visitor.says("There is no such page" if visitor.look.english else "Sidan finns inte")
    visitor.check_accessible()
    header = visitor.page.locator("header")
    assert header.evaluate("each => getComputedStyle(each).backgroundColor") == WHITE
    assert "Inter" in header.evaluate("each => getComputedStyle(each).fontFamily")
    visitor.page.get_by_role("link", name="To the start page" if visitor.look.english else "Till startsidan").click()
    visitor.page.wait_for_url("**/")


def test_B14_cookies_that_grew_too_large_say_how_to_be_rid_of_them(lived, person):
    grown = [{"name": f"c{each}", "value": "x" * 3900, "url": lived.planner.public_url} for each in range(3)]
    person.page.context.add_cookies(grown)
    assert person.go("/fakturor").status == 431
    person.says("Rensa kakor")
    person.check_accessible()
    person.faults.clear()  # the request for the style carries the same cookies: the page is to be read without it

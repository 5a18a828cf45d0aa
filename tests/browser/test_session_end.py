"""Staying logged in and being logged out: warned, kept, told why; in every look that can."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from tests.browser.test_bankid import scripted

from runner.journey.seed import KARIN, SUMMER_HOUSE

pytestmark = pytest.mark.journey

FORM = "/foretagskonto"
NUMBER = "552000-0018"


def _idle_time_over(lived):
    """That of the session that began last: so it must be one of this test's own."""
    sql = (
        "UPDATE session SET last_seen_at = now() - interval '30 minutes 1 second' WHERE id = "
        "(SELECT id FROM session ORDER BY created_at DESC LIMIT 1) RETURNING id"
    )
    assert lived.query("identity", sql)


def _inside(visitor):
    visitor.log_in(KARIN)
    visitor.page.locator(".choice", has_text=SUMMER_HOUSE).click()
    visitor.page.wait_for_url("**/oversikt")


@scripted
def test_B_03_D20_S17_FA7_FA8_warned_two_minutes_before_stayed_and_the_typed_work_is_kept(visitor):
    _inside(visitor)
    visitor.page.clock.install()
    visitor.go(FORM)
    field = visitor.page.locator("#field-organisation_number")
    field.fill(NUMBER)
    loaded = datetime.fromisoformat(visitor.page.locator("meta[name=session-now]").get_attribute("content"))
    visitor.page.clock.set_system_time(loaded + timedelta(minutes=27, seconds=50))
    dialog = visitor.page.locator("#logout-warning")
    assert not dialog.is_visible()
    visitor.page.clock.set_system_time(loaded + timedelta(minutes=28, seconds=5))
    dialog.wait_for()
    visitor.says(visitor.words("Du loggas snart ut", "You will soon be logged out"))
    assert re.fullmatch(r"1:[45]\d", visitor.page.locator("#logout-countdown").inner_text())
    visitor.check_accessible()
    visitor.page.clock.set_system_time(loaded + timedelta(seconds=5))
    visitor.press(visitor.words("Stanna inloggad", "Stay logged in"))
    dialog.wait_for(state="hidden")
    assert field.input_value() == NUMBER
    visitor.page.reload()
    assert field.input_value() == NUMBER, "kept for this person"


def test_S17_D20_FA7_FA10_who_was_away_too_long_is_told_why_and_comes_back_in_every_look(visitor, lived):
    _inside(visitor)
    visitor.page.locator("[data-session-note]").wait_for()  # until when one is logged in, for who has no script too
    _idle_time_over(lived)
    visitor.go("/fakturor?status=paid")
    assert visitor.path.startswith("/logga-in?next=%2Ffakturor%3Fstatus%3Dpaid")
    visitor.says(visitor.words("Du var inaktiv i 30 minuter", "You were inactive for 30 minutes"))
    visitor.check_accessible()
    visitor.scan(KARIN)
    visitor.page.wait_for_url("**/konto?next=*")
    visitor.page.locator(".choice", has_text=SUMMER_HOUSE).click()
    visitor.page.wait_for_url("**/fakturor?status=paid")


def test_B_03_S17_what_was_sent_after_the_logout_is_shown_to_be_kept_in_every_look(visitor, lived):
    _inside(visitor)
    visitor.go(FORM)
    visitor.page.locator("#field-organisation_number").fill(NUMBER)
    _idle_time_over(lived)
    visitor.press(visitor.words("Skapa företagskonto", "Create a company account"))
    visitor.page.get_by_role(
        "heading", name=visitor.words("Du har loggats ut", "You have been logged out"), level=1
    ).wait_for()
    visitor.says(NUMBER)
    visitor.check_accessible()
    visitor.page.get_by_role("link", name=visitor.words("Logga in igen", "Log in again")).click()
    visitor.page.wait_for_url("**/logga-in?next=*")


def test_C42_S15_FA9_after_logout_the_back_button_shows_nothing_in_every_look(visitor):
    _inside(visitor)
    answer = visitor.go("/fakturor")
    assert answer.headers["cache-control"] == "no-store"
    assert visitor.go("/fakturor/x.css").status == 404
    visitor.go("/fakturor")
    visitor.log_out()
    visitor.page.go_back()
    visitor.page.wait_for_load_state("load")
    assert "/logga-in" in visitor.page.url, "the page comes from the server, which asks who it is"
    assert visitor.page.locator("table").count() == 0

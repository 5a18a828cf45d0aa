"""Where one is logged in, what was done, and in which language: in every look."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.browser.homes import new_home

from runner.journey.gateway_client import until
from runner.journey.seed import EBBA, HOME, KARIN, LINNEA

pytestmark = pytest.mark.journey

LOGINS = "/installningar/inloggningar"
LOG = "/installningar/aktivitet"


def _log_in(visitor):
    visitor.log_in(EBBA)
    if visitor.path.startswith("/registrera"):
        visitor.register()


def _elsewhere(lived, visitors, look):
    """Another browser in which the same person has logged in; the id of its session."""
    citizen = lived.citizen(EBBA)
    citizen.log_in()
    other = visitors(look)
    sid = {"name": "__Host-sid", "value": citizen.browser.cookies["__Host-sid"], "domain": "localhost", "path": "/"}
    other.page.context.add_cookies([sid | {"secure": True, "httpOnly": True, "sameSite": "Lax"}])
    other.go("/konto")
    assert other.path == "/konto"
    return other, citizen.session["session_id"]


def _is_out(other):
    other.go("/konto")
    return other.path.startswith("/logga-in")


def test_B_19_D20_FA11_FA12_other_logins_are_listed_and_ended_and_those_browsers_are_out(visitors, look, lived):
    visitor = visitors(look)
    _log_in(visitor)
    first, first_id = _elsewhere(lived, visitors, look)
    second, _ = _elsewhere(lived, visitors, look)
    visitor.go(LOGINS)
    assert visitor.page.locator(".person", has_text=visitor.words("Den här", "This one")).count() == 1
    assert visitor.page.locator(".person").count() >= 3
    newest = visitor.page.locator("tbody tr").first
    assert visitor.words("Inloggad", "Logged in") in newest.inner_text()
    visitor.check_accessible()
    visitor.page.locator(f"form[action='{LOGINS}/{first_id}/avsluta'] button").click()
    visitor.says(visitor.words("Den inloggningen är avslutad.", "That login has been ended."))
    visitor.check_accessible()
    until("the first to be out", lambda: _is_out(first))  # within a second (C8)
    first.says(first.words("Du har loggats ut", "You have been logged out"))
    assert not _is_out(second)
    visitor.press(visitor.words("Logga ut på alla andra ställen", "Log out everywhere else"))
    visitor.says(visitor.words("Du är utloggad på alla andra ställen.", "You are logged out everywhere else."))
    assert visitor.page.locator(".person").count() == 1
    visitor.check_accessible()
    until("the second to be out", lambda: _is_out(second))
    assert not _is_out(visitor)


def test_FJ6_FC19_the_log_says_what_was_done_by_whom_and_is_filtered_in_every_look(visitor, lived):
    home = new_home(lived, LINNEA)
    visitor.enter(LINNEA, home.customer)
    until("the meter", lambda: visitor.go("/matare") and visitor.page.get_by_text(home.meter).count())
    visitor.go("/matare/avlasningar/ny")
    visitor.page.locator("#field-varde").fill("1130")
    visitor.press(visitor.words("Skicka in", "Send"))
    visitor.says(visitor.words("Tack!", "Thank you!"))
    visitor.go("/installningar")
    visitor.page.get_by_role("link", name=visitor.words("Aktivitetslogg", "Activity log")).first.click()
    visitor.page.wait_for_url(f"**{LOG}")
    rows = visitor.page.locator("#log tbody tr")
    reading = visitor.words("Skickade in en mätarställning", "Submitted a meter reading")
    until(
        "the log of it", lambda: home.street in rows.filter(has_text=reading).first.inner_text() or not visitor.go(LOG)
    )
    assert visitor.words("Du", "You") in rows.filter(has_text=home.street).first.inner_text()
    visitor.check_accessible()
    visitor.page.locator("#field-visa").select_option("konto")
    _show(visitor)
    visitor.page.wait_for_url("**visa=konto*")
    visitor.page.wait_for_function("document.querySelectorAll('#log tbody tr').length < 10")
    assert rows.filter(has_text=reading).count() == 1
    visitor.check_accessible()
    visitor.page.locator("#field-fran").fill(str(date.today() - timedelta(days=9)))
    visitor.page.locator("#field-till").fill(str(date.today() - timedelta(days=8)))
    _show(visitor)
    visitor.says(visitor.words("Det finns inget i loggen för det du har valt.", "There is nothing in the log"))
    visitor.check_accessible()
    assert visitor.go(f"{LOG}?fran=-1").status == 422
    visitor.says(visitor.words("Ange ett datum", "Enter a date"))
    visitor.faults.clear()  # the browser says too that this is no date
    visitor.check_accessible()
    visitor.faults.clear()


def _show(visitor):
    if not visitor.look.script:
        visitor.press(visitor.words("Visa", "Show"))


def test_D27_FJ1_the_language_chosen_in_the_settings_is_that_of_pages_and_notices_in_every_look(visitor, lived):
    visitor.enter(KARIN, HOME)
    visitor.go("/installningar/sprak")
    visitor.check_accessible()
    other, own = visitor.words("English", "Svenska"), visitor.words("Svenska", "English")
    visitor.page.get_by_role("main").get_by_role("button", name=other).click()
    visitor.page.get_by_role("heading", level=1, name=visitor.words("Language", "Språk")).wait_for()
    assert visitor.path == "/installningar/sprak"
    assert visitor.page.locator("html").get_attribute("lang") == visitor.words("en", "sv")
    assert _locale(lived) == visitor.words("en", "sv")
    visitor.go("/fakturor")
    visitor.page.get_by_role("heading", level=1, name=visitor.words("Invoices", "Fakturor")).wait_for()
    visitor.page.get_by_role("banner").get_by_role("button", name=own).click()
    visitor.page.get_by_role("heading", level=1, name=visitor.words("Fakturor", "Invoices")).wait_for()
    assert _locale(lived) == visitor.words("sv", "en")


def _locale(lived):
    """That of whoever was here last."""
    sql = "SELECT locale FROM person WHERE id = (SELECT person_id FROM session ORDER BY last_seen_at DESC LIMIT 1)"
    return lived.query("identity", sql)[0][0]

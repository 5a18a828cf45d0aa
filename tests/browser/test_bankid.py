"""BankID on the login page: the code, the words for each turn, cancelling, the same device; in every look."""

from __future__ import annotations

import re

import pytest
from tests.browser.conftest import LOOKS

from runner.journey.gateway_client import until
from runner.journey.seed import KARIN

pytestmark = pytest.mark.journey

SCRIPTED = tuple(look for look in LOOKS if look.script)
PLAIN = tuple(look for look in LOOKS if not look.script)
scripted = pytest.mark.parametrize("look", SCRIPTED, ids=lambda look: look.name)
plain = pytest.mark.parametrize("look", PLAIN, ids=lambda look: look.name)


def test_T12_FA2_FA3_the_code_changes_and_the_words_follow_bankid_to_a_new_try_in_every_look(visitor):
    visitor.go("/logga-in")
    order = visitor.order()
    code = visitor.page.locator(".qr svg path").last
    first = code.get_attribute("d")
    until("another code", lambda: code.get_attribute("d") != first)
    visitor.says(visitor.words("Starta BankID-appen.", "Start your BankID app."))
    visitor.check_accessible()
    visitor.bankid.pick(order, KARIN)
    visitor.says(
        visitor.words("Skriv in din säkerhetskod i BankID-appen", "Enter your security code in the BankID app")
    )
    visitor.check_accessible()
    visitor.bankid.cancel(order)
    visitor.says(visitor.words("Åtgärden avbröts.", "The action was cancelled."))
    visitor.check_accessible()
    visitor.before = visitor.waiting()
    visitor.press(visitor.words("Försök igen", "Try again"))
    visitor.page.locator(".qr svg").wait_for()
    again = visitor.begun()
    visitor.bankid.pick(again, KARIN)
    visitor.bankid.approve(again)
    visitor.page.wait_for_url("**/konto*")


def test_T12_FA3_a_failed_order_says_why_in_every_look(visitor):
    visitor.go("/logga-in")
    visitor.bankid.fail(visitor.order(), "certificateErr")
    visitor.says(visitor.words("Ditt BankID är för gammalt eller spärrat", "Your BankID is blocked or too old"))
    visitor.check_accessible()


def test_T12_cancelling_ends_the_order_and_says_so_in_every_look(visitor):
    visitor.go("/logga-in?next=%2Ffakturor")
    order = visitor.order()
    visitor.press(visitor.words("Avbryt", "Cancel"))
    visitor.says(visitor.words("Inloggningen avbröts", "The login was cancelled"))
    assert visitor.path.replace("%2F", "/") == "/logga-in?orsak=avbruten&next=/fakturor", "the wanted page is known"
    visitor.check_accessible()
    until("the order to end", lambda: order not in visitor.waiting())


@scripted
def test_T12_leaving_the_page_ends_the_order(visitor):
    visitor.go("/logga-in")
    order = visitor.order()
    visitor.go("/kakor")
    until("the order to end when the page is left", lambda: order not in visitor.waiting())


def _open_app(visitor):
    """Choose this device; the app, which is a page of the simulator, is told who it is. The order."""
    visitor.page.route("**/?autostarttoken=*", lambda route: route.fulfill(status=204))
    visitor.press(visitor.words("BankID på denna enhet", "BankID on this device"))
    opener = visitor.page.get_by_role("link", name=visitor.words("Öppna BankID", "Open BankID"))
    opener.wait_for()
    token = re.search(r"autostarttoken=([0-9a-f-]+)", opener.get_attribute("href"))[1]
    visitor.check_accessible()
    return visitor.bankid.open(token, KARIN)


@scripted
def test_T13_FA1_FA10_bankid_on_this_device_comes_back_to_the_wanted_page(visitor):
    visitor.go("/logga-in?next=%2Ffakturor%3Fstatus%3Dunpaid")
    if not visitor.look.phone:
        visitor.page.locator("#qr svg").wait_for()
    order = _open_app(visitor)
    visitor.bankid.approve(order)
    visitor.says(visitor.words("Gå tillbaka till webbläsaren", "Go back to the browser"))
    visitor.page.goto(visitor.bankid.order(order)["returnUrl"])
    visitor.page.wait_for_url("**/konto?next=*")
    assert "nonce" not in visitor.page.url
    visitor.page.locator(".choice").first.click()
    visitor.page.wait_for_url("**/fakturor?status=unpaid")


@scripted
def test_T13_C16_another_browser_that_gets_the_way_back_is_told_to_start_over(visitors, look):
    began, other = visitors(look), visitors(look)
    began.go("/logga-in")
    order = _open_app(began)
    began.bankid.approve(order)
    other.page.goto(began.bankid.order(order)["returnUrl"])
    other.says(other.words("Börja om från början, i samma webbläsare", "Start over, in the same browser"))
    other.check_accessible()
    assert "__Host-sid" not in {cookie["name"] for cookie in other.page.context.cookies()}
    began.says(began.words("Gå tillbaka till webbläsaren", "Go back to the browser"))
    assert "__Host-sid" not in {cookie["name"] for cookie in began.page.context.cookies()}


def _in_noscript(visitor, swedish, english):
    """Playwright reads no text of ``noscript``, where it is on the page just because there is no script."""
    note = visitor.page.locator("noscript .ds-alert")
    assert note.is_visible()
    assert visitor.words(swedish, english) in note.inner_text()


@plain
def test_T13_FA1_without_script_the_page_says_that_this_device_cannot_and_what_can(visitor):
    visitor.go("/logga-in")
    _in_noscript(visitor, "BankID på denna enhet kräver JavaScript", "BankID on this device needs JavaScript")
    same = visitor.page.get_by_role("button", name=visitor.words("BankID på denna enhet", "BankID on this device"))
    assert same.count() == 0
    visitor.check_accessible()
    visitor.go("/logga-in/retur")
    _in_noscript(visitor, "Det sista steget kräver JavaScript", "The last step needs JavaScript")
    visitor.check_accessible()

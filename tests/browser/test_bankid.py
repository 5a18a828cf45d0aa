"""BankID on the login page: the code, the words for each turn, cancelling, the same device; in every look."""

from __future__ import annotations

import pytest
from tests.browser.conftest import LOOKS, in_app

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


def test_T12_whoever_tries_mina_sidor_out_identifies_by_hand_on_the_simulators_pages(person, lived):
    person.go("/logga-in")
    screen = person.bankid.order(person.order())["screen"]
    telephone = person.page.context.new_page()
    telephone.goto(f"http://localhost:{lived.planner.ports.bankid}/")
    telephone.locator(f"a[href$='{screen}']").click()
    in_app(telephone, KARIN, "Identifiera")
    telephone.get_by_text("Klart. Karin Test Persson har identifierat sig.").wait_for()
    person.page.wait_for_url("**/konto*")


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
    """Choose this device; the app is told who it is. The order."""
    visitor.page.route("**/?autostarttoken=*", lambda route: route.fulfill(status=204))
    visitor.press(visitor.words("BankID på denna enhet", "BankID on this device"))
    order = visitor.open_app(KARIN)
    visitor.check_accessible()
    return order


def _refresh(visitor):
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("link", name=visitor.words("Uppdatera nu", "Refresh now")).click()


def _in_time_it_says(visitor, words):
    """The page that began follows BankID; without script when it is asked to, since it has a link to be pressed."""
    if not visitor.look.script:
        until(words, lambda: visitor.page.get_by_text(words).count() or _refresh(visitor))
    visitor.says(words)
    visitor.check_accessible()


def test_T13_FA1_FA10_bankid_on_this_device_comes_back_to_the_wanted_page_in_every_look(visitor):
    visitor.go("/logga-in?next=%2Ffakturor%3Fstatus%3Dunpaid")
    if visitor.look.script and not visitor.look.phone:
        visitor.page.locator("#qr svg").wait_for()
    order = _open_app(visitor)
    visitor.bankid.approve(order)
    _in_time_it_says(visitor, visitor.words("Gå tillbaka till webbläsaren", "Go back to the browser"))
    visitor.come_back(order)
    visitor.page.wait_for_url("**/konto?next=*")
    assert "nonce" not in visitor.page.url
    visitor.page.locator(".choice").first.click()
    visitor.page.wait_for_url("**/fakturor?status=unpaid")


def test_T13_C16_another_browser_that_gets_the_way_back_is_told_to_start_over_in_every_look(visitors, look):
    began, other = visitors(look), visitors(look)
    began.go("/logga-in")
    order = _open_app(began)
    began.bankid.approve(order)
    other.come_back(order)
    other.says(other.words("Börja om från början, i samma webbläsare", "Start over, in the same browser"))
    other.check_accessible()
    assert "__Host-sid" not in {cookie["name"] for cookie in other.page.context.cookies()}
    _in_time_it_says(began, began.words("Gå tillbaka till webbläsaren", "Go back to the browser"))
    assert "__Host-sid" not in {cookie["name"] for cookie in began.page.context.cookies()}


@plain
def test_T13_FA1_without_script_a_link_opens_the_app_and_a_button_ends_the_login(visitor):
    visitor.go("/logga-in?next=%2Finstallningar")
    visitor.press(visitor.words("BankID på denna enhet", "BankID on this device"))
    visitor.use_app(KARIN)
    visitor.page.wait_for_url("**/konto?next=*")


@plain
def test_T13_without_script_an_app_that_says_no_is_tried_again_on_the_same_device(visitor):
    visitor.go("/logga-in")
    visitor.bankid.cancel(_open_app(visitor))
    _in_time_it_says(visitor, visitor.words("Åtgärden avbröts.", "The action was cancelled."))
    visitor.press(visitor.words("Försök igen", "Try again"))
    visitor.open_app(KARIN)

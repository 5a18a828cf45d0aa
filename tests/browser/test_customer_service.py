"""Customer service: finds a customer, looks when the customer lets it, is seen and sent out; its measures (B-22)."""

from __future__ import annotations

import pytest
from tests.browser.conftest import OPPOSITES
from tests.browser.scene import Crew, supply, unfold

from runner.journey.gateway_client import until
from runner.journey.seed import ASA, ERIK

pytestmark = pytest.mark.journey

WHY = "Kunden ringde om sin faktura"
PAGES = ("/oversikt", "/fakturor", "/kostnader", "/forbrukning", "/behorigheter", "/installningar", "/matare")
WRITES = ("/matare/avlasningar/ny", "/behorigheter/ny")
CONSENT = "/installningar/kundservice"


@pytest.fixture(scope="module")
def crew(lived):
    return Crew(lived)


@pytest.fixture
def client(crew, lived):
    """A customer of Erik's company: the company and its customer number."""
    company, _ = crew.company(ERIK)
    return company, supply(lived, company).removeprefix("VM-")


def _search(desk, number):
    desk.go("/personal/kunder")
    desk.page.locator("#field-number").fill(number)
    desk.page.locator("#field-reason").fill(WHY)
    desk.press(desk.words("Sök", "Search"))
    desk.says(desk.words("1 konto hittades", "1 account was found"))


def _banner(desk, company):
    return desk.page.get_by_text(
        desk.words(f"Du ser {company.name} som kundservice.", f"You see {company.name} as customer service.")
    )


def _looks_around(desk, company, customer_number):
    """Everything to be read, under the banner, and nothing to be sent."""
    for path in PAGES:
        assert desk.go(path).status == 200, path
        assert _banner(desk, company).is_visible(), path
        assert desk.page.locator("main form[method=post]").count() == 0, path
    desk.says(f"VM-{customer_number}")
    desk.check_accessible()
    for path in WRITES:
        assert desk.go(path).status == 403, path
        assert _banner(desk, company).is_visible(), path
    desk.check_accessible()


def test_B_22_FK9_FK10_let_in_for_some_hours_seen_looking_and_sent_out(visitors, look, client):
    company, customer_number = client
    customer, desk = visitors(look), visitors(look)
    desk.arrive(ASA)
    desk.go("/personal/kunder")
    desk.press(desk.words("Sök", "Search"))
    desk.page.locator("#error-number").wait_for()
    desk.check_accessible()
    _search(desk, customer_number)
    desk.says(desk.words("Be kunden att ge kundservice tillgång", "Ask the customer to give customer service access"))
    see = desk.page.get_by_role("button", name=desk.words("Se kontot", "See the account"))
    assert see.count() == 0, "not without the customer's consent"
    desk.check_accessible()

    customer.arrive(ERIK)
    customer.choose(company.name)
    customer.go(CONSENT)
    customer.page.get_by_label(customer.words("Hur länge?", "For how long?")).select_option("4")
    customer.press(customer.words("Låt kundservice titta", "Let customer service look"))
    customer.says(
        customer.words("Kundservice får nu titta på kontot.", "Customer service may now look at the account.")
    )

    _search(desk, customer_number)
    see.click()
    desk.page.wait_for_url("**/oversikt")
    _looks_around(desk, company, customer_number)

    until("the look in the customer's list", lambda: customer.go(CONSENT) and customer.page.get_by_text(WHY).count())
    customer.says("Åsa")
    customer.check_accessible()
    customer.press(customer.words("Avsluta nu", "End now"))
    customer.says(customer.words("Kundservice kan inte längre se kontot.", "Customer service can no longer see the"))
    customer.check_accessible()
    until("the look to be over", lambda: desk.go("/fakturor") and not _banner(desk, company).count())  # C8
    assert company.name not in desk.page.content()
    desk.check_accessible()
    assert desk.go("/personal").status == 200
    assert customer.go("/personal").status == 404


@OPPOSITES
def test_FB12_suspended_the_owner_reads_why_and_is_back_when_it_is_lifted(visitors, look, client):
    company, customer_number = client
    customer, desk = visitors(look), visitors(look)
    customer.arrive(ERIK)
    customer.choose(company.name)
    desk.arrive(ASA)
    _search(desk, customer_number)
    unfold(desk, desk.words("Spärra kontot", "Suspend the account"))
    desk.page.locator("select[name=sparr]").select_option("suspected-misuse")
    desk.page.locator("#note-suspend-1").fill("Ärende 17")
    desk.check_accessible()
    desk.page.locator("form[action='/personal/atgarder/sparr'] button[type=submit]").click()
    desk.says(desk.words("Kontot är spärrat.", "The account has been suspended."))
    desk.check_accessible()
    until("the suspension to hold", lambda: customer.go("/fakturor").status == 403)  # within a second (C8)
    customer.check_accessible()
    customer.go("/konto")
    shut = customer.page.locator("li", has_text=company.name)
    assert shut.get_by_role("button").count() == 0
    assert customer.words("för säkerhets skull", "as a precaution") in shut.inner_text()
    customer.check_accessible()

    unfold(desk, desk.words("Häv spärren", "End the suspension"))
    desk.page.locator("#note-undo-s1").fill("Utrett")
    desk.page.locator("form[action$='/hav'] button[type=submit]").first.click()
    desk.says(desk.words("Spärren är hävd.", "The suspension has been ended."))
    customer.choose(company.name)


@OPPOSITES
def test_FK16_a_wrong_customer_number_is_parted_from_the_account_and_linked_again(visitors, look, client):
    company, customer_number = client
    customer, desk = visitors(look), visitors(look)
    customer.arrive(ERIK)
    customer.choose(company.name)
    meter = customer.page.get_by_text(f"VM-{customer_number}")
    until("the meter", lambda: customer.go("/matare") and meter.count())
    desk.arrive(ASA)
    _search(desk, customer_number)
    unfold(desk, desk.words(f"Fel kundnummer {customer_number}", f"Wrong customer number {customer_number}"))
    desk.page.locator("#note-part-1-1").fill("Numret är en annans")
    desk.check_accessible()
    desk.page.locator("form[action='/personal/atgarder/rattelse'] button[type=submit]").click()
    desk.says(desk.words("Kundnumret är skilt från kontot.", "The number has been parted from the account."))
    desk.check_accessible()
    until("the meter to be gone", lambda: customer.go("/matare") and not meter.count())
    unfold(desk, desk.words("Häv rättelsen", "Lift the correction"))
    desk.page.locator("#note-undo-c1").fill("Det var rätt")
    desk.page.locator("form[action$='/hav'] button[type=submit]").last.click()
    desk.says(desk.words("Rättelsen är hävd.", "The correction has been lifted."))
    until("the meter to be back", lambda: customer.go("/matare") and meter.count())

"""The account of a company: opened by who signs for it alone or with another, refused to everybody else (T21-T32)."""

from __future__ import annotations

import pytest
from tests.browser.scene import account_names, new_company

from runner.journey.seed import ERIK, MARTA, SARA

pytestmark = pytest.mark.journey

OPENED = (
    "Det gick bra att uppdatera organisationen. Nu kan du logga in på ditt företagskonto på Mina sidor.",
    "The organisation has been updated. You can now log in to your company account on My pages.",
)
REFUSED = (
    "Ej tillåtet att göra företagskoppling. Du behöver vara firmatecknare.",
    "You may not link the company. You need to be an authorised signatory.",
)
UNREACHABLE = (
    "Vi kan inte nå Bolagsverket just nu. Inget konto har skapats och inget är avgjort. Försök igen om en stund.",
    "We cannot reach Bolagsverket right now. No account was created and nothing is decided. Try again in a while.",
)


def _ask_for(visitor, number):
    visitor.go("/foretagskonto")
    visitor.page.get_by_label(visitor.words("Organisationsnummer", "Organisation number")).fill(number)
    _send(visitor)


def _send(visitor):
    visitor.press(visitor.words("Skapa företagskonto", "Create a company account"))


def _reads(visitor, texts):
    visitor.page.get_by_role("main").get_by_text(visitor.words(*texts), exact=True).wait_for()


def test_T21_T23_T25_T26_T28_D9_FB1_opened_by_a_signatory_and_by_the_next_without_a_second_account(
    visitors, look, lived
):
    company = new_company(lived, ERIK, SARA, alone=True)
    first, second = visitors(look), visitors(look)
    first.arrive(ERIK)
    first.go("/konto")
    first.page.get_by_role("link", name=first.words("Skapa företagskonto", "Create a company account")).click()
    first.page.wait_for_url("**/foretagskonto")
    first.check_accessible()
    _ask_for(first, company.written)
    _reads(first, OPENED)
    first.check_accessible()
    first.press(first.words("Gå till företagskontot", "Go to the company account"))
    first.page.wait_for_url("**/oversikt")
    assert first.page.locator("#account-name").inner_text() == company.name
    first.check_accessible()
    _ask_for(first, company.number)
    _reads(first, OPENED)
    assert account_names(first).count(company.name) == 1, "linked twice, opened once"

    second.arrive(SARA)
    assert company.name not in account_names(second)
    _ask_for(second, company.number)
    _reads(second, OPENED)
    second.choose(company.name)
    first.go("/behorigheter")
    people = first.page.locator(".person-name").all_inner_texts()
    assert len(people) == 2, people


def test_T30_T31_T32_C30_refused_with_the_exact_text_and_the_ways_that_are_left(visitor, lived):
    company = new_company(lived, SARA)
    visitor.arrive(MARTA)
    _ask_for(visitor, company.written)
    _reads(visitor, REFUSED)
    main = visitor.page.get_by_role("main")
    assert main.get_by_role("heading", name=visitor.words("Kontakta kundservice", "Contact customer service")).count()
    assert main.locator("a[href^='mailto:']").count()
    assert main.locator("a[href^='tel:']").count()
    assert main.locator("a[href='/fullmakt']").count()
    visitor.check_accessible()
    assert company.name not in account_names(visitor), "T30: nothing has been created"


def test_B_06_D10_FB7_two_who_sign_together_each_confirm_in_their_own_browser(visitors, look, lived):
    company = new_company(lived, ERIK, SARA)
    first, second = visitors(look), visitors(look)
    first.arrive(ERIK)
    _ask_for(first, company.written)
    first.says(first.words("Vi väntar på en firmatecknare till", "We are waiting for one more signatory"))
    first.says(first.words("Du har bekräftat", "You have confirmed"))
    first.check_accessible()
    assert company.name not in first.page.content(), "until then nothing is shown"
    assert company.name not in account_names(first)

    second.arrive(SARA)
    _ask_for(second, company.written)
    _reads(second, OPENED)
    second.choose(company.name)
    first.choose(company.name)
    assert first.page.locator("#account-name").inner_text() == company.name


def test_D11_a_register_that_is_down_is_no_refusal_and_the_number_stays_in_the_form(visitor, lived):
    company = new_company(lived, ERIK)
    lived.world.bolagsverket.take_down(company.number)
    visitor.arrive(ERIK)
    _ask_for(visitor, company.written)
    _reads(visitor, UNREACHABLE)
    assert visitor.words(*REFUSED) not in visitor.page.content()
    visitor.check_accessible()
    field = visitor.page.get_by_label(visitor.words("Organisationsnummer", "Organisation number"))
    assert field.input_value() == company.written
    lived.world.bolagsverket.take_down(company.number, down=False)
    _send(visitor)
    _reads(visitor, OPENED)

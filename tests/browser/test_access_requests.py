"""Asking to be let in to an account, and answering who asks (FC16), as both see it, in every look."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from tests.browser.homes import new_home
from tests.browser.scene import (
    Crew,
    account_names,
    mailed_link,
    run_job,
    supply,
    unfold,
    unused_number,
)

from runner.journey.seed import ERIK, LINNEA, SARA
from sim_bankid.persons import PERSONS

pytestmark = pytest.mark.journey

ASK = "/be-om-behorighet"
ASKER = PERSONS[SARA].name
MESSAGE = "Jag sköter fakturorna från och med i dag. <b>Sara</b>"


@pytest.fixture(scope="module")
def crew(lived):
    return Crew(lived)


@pytest.fixture(autouse=True)
def _two_days_have_passed(lived):
    """Five requests a day are one person's (C44): those of the tests before this one are forgotten."""
    lived.query("org-registry", "UPDATE access_request SET created_at = created_at - interval '2 days' RETURNING id")


def _ask(asker, number, *, household=False, message=""):
    asker.go(ASK)
    if household:
        asker.page.get_by_label(asker.words("Ett hushåll", "A household")).check()
    asker.page.locator("#field-number").fill(number)
    asker.page.locator("#field-message").fill(message)
    asker.press(asker.words("Skicka förfrågan", "Send the request"))


def _sent(asker):
    asker.says(asker.words("Din förfrågan är skickad.", "Your request is sent."))


def _first(asker, count):
    """The newest of the asker's requests."""
    return asker.page.locator(".person").all()[:count]


def _sought(lived):
    """Whose numbers they are is looked up after the answer, by a job."""
    run_job(lived, "org-registry", "see-to-access-requests")


def _limits(owner, last_day):
    owner.page.get_by_label(owner.words("Bara se", "Only look")).check()
    owner.page.get_by_label(owner.words("Vatten", "Water")).check()
    owner.page.locator("#field-ends_on").fill(str(last_day))
    owner.press(owner.words("Ge behörighet", "Give access"))


def test_FC16_T18_C30_asked_from_the_choice_of_accounts_and_once_for_a_number(visitor, crew):
    company, _ = crew.company(ERIK)
    visitor.arrive(SARA)
    visitor.go("/konto")
    way = visitor.words("Be om behörighet till ett konto", "Ask for access to an account")
    visitor.page.get_by_role("link", name=way).click()
    visitor.page.wait_for_url(f"**{ASK}")
    visitor.check_accessible()
    _ask(visitor, "", message=MESSAGE)
    visitor.page.locator("#error-number").wait_for()
    assert visitor.page.locator("#field-message").input_value() == MESSAGE, "what was written is kept"
    visitor.check_accessible()
    _ask(visitor, company.written, message=MESSAGE)
    _sent(visitor)
    assert visitor.words("Ingen har svarat än.", "Nobody has answered yet.") in _first(visitor, 1)[0].inner_text()
    visitor.check_accessible()
    for told in (company.name, company.number, company.written):
        assert told not in visitor.page.content()
    _ask(visitor, company.number)
    visitor.says(visitor.words("Du har redan frågat", "You have already asked"))
    visitor.check_accessible()


def test_FC16_D5_D22_D26_B_07_who_asks_is_let_in_to_what_the_holder_chooses(visitors, look, lived, crew):
    company, _ = crew.company(ERIK)
    meter = supply(lived, company)
    asker, owner = visitors(look), visitors(look)
    mark = lived.world.postbox.mark()
    asker.arrive(SARA)
    _ask(asker, company.number, message=MESSAGE)
    _sent(asker)
    _sought(lived)

    link = mailed_link(lived, "erik@exempel.se", mark, "/behorigheter/forfragningar/")
    owner.arrive(ERIK)
    owner.choose(company.name)
    owner.go("/behorigheter")
    owner.check_accessible()
    owner.page.get_by_role("link", name=owner.words("Se förfrågan från", "See the request from") + f" {ASKER}").click()
    assert owner.page.url.partition("?")[0] == link.partition("?")[0]
    owner.says(MESSAGE)
    owner.check_accessible()
    _limits(owner, date.today() - timedelta(days=1))
    owner.page.locator(".ds-error-summary").wait_for()
    assert owner.page.get_by_label(owner.words("Bara se", "Only look")).is_checked(), "what was chosen is kept"
    owner.check_accessible()
    _limits(owner, date.today() + timedelta(days=40))
    owner.says(owner.words("Personen har fått behörighet", "The person has been given access"))
    owner.says(owner.words("Bara se, bara vatten", "Only look, only water"))
    owner.check_accessible()

    mail = lived.world.postbox.wait_for_mail("sara@exempel.se", "godkänd", since=mark, timeout=20)
    assert company.name not in mail["subject"] + mail["text"]
    asker.go(ASK)
    assert (
        asker.words("Kontot finns bland dina konton.", "The account is among your") in _first(asker, 1)[0].inner_text()
    )
    asker.check_accessible()
    asker.choose(company.name)
    asker.go("/matare")
    asker.says(meter)
    asker.says(asker.words("Läsbehörighet", "Read only"))
    assert asker.go("/behorigheter/ny").status == 403


def test_FC16_C30_D22_a_number_that_is_nobodys_looks_alike_and_what_is_taken_back_is_gone(visitors, look, lived, crew):
    company, _ = crew.company(ERIK)
    asker, owner = visitors(look), visitors(look)
    asker.arrive(SARA)
    for number in (unused_number("5521", set()), company.number):
        _ask(asker, number)
        _sent(asker)
    _sought(lived)
    asker.go(ASK)
    shown = [re.sub(r"[\d*:-]+", "0", row.inner_text()) for row in _first(asker, 2)]
    assert shown[0] == shown[1]
    actions = [row.locator("form").get_attribute("action") for row in _first(asker, 2)]
    _first(asker, 1)[0].get_by_role("button").click()
    asker.says(asker.words("Din förfrågan är tillbakatagen.", "Your request has been taken back."))
    assert asker.words("Tillbakatagen", "Taken back") in _first(asker, 1)[0].inner_text()
    assert _first(asker, 1)[0].get_by_role("button").count() == 0
    asker.check_accessible()
    _first(asker, 2)[1].get_by_role("button").click()
    asker.says(asker.words("Din förfrågan är tillbakatagen.", "Your request has been taken back."))

    owner.arrive(ERIK)
    owner.choose(company.name)
    owner.go("/behorigheter")
    assert ASKER not in owner.page.locator("main").inner_text()
    for action in actions:
        owner.go(f"/behorigheter/forfragningar/{action.split('/')[2]}")
        assert owner.path == "/behorigheter"
        owner.says(owner.words("Förfrågan finns inte kvar.", "The request is no longer there."))
        owner.check_accessible()


def test_FC16_T52_C28_the_holder_of_a_home_denies_and_the_asker_is_told(visitors, look, lived):
    home = new_home(lived, LINNEA)
    asker, owner = visitors(look), visitors(look)
    owner.arrive(LINNEA)
    owner.choose(home.customer)
    mark = lived.world.postbox.mark()
    asker.arrive(SARA)
    _ask(asker, home.customer, household=True, message=MESSAGE)
    _sent(asker)
    asker.check_accessible()
    _sought(lived)

    owner.go("/behorigheter")
    owner.page.get_by_role("link", name=ASKER).click()
    unfold(owner, owner.words("Neka", "Deny"))
    owner.says(owner.words(f"Neka {ASKER}?", f"Deny {ASKER}?"))
    owner.check_accessible()
    owner.press(owner.words("Ja, neka", "Yes, deny"))
    owner.says(owner.words("Personen är nekad", "The person is denied"))
    assert owner.page.get_by_role("link", name=ASKER).count() == 0
    owner.check_accessible()

    lived.world.postbox.wait_for_mail("sara@exempel.se", "inte fått behörighet", since=mark, timeout=20)
    asker.go(ASK)
    assert asker.words("Nekad", "Denied") in _first(asker, 1)[0].inner_text()
    asker.check_accessible()
    _ask(asker, home.customer, household=True)
    asker.says(asker.words("Du har fått nej", "You were denied"))
    asker.check_accessible()
    assert home.street not in account_names(asker)

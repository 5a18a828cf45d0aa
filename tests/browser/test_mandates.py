"""Letting in exactly whom one means, and signing it, in a browser (FC2, FC14)."""

from __future__ import annotations

import pytest
from tests.browser.conftest import OPPOSITES
from tests.browser.scene import Crew, mailed_link, open_link

from runner.journey.gateway_client import until
from runner.journey.seed import ERIK, KARIN, MARTA
from sim_bankid.persons import PERSONS

pytestmark = pytest.mark.journey

WRITTEN = f"{MARTA[:8]}-{MARTA[8:]}"


@pytest.fixture(scope="module")
def crew(lived):
    return Crew(lived)


def _invite(owner, address):
    owner.go("/behorigheter/ny")
    number = owner.page.get_by_label(owner.words("Personnummer", "Personal identity number"))
    email = owner.page.get_by_label(owner.words("Mejladress till den du vill bjuda in", "E-mail address of the person"))
    email.fill(address)
    number.fill(f"{WRITTEN[:-1]}{(int(WRITTEN[-1]) + 1) % 10}")
    owner.press(owner.words("Skicka", "Send"))
    owner.page.locator(".ds-error-summary a[href='#field-personal_number']").wait_for()
    owner.check_accessible()
    number.fill(WRITTEN)
    if owner.look.script:
        kept = owner.page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
        assert WRITTEN[-4:] not in kept, "the browser keeps no number"
        email.fill(address.upper())
        assert address.upper() in owner.page.evaluate("JSON.stringify({...sessionStorage})"), "it keeps the rest"
    owner.press(owner.words("Skicka", "Send"))
    owner.says(owner.words("Inbjudan är skickad.", "The invitation has been sent."))
    owner.says(owner.words("Bunden till personnummer", "Bound to a personal number"))
    owner.check_accessible()


def _refused(other, link):
    open_link(other, link)
    other.press(other.words("Acceptera inbjudan", "Accept the invitation"))
    other.says(other.words("Inbjudan är till någon annan", "The invitation is for somebody else"))
    other.check_accessible()
    other.page.get_by_role("link", name=other.words("Tillbaka till inbjudan", "Back to the invitation")).click()
    other.says(other.words("Du är inbjuden", "You are invited"))


def _sign(owner):
    owner.press(owner.words("Godkänn och skriv under med BankID", "Approve and sign with BankID"))
    owner.page.wait_for_url("**/skriv-under/*")
    owner.page.locator(".sign-text strong", has_text=PERSONS[MARTA].name).wait_for()
    owner.check_accessible()
    owner.before = owner.waiting()
    owner.press(owner.words("Visa QR-kod", "Show the QR code"))
    owner.page.locator(".qr svg").wait_for()
    owner.identify(ERIK)


@OPPOSITES
def test_FC2_FC14_D5_C12_bound_refused_to_another_signed_and_back_at_the_invitation(visitors, look, lived, crew):
    company, account_id = crew.company(ERIK)
    owner, other = visitors(look), visitors(look)
    mark = lived.world.postbox.mark()
    address = f"menad-{mark}@exempel.se"
    owner.arrive(ERIK)
    owner.choose(company.name)
    _invite(owner, address)
    link = mailed_link(lived, address, mark)
    other.arrive(KARIN)
    _refused(other, link)

    crew.accept(MARTA, link)
    page = mailed_link(lived, "erik@exempel.se", mark, "/behorigheter/inbjudningar/")
    owner.page.goto(page)
    owner.says(owner.words("BankID har bekräftat att det är personen", "BankID has verified that it is the person"))
    owner.check_accessible()
    _sign(owner)
    owner.page.wait_for_url("**/behorigheter/inbjudningar/*")
    owner.check_accessible()
    until("the access", lambda: account_id in {row["id"] for row in crew[MARTA].accounts()["items"]})
    owner.page.goto(page)
    owner.says(owner.words("Underskriven med BankID", "Signed with BankID"))
    owner.check_accessible()

"""Access to an account, as the people do it: invited, accepted, approved, used and taken away (T41-T56)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.browser.scene import Crew, mailed_link, open_link, supply

from runner.journey.gateway_client import until
from runner.journey.seed import ERIK, MARTA
from sim_bankid.persons import PERSONS

pytestmark = pytest.mark.journey

GUEST = PERSONS[MARTA].name
READ = ("/oversikt", "/fakturor", "/forbrukning", "/behorigheter", "/installningar/kundservice", "/matare")
WRITES = ("/matare/avlasningar/ny", "/behorigheter/ny")


@pytest.fixture(scope="module")
def crew(lived):
    return Crew(lived)


def _invite(owner, address, last_day):
    owner.go("/behorigheter")
    owner.page.get_by_role("link", name=owner.words("Dela ut ny behörighet", "Give somebody access")).click()
    owner.check_accessible()
    label = owner.words("Mejladress till den du vill bjuda in", "E-mail address of the person to invite")
    owner.page.get_by_label(label).fill(address)
    owner.page.get_by_label(owner.words("Bara se", "Only look")).check()
    owner.page.get_by_label(owner.words("Vatten", "Water")).check()
    owner.page.get_by_label(owner.words("Sista dag för behörigheten", "Last day of the access")).fill(str(last_day))
    owner.press(owner.words("Skicka", "Send"))
    owner.says(owner.words("Inbjudan är skickad. Den gäller i 72 timmar.", "The invitation has been sent. It is valid"))
    owner.check_accessible()


def _accept(guest, link):
    open_link(guest, link)
    guest.says(guest.words("Du är inbjuden", "You are invited"))
    guest.check_accessible()
    guest.page.get_by_role("link", name=guest.words("Logga in och fortsätt", "Log in and go on")).click()
    guest.scan(MARTA)
    guest.page.wait_for_url(lambda here: "/logga-in" not in here)
    if guest.path.startswith("/registrera"):
        guest.register()
    guest.says(guest.words(f"Du är inloggad som {GUEST}.", f"You are logged in as {GUEST}."))
    guest.check_accessible()
    guest.press(guest.words("Acceptera inbjudan", "Accept the invitation"))
    guest.says(guest.words("Tack, du har accepterat", "Thank you, you have accepted"))
    guest.check_accessible()


def _approve(owner, decide):
    owner.page.goto(decide)
    owner.says(GUEST)
    owner.says(owner.words("Namn enligt BankID", "Name according to BankID"))
    owner.says(owner.words("Bara se, bara vatten", "Only look, only water"))
    owner.check_accessible()
    owner.press(owner.words("Godkänn", "Approve"))
    owner.says(owner.words("Personen är godkänd", "The person is approved"))


def _looks_around(guest, meter):
    """Water and reading, and nothing more."""
    for path in READ:
        assert guest.go(path).status == 200, path
        assert guest.page.locator("main form[method=post]").count() == 0, path
        assert not [way for way in WRITES if guest.page.locator(f"main a[href='{way}']").count()], path
        guest.says(guest.words("Läsbehörighet", "Read only"))
    guest.says(meter)
    guest.check_accessible()
    for path in WRITES:
        assert guest.go(path).status == 403, path
    guest.check_accessible()


def test_T41_T44_T47_T51_T52_T53_T54_T55_T56_C12_FC1_B_07_invited_approved_limited_and_removed(
    visitors, look, lived, crew
):
    company, _ = crew.company(ERIK)
    meter = supply(lived, company)
    owner, guest = visitors(look), visitors(look)
    asked: list[str] = []
    guest.page.on("request", lambda request: asked.append(request.url))
    mark = lived.world.postbox.mark()
    address, last_day = f"gast-{mark}@exempel.se", date.today() + timedelta(days=40)

    owner.arrive(ERIK)
    owner.choose(company.name)
    _invite(owner, address, last_day)
    link = mailed_link(lived, address, mark)
    _accept(guest, link)
    assert not [url for url in asked if link.partition("#")[2] in url], "the secret is in no address"
    _approve(owner, mailed_link(lived, "erik@exempel.se", mark, "/behorigheter/inbjudningar/"))
    remove = owner.page.get_by_role("link", name=owner.words(f"Ta bort behörigheten för {GUEST}", f"of {GUEST}"))
    until("the access to be given", lambda: owner.go("/behorigheter") and remove.count() == 1)
    mailed_link(lived, address, mark, "konto=")

    guest.choose(company.name)
    _looks_around(guest, meter)

    remove.click()
    owner.page.get_by_label(owner.words("Varför?", "Why?")).fill("Provet är slut")
    owner.check_accessible()
    owner.press(owner.words("Ta bort", "Remove"))
    owner.says(owner.words("Behörigheten är borttagen.", "The access has been removed."))
    assert remove.count() == 0
    until("the guest to be out", lambda: guest.go("/fakturor") and guest.path.startswith("/konto"))  # C8
    assert company.name not in guest.page.content()
    guest.check_accessible()
    open_link(guest, link)
    guest.says(guest.words("Inbjudan är redan använd", "The invitation is already used"))
    guest.check_accessible()

"""The link to one shared invoice (FC22): for whom it opens, for whom not, and what they read then."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests.browser.conftest import OPPOSITES
from tests.browser.homes import new_home
from tests.browser.scene import Crew, mailed_link

from runner.journey.gateway_client import until
from runner.journey.seed import LINNEA, MARTA
from sim_bankid.persons import PERSONS

pytestmark = pytest.mark.journey

MOA = "201001192382"
"""Whom the invoice is shared with; Märta is nobody in this."""
FIRST = PERSONS[MOA].name
OVER = ("Fakturan delades för en viss tid", "The invoice was shared for some time")


@dataclass(frozen=True)
class Shared:
    """An invoice that Linnéa has shared."""

    home: str
    """Its customer number: the account to choose."""
    path: str
    number: str
    link: str


@pytest.fixture(scope="module")
def crew(lived):
    return Crew(lived)


@pytest.fixture
def shared(lived, crew):
    """An invoice of a new home, and the link of the mail that went to a new address."""
    home = new_home(lived, LINNEA)
    number = home.bill(days_ago=20)["invoice_number"]
    linnea = crew[LINNEA]
    accounts = until("the account", lambda: [r for r in linnea.accounts()["items"] if home.customer in str(r)])
    linnea.choose(accounts[0]["id"])
    invoice = until("the invoice", lambda: linnea.browser.get("/billing/v1/invoices")["items"])[0]
    mark = lived.world.postbox.mark()
    address = f"lank-{mark}@exempel.se"
    linnea.browser.post(f"/billing/v1/invoices/{invoice['id']}/shares", {"email": address, "days": 3})
    link = mailed_link(lived, address, mark, "/delad-faktura#")
    return Shared(home.customer, f"/fakturor/{invoice['id']}", number, link)


def _open(reader, link):
    """Open the mail's link; without script one pastes it."""
    reader.page.goto("about:blank")
    reader.page.goto(link)
    if not reader.look.script:
        reader.page.get_by_label(reader.words("Länken i mejlet", "The link in the e-mail")).fill(link)
        reader.press(reader.words("Öppna länken", "Open the link"))
    reader.page.wait_for_url("**/delad-faktura/svar")


def _read(reader, number):
    """The page with the invoice, as whom it is shared with sees it."""
    reader.press(reader.words("Öppna fakturan", "Open the invoice"))
    reader.page.wait_for_url("**/delade-fakturor/*")
    assert number in reader.page.locator("h1").inner_text()


def test_FC22_C9_C11_C12_the_link_is_for_the_first_who_opens_it_and_shows_one_invoice(visitors, look, shared):
    first, second = visitors(look), visitors(look)
    second.arrive(MARTA)
    _open(second, shared.link)
    second.says(second.words("Den som delade fakturan ser ditt namn", "Whoever shared the invoice sees your name"))
    first.arrive(MOA)
    _open(first, shared.link)
    _read(first, shared.number)
    shown = first.path
    assert first.page.locator("main form[method=post]").count() == 0
    assert shared.home not in first.page.locator("main").inner_text()
    first.go(shared.path)
    assert shared.number not in first.page.content(), "it is no account's invoice for her"

    second.press(second.words("Öppna fakturan", "Open the invoice"))
    second.says(second.words("Någon annan har öppnat länken", "Somebody else has opened the link"))
    assert FIRST not in second.page.content(), "and not who it was"
    second.check_accessible()
    assert second.go(shown).status == 404
    second.check_accessible()
    second.go("/delade-fakturor")
    assert shared.number not in second.page.content()
    _open(first, shared.link)
    _read(first, shared.number)
    assert first.path == shown, "the own link opens again"


def test_FC22_T8_C9_an_own_link_another_secret_and_half_a_link_are_explained(visitor, shared):
    visitor.arrive(LINNEA)
    visitor.choose(shared.home)
    visitor.go(shared.path)
    assert visitor.page.locator(".person").count() == 1
    visitor.says(visitor.words("Inte öppnad", "Not opened"))
    _open(visitor, shared.link)
    visitor.press(visitor.words("Öppna fakturan", "Open the invoice"))
    visitor.says(visitor.words("Det är du som har delat fakturan", "It was you who shared the invoice"))
    visitor.check_accessible()
    _open(visitor, shared.link[:-8] + "AAAAAAAA")
    visitor.press(visitor.words("Öppna fakturan", "Open the invoice"))
    visitor.says(visitor.words("Den delade fakturan finns inte", "The shared invoice does not exist"))
    visitor.check_accessible()
    visitor.page.get_by_role("link", name=visitor.words("Öppna en annan länk", "Open another link")).click()
    half = shared.link.partition("#")[0]
    visitor.page.get_by_label(visitor.words("Länken i mejlet", "The link in the e-mail")).fill(half)
    visitor.press(visitor.words("Öppna länken", "Open the link"))
    visitor.says(visitor.words("Det är inte hela länken.", "That is not the whole link."))
    visitor.check_accessible()


@OPPOSITES
def test_FC22_T8_when_the_time_is_over_both_are_told_and_nothing_is_shown(visitors, look, lived, shared):
    reader, owner = visitors(look), visitors(look)
    reader.arrive(MOA)
    _open(reader, shared.link)
    _read(reader, shared.number)
    here = reader.path
    past = "created_at - interval '3 days', expires_at = expires_at - interval '3 days' WHERE id = %s RETURNING 1"
    assert lived.query("billing", f"UPDATE invoice_share SET created_at = {past}", here.rsplit("/", 1)[1])  # noqa: S608
    assert reader.go(here).status == 410
    reader.says(reader.words(*OVER))
    reader.check_accessible()
    reader.go("/delade-fakturor")
    assert shared.number not in reader.page.content()
    reader.check_accessible()

    owner.arrive(LINNEA)
    owner.choose(shared.home)
    owner.go(shared.path)
    row = owner.page.locator(".person")
    row.get_by_text(owner.words("Utgången", "Expired"), exact=True).wait_for()
    row.get_by_text(FIRST).wait_for()
    assert row.get_by_role("button").count() == 0, "there is nothing left to end"
    owner.check_accessible()

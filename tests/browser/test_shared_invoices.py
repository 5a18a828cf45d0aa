"""One invoice shared with somebody who is no customer (FC22), as both see it, in every look."""

from __future__ import annotations

import pytest
from tests.browser.conftest import Visitor
from tests.browser.scene import mailed_link
from tests.conftest import Suite

from runner.journey.seed import HOME, KARIN

pytestmark = pytest.mark.journey

STRANGER = "201001192382"
"""Has a BankID, and nothing at all here."""
ANSWER = "**/delad-faktura/svar"


def test_FC22_D27_the_owner_shares_it_the_other_opens_it_and_she_ends_it_in_every_look(visitors, look, lived):
    owner, reader = visitors(look), visitors(look)
    owner.enter(KARIN, HOME)
    owner.go("/fakturor")
    owner.page.locator("main table a").first.click()
    owner.page.wait_for_url("**/fakturor/*-*")
    owner.check_accessible()
    number = owner.page.locator("h1").inner_text().split()[-1]
    link = share(owner, lived)

    follow(reader, link, lived)
    reader.press(reader.words("Öppna fakturan", "Open the invoice"))
    reader.page.wait_for_url("**/delade-fakturor/*")
    assert number in reader.page.locator("h1").inner_text()
    reader.check_accessible()
    shown = reader.path
    reader.page.get_by_role("link", name=reader.words("Delade med dig", "Shared with you")).first.click()
    reader.page.get_by_role("link", name=number).first.wait_for()
    reader.check_accessible()

    owner.page.reload()
    newest = owner.page.locator(".person").first
    newest.get_by_text(owner.words("Öppnad", "Opened"), exact=True).wait_for()
    newest.get_by_text("Moa Test Björk").wait_for()
    owner.check_accessible()
    newest.get_by_role("button", name=owner.words("Sluta dela", "Stop sharing")).click()
    owner.says(owner.words("Fakturan delas inte längre.", "The invoice is not shared any more."))
    owner.check_accessible()
    assert reader.go(shown).status == 410
    reader.says(reader.words("Fakturan delas inte längre", "The invoice is not shared any more"))
    reader.check_accessible()


def share(owner: Visitor, lived: Suite) -> str:
    """On the invoice's page: share it, at the second try; returns the link of the mail."""
    mark = lived.world.postbox.mark()
    address = f"lasare-{mark}@exempel.se"
    owner.page.locator("#field-email").fill(address)
    owner.page.locator("#field-days").fill("0")
    owner.press(owner.words("Dela fakturan", "Share the invoice"))
    owner.says(owner.words("Ange ett antal dygn från 1 till 90.", "Give a number of days from 1 to 90."))
    owner.check_accessible()
    owner.page.locator("#field-days").fill("3")
    owner.press(owner.words("Dela fakturan", "Share the invoice"))
    owner.says(owner.words("Fakturan är delad.", "The invoice is shared."))
    owner.check_accessible()
    return mailed_link(lived, address, mark, "/delad-faktura#")


def follow(reader: Visitor, link: str, lived: Suite) -> None:
    """Open the mail's link, log in for the first time, and be back where the link led."""
    reader.go("/delad-faktura")
    reader.check_accessible()
    reader.page.goto("about:blank")  # another fragment alone would open nothing
    reader.page.goto(link)
    if not reader.look.script:
        reader.page.locator("#field-link").fill(link)
        reader.press(reader.words("Öppna länken", "Open the link"))
    reader.page.wait_for_url(ANSWER)
    reader.says(reader.words("Du behöver inte vara kund.", "You need not be a customer."))
    reader.check_accessible()
    reader.before = reader.waiting()
    reader.page.get_by_role("link", name=reader.words("Logga in och fortsätt", "Log in and go on")).click()
    reader.scan(STRANGER)
    reader.page.wait_for_url(lambda at: "/logga-in" not in at)
    if reader.path.startswith("/registrera"):  # T14, and then back
        reader.register()
    reader.page.wait_for_url(ANSWER)
    reader.check_accessible()

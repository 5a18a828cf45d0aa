"""Every page behind the login, in every look, checked by axe; nothing is wider than a phone."""

from __future__ import annotations

import pytest

from runner.journey.seed import ASA, HOME, KARIN
from runner.pictures import INSIDE

pytestmark = pytest.mark.journey

LISTS = {"/fakturor": "/fakturor/", "/matare": "/matare/avlasningar/"}
"""Lists whose rows lead to pages of their own."""
STAFF_PAGES = ("/personal", "/personal/fullmakter", "/personal/fullmakter/ny", "/personal/kunder")


def test_S18_D27_FA12_every_page_behind_the_login_is_accessible_in_every_look(visitor):
    visitor.enter(KARIN, HOME)
    found = list(INSIDE)
    for path, row in LISTS.items():
        visitor.go(path)
        links = visitor.page.locator(f"main a[href^='{row}']").evaluate_all("all => all.map(a => a.pathname)")
        found += [link for link in dict.fromkeys(links) if not link.endswith("/ny")][:1]
    assert len(found) == len(INSIDE) + len(LISTS)
    for path in found:
        assert visitor.go(path).status == 200, path
        visitor.check_accessible()


def test_S18_the_pages_of_customer_service_are_accessible(person):
    person.log_in(ASA)
    if person.path.startswith("/registrera"):
        person.register()
    for path in STAFF_PAGES:
        assert person.go(path).status == 200, path
        person.check_accessible()


def test_S18_the_menu_of_a_phone_opens_and_closes_and_stands_open_without_script(visitor):
    visitor.enter(KARIN, HOME)
    link = (
        visitor.page.get_by_role("navigation")
        .get_by_role("link", name="Fakturor")
        .or_(visitor.page.get_by_role("navigation").get_by_role("link", name="Invoices"))
    )
    if visitor.look.phone and visitor.look.script:
        assert not link.first.is_visible()
        visitor.press("Menu" if visitor.look.english else "Meny")
        visitor.check_accessible()
    link.first.click()
    visitor.page.wait_for_url("**/fakturor")

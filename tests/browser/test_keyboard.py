"""Everything by the keyboard alone, in every look: from the start page to an invoice and out again."""

from __future__ import annotations

import re

import pytest

from runner.journey.seed import HOME, KARIN

pytestmark = pytest.mark.journey

MOST_TABS = 80
SEEN = """wanted => {
  const here = document.activeElement;
  if (!here.matches(wanted)) return null;
  const box = here.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height, 20) / 2);
  return {
    ring: getComputedStyle(here).outlineStyle !== "none" || getComputedStyle(here).boxShadow !== "none",
    inside: box.top >= 0 && box.left >= 0 && box.top < innerHeight && box.right <= innerWidth + 1 && box.width > 0,
    uncovered: here === top || here.contains(top),
  };
}"""


def _tab_to(visitor, selector):
    """Press Tab until the focus is there; it is marked, in the window and covered by nothing (2.4.7, 2.4.11)."""
    for _ in range(MOST_TABS):
        visitor.page.keyboard.press("Tab")
        seen = visitor.page.evaluate(SEEN, selector)
        if seen is not None:
            assert seen == {"ring": True, "inside": True, "uncovered": True}, selector
            return
    pytest.fail(f"the keyboard does not reach {selector}")


def _press(visitor, selector, key="Enter"):
    _tab_to(visitor, selector)
    visitor.page.keyboard.press(key)


def test_S18_T10_T12_T20_T57_T58_S15_from_start_to_an_invoice_and_out_with_the_keyboard_alone(visitor):
    page = visitor.page
    visitor.go("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main", "the way past the header is first"
    _press(visitor, "header a[href='/logga-in']")
    page.wait_for_url("**/logga-in")
    if not visitor.look.script or visitor.look.phone:
        _press(visitor, "#login-other button")
    page.locator(".qr svg").wait_for()
    visitor.identify(KARIN)
    page.wait_for_url("**/konto*")
    choice = page.locator(".choice", has_text=HOME).get_attribute("value")
    _press(visitor, f".choice[value='{choice}']")
    page.wait_for_url("**/oversikt")
    if visitor.look.phone and visitor.look.script:
        _press(visitor, "[data-menu]")
        assert page.locator("[data-menu]").get_attribute("aria-expanded") == "true"
        _tab_to(visitor, "#menu-list a[href='/fakturor']")
        page.keyboard.press("Enter")
    else:
        _press(visitor, "#menu-list a[href='/fakturor']")
    page.wait_for_url("**/fakturor")
    _press(visitor, "#invoice-list tbody a")
    page.wait_for_url(re.compile(r"/fakturor/[0-9a-f-]{36}$"))
    _press(visitor, "main .back-link")
    page.wait_for_url("**/fakturor")
    _press(visitor, "form[action='/logga-ut'] button", "Space")
    page.wait_for_url("**/logga-ut")
    visitor.says(visitor.words("Du är utloggad", "You are logged out"))


def test_S18_the_list_of_what_is_wrong_leads_to_the_field_with_the_keyboard_alone(visitor):
    visitor.enter(KARIN, HOME)
    visitor.go("/matare/avlasningar/ny")
    _tab_to(visitor, "#field-varde")
    visitor.page.keyboard.type("12,5")
    visitor.page.keyboard.press("Enter")
    visitor.page.locator("#error-varde").wait_for()
    _press(visitor, ".ds-error-summary a[href='#field-varde']")
    if visitor.look.script:
        visitor.page.wait_for_function("document.activeElement.id === 'field-varde'")
    else:  # the browser goes to the field's place: the next press of Tab is in it or beyond
        assert visitor.page.evaluate("location.hash") == "#field-varde"
    assert visitor.page.evaluate("document.querySelector('#field-varde').getBoundingClientRect().top") >= 0


def test_S18_a_dialog_takes_the_focus_keeps_it_and_gives_it_back(person):
    person.go("/dev/components")
    _press(person, "button[aria-haspopup=dialog]")
    dialog = person.page.locator("dialog[open]")
    dialog.wait_for()
    for _ in range(6):
        person.page.keyboard.press("Tab")
        assert person.page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog[open]')"
        )
    person.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert person.page.evaluate("document.activeElement.getAttribute('aria-haspopup')") == "dialog"

"""What strangers see, in every look, checked by axe."""

from __future__ import annotations

import pytest
from tests.browser.conftest import Look

pytestmark = pytest.mark.journey

PAGES = ("/", "/logga-in", "/logga-in/retur", "/logga-ut", "/tillganglighet", "/integritet", "/kakor", "/om-bankid")


def test_T10_T11_S1_S8_S18_S36_FA12_public_pages_are_accessible_in_every_look(visitor):
    for path in PAGES:
        assert visitor.go(path).status == 200
        visitor.check_accessible()


def test_S18_a_page_that_is_not_there_says_so_in_every_look(visitor):
    assert visitor.go("/finns-inte").status == 404
    visitor.says("There is no such page" if visitor.look.english else "Sidan finns inte")
    visitor.check_accessible()


def test_S18_components_are_accessible_in_every_look_and_open_dialogs_too(visitor):
    assert visitor.go("/dev/components").status == 200
    visitor.check_accessible()
    opener = visitor.page.locator("summary, button").filter(has_text="Ta bort behörighet")
    opener.click()
    visitor.says("Karin kan inte längre se")
    visitor.check_accessible()


@pytest.mark.parametrize("english", [False, True], ids=["swedish", "english"])
def test_S18_T11_on_a_phone_name_language_and_login_stand_on_one_line(visitors, english):
    person = visitors(Look("phone", phone=True, english=english))
    for width in (320, 360, 390):
        person.page.set_viewport_size({"width": width, "height": 700})
        person.go("/")
        banner = person.page.get_by_role("banner")
        name, login = banner.locator(".brand"), banner.get_by_role("link", name="Log in" if english else "Logga in")
        boxes = [each.bounding_box() for each in (name, banner.locator(".language"), login)]
        middles = [box["y"] + box["height"] / 2 for box in boxes]
        assert max(middles) - min(middles) < 5, f"{width}: {boxes}"
        assert boxes[2]["height"] >= 44, "large enough for a thumb"
        person.check_accessible()


def test_T10_T11_T12_a_stranger_finds_the_login_from_the_start_page(person):
    person.go("/")
    person.says("Allt som rör dina tjänster")
    person.page.get_by_role("banner").get_by_role("link", name="Logga in").click()
    person.says("BankID på annan enhet")
    person.says("BankID på denna enhet")


def test_D27_the_language_is_chosen_and_remembered(person):
    person.go("/kakor")
    person.press("English")
    assert person.path == "/kakor", "one stays on the page"
    person.says("My pages uses only cookies")
    person.go("/om-bankid")
    assert person.page.locator("html").get_attribute("lang") == "en"
    person.press("Svenska")
    person.says("En e-legitimation kan jämföras")


@pytest.mark.parametrize("path", PAGES)
def test_C21_no_page_holds_inline_script_or_style(person, path):
    answer = person.go(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert person.page.locator("script:not([src]), style, [style]").count() == 0
    handlers = "[...document.querySelectorAll('*')].some(e => e.getAttributeNames().some(n => n.startsWith('on')))"
    assert person.page.evaluate(handlers) is False

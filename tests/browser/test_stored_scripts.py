"""What people and other systems write is text on every page that shows it, and nothing of it runs (C21)."""

from __future__ import annotations

import pytest
from tests.browser.scene import Company, Crew, an_hour_passes, supply, unfold, unused_number

from runner.journey.gateway_client import until
from runner.journey.seed import ASA, ERIK, LINNEA, MARTA

pytestmark = pytest.mark.journey

SCRIPT = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
OTHER = "'-alert(3)-' <svg onload=alert(4)> {{ 7*7 }}"
EVERYWHERE = (
    "/oversikt",
    "/konto",
    "/behorigheter",
    "/behorigheter/ny",
    "/matare",
    "/installningar/aktivitet?visa=konto",
)


@pytest.fixture(scope="module")
def crew(lived):
    return Crew(lived)


@pytest.fixture
def hostile(lived, crew):
    """A company whose register and billing system have markup in its names, and its customer number."""
    taken = {row["number"] for row in lived.world.bolagsverket.companies()}
    company = Company(unused_number("5520", taken), f"Provbolaget {SCRIPT}")
    officers = [{"person": ERIK, "roles": ["LE"]}]
    lived.world.bolagsverket.put_company(company.number, name=company.name, form="AB", officers=officers)
    an_hour_passes(lived)
    opened = crew[ERIK].browser.post("/org-registry/v1/company-accounts", {"organisation_number": company.number})
    customer_number = supply(lived, company, street=f"Provgatan 3 {OTHER}").removeprefix("VM-")
    crew.let_in(ERIK, opened["account_id"], MARTA)
    return company, customer_number


def _reads(visitor, text):
    """The text stands there as it was written."""
    until(f"{text} on the page", lambda: text in visitor.page.locator("body").inner_text(), timeout=5)


def _nothing_ran(visitor):
    assert visitor.page.locator("main img, main script, main svg[onload]").count() == 0, visitor.path


def test_C21_names_addresses_and_reasons_of_an_account_are_text(visitors, lived, hostile):
    company, customer_number = hostile
    owner, desk = visitors(), visitors()
    owner.arrive(ERIK)
    owner.choose(company.name)
    for path in EVERYWHERE:
        owner.go(path)
        _reads(owner, company.name)
        _nothing_ran(owner)
    until("the meter", lambda: owner.go("/matare") and owner.page.get_by_text(OTHER).count())
    _nothing_ran(owner)
    owner.go("/installningar/kundservice")
    owner.press("Låt kundservice titta")

    desk.arrive(ASA)
    desk.go("/personal/kunder")
    desk.page.locator("#field-number").fill(customer_number)
    desk.page.locator("#field-reason").fill(SCRIPT)
    desk.press("Sök")
    _reads(desk, company.name)
    _nothing_ran(desk)
    unfold(desk, "Spärra kontot")
    desk.page.get_by_role("button", name="Avbryt").first.click()
    desk.page.get_by_role("button", name="Se kontot").click()
    desk.page.wait_for_url("**/oversikt")
    _reads(desk, f"Du ser {company.name} som kundservice.")
    _nothing_ran(desk)
    look = owner.page.get_by_text(SCRIPT, exact=True)
    until("the look", lambda: owner.go("/installningar/kundservice") and look.count())
    _nothing_ran(owner)
    owner.press("Avsluta nu")

    owner.go("/behorigheter")
    owner.page.get_by_role("link", name="Ta bort behörigheten för Märta").click()
    owner.page.get_by_label("Varför?").fill(OTHER)
    owner.press("Ta bort")
    owner.says("Behörigheten är borttagen.")
    owner.go("/installningar/aktivitet?visa=konto")
    _nothing_ran(owner)


def test_C21_what_is_written_in_and_about_a_power_of_attorney_is_text(visitors, lived, crew, tmp_path):
    [(known,)] = lived.query("org-registry", "SELECT count(*) FROM power_of_attorney")
    an_hour_passes(lived)
    administrator, desk = visitors(), visitors()
    administrator.arrive(LINNEA)
    administrator.go("/fullmakt/ny")
    filled = {"orgnummer": unused_number("8920", set(), 1000 + known), "orgnamn": SCRIPT, "epost": "x@exempel.se"}
    for field, value in filled.items():
        administrator.page.locator(f"#field-{field}").fill(value)
    administrator.press("Fortsätt")
    _reads(administrator, f"Fullmakt för {SCRIPT}")
    _nothing_ran(administrator)
    mine = administrator.path
    form = crew[LINNEA].browser.send("GET", "/api/org-registry/v1/power-of-attorney-form").body
    file = tmp_path / "<img src=x onerror=alert(5)>.pdf"
    file.write_bytes(form)
    administrator.page.locator("#field-fil").set_input_files(file)
    administrator.press("Ladda upp")
    administrator.press("Skicka in fullmakten")
    administrator.says("Fullmakten är inskickad.")

    desk.arrive(ASA)
    desk.go("/personal/fullmakter")
    _reads(desk, SCRIPT)
    _nothing_ran(desk)
    theirs = mine.replace("/fullmakt/", "/personal/fullmakter/")
    for field, text, button in (("message", OTHER, "Skicka begäran"), ("reason", SCRIPT, "Avslå fullmakten")):
        desk.go(theirs)
        desk.press("Börja granska")
        desk.page.locator(f"#field-{field}").fill(text)
        desk.press(button)
        _reads(desk, text)
        _nothing_ran(desk)
        administrator.go(mine)
        _reads(administrator, text)
        _nothing_ran(administrator)
        if field == "message":
            administrator.page.locator("#field-fil").set_input_files(file)
            administrator.press("Ladda upp")
            administrator.press("Skicka in fullmakten")
    administrator.go("/fullmakt")
    _reads(administrator, SCRIPT)
    _nothing_ran(administrator)

"""Fullmakt: the form, the digital way with every refusal and answer, the paper, customer service's side (T34-T40)."""

from __future__ import annotations

import pytest
from tests.browser.conftest import OPPOSITES
from tests.browser.scene import Crew, an_hour_passes, mailed_link, unfold, unused_number

from runner.journey.seed import ASA, LINNEA

pytestmark = pytest.mark.journey

MOA = "201001192382"
POWERS = "/org-registry/v1/powers-of-attorney"
LIMIT = 10 * 1024 * 1024
CHECKS = ("organisation", "signatures", "dates", "administrator")
MISSING, WHY_NOT = "Ordföranden har inte skrivit under.", "Underskrifterna stämmer inte."


@pytest.fixture(scope="module")
def crew(lived):
    return Crew(lived)


@pytest.fixture(scope="module")
def form(crew, tmp_path_factory):
    """The blank form, as it comes, in a file."""
    file = tmp_path_factory.mktemp("fullmakt") / "fullmakt.pdf"
    file.write_bytes(crew[LINNEA].browser.send("GET", "/api/org-registry/v1/power-of-attorney-form").body)
    return file


@pytest.fixture
def club(lived):
    """An association that is in no register: number, name and the administrator's address."""
    [(known,)] = lived.query("org-registry", "SELECT count(*) FROM power_of_attorney")
    an_hour_passes(lived)
    number = unused_number("8920", set(), 1000 + known)
    return number, f"Provföreningen {known + 1}", f"kassor-{known + 1}@exempel.se"


def _submitted(crew, number, club, form):
    """Begun, with its document, and sent in; returns its id."""
    begun = {"organisation_number": club[0], "organisation_name": club[1], "email": club[2]}
    browser = crew[number].browser
    power = browser.post(POWERS, begun)["id"]
    browser.put(f"{POWERS}/{power}/document", form.read_bytes(), headers={"Content-Type": "application/pdf"})
    browser.post(f"{POWERS}/{power}/submissions")
    return power


def _upload(visitor, file):
    with visitor.page.expect_file_chooser() as chooser:
        visitor.page.locator("#field-fil").click()
    chooser.value.set_files(file)
    visitor.press(visitor.words("Ladda upp", "Upload"))


def _send_in(visitor, form):
    _upload(visitor, form)
    visitor.says(visitor.words("Dokumentet är uppladdat.", "The document has been uploaded."))
    visitor.press(visitor.words("Skicka in fullmakten", "Send the power of attorney in"))
    visitor.says(visitor.words("Fullmakten är inskickad.", "The power of attorney has been sent in."))


def _take(desk):
    desk.press(desk.words("Börja granska", "Begin the review"))
    desk.says(desk.words("Du granskar nu fullmakten.", "You are now reviewing it."))


def _approve(desk):
    for line in CHECKS:
        desk.page.locator(f"#field-check-{line}").check()
    desk.press(desk.words("Godkänn fullmakten", "Approve it"))
    desk.says(
        desk.words("Fullmakten är godkänd och kontot är öppnat.", "It has been approved and the account is open.")
    )
    desk.check_accessible()


def _begin(visitor, club):
    visitor.go("/fullmakt")
    visitor.check_accessible()
    blank = visitor.page.get_by_role(
        "link", name=visitor.words("Blankett för fullmakt (pdf)", "Power of attorney form")
    )
    with visitor.page.expect_download() as download:
        blank.click()
    assert download.value.path().read_bytes().startswith(b"%PDF-"), "T35"
    visitor.page.get_by_role("link", name=visitor.words("Börja", "Begin"), exact=True).click()
    visitor.page.locator("#field-epost").fill("")
    visitor.press(visitor.words("Fortsätt", "Go on"))
    visitor.page.locator("#error-orgnummer").wait_for()
    visitor.check_accessible()
    for field, value in zip(("orgnummer", "orgnamn", "epost"), club, strict=True):
        visitor.page.locator(f"#field-{field}").fill(value)
    visitor.press(visitor.words("Fortsätt", "Go on"))
    visitor.says(visitor.words(f"Fullmakt för {club[1]}", f"Power of attorney for {club[1]}"))
    visitor.check_accessible()


def test_T34_T35_B_05_C24_C26_downloaded_and_the_wrong_files_are_refused_on_the_field(visitor, club, tmp_path):
    visitor.arrive(LINNEA)
    _begin(visitor, club)
    refused = visitor.page.locator("#error-fil")
    text, large, drawing = (tmp_path / name for name in ("fullmakt.txt", "stor.pdf", "skript.pdf"))
    text.write_text("Fullmakt")
    large.write_bytes(b"%PDF-1.7" + b"\n" * LIMIT)
    drawing.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    _upload(visitor, text)
    refused.wait_for()
    assert visitor.words("Filen måste vara en pdf, jpg eller png.", "The file must be a PDF,") in refused.inner_text()
    visitor.check_accessible()
    _upload(visitor, large)
    refused.filter(has_text=visitor.words("större än 10 MB", "larger than 10 MB")).wait_for()
    _upload(visitor, drawing)
    visitor.page.locator("#error-summary").wait_for()
    visitor.check_accessible()
    unfold(visitor, visitor.words("Ta tillbaka", "Withdraw"))
    visitor.check_accessible()
    visitor.press(visitor.words("Ja, ta tillbaka", "Yes, withdraw"))
    visitor.says(visitor.words("Fullmakten är återtagen.", "The power of attorney has been withdrawn."))
    visitor.check_accessible()


def test_T38_T40_D13_FB8_FB9_FK8_sent_in_completed_approved_and_the_account_is_there(
    visitors, look, lived, crew, club, form
):
    customer, desk = visitors(look), visitors(look)
    number, name, address = club
    begun = {"organisation_number": number, "organisation_name": name, "email": address}
    power = crew[LINNEA].browser.post(POWERS, begun)["id"]
    mark = lived.world.postbox.mark()
    customer.arrive(LINNEA)
    customer.go(f"/fullmakt/{power}")
    _send_in(customer, form)
    customer.check_accessible()

    desk.arrive(ASA)
    desk.go("/personal/fullmakter")
    desk.page.get_by_role("link", name=name, exact=True).click()
    _take(desk)
    with desk.page.expect_download() as download:
        desk.page.get_by_role("link", name=desk.words("Spara dokumentet", "Save the document")).click()
    assert download.value.path().read_bytes() == form.read_bytes()
    desk.page.locator("#field-message").fill(MISSING)
    desk.press(desk.words("Skicka begäran", "Send the request"))
    desk.says(desk.words("Administratören har fått en begäran", "The administrator has been asked."))
    desk.check_accessible()

    customer.page.goto(mailed_link(lived, address, mark, f"/fullmakt/{power}"))
    customer.says(MISSING)
    customer.check_accessible()
    _send_in(customer, form)

    desk.go(f"/personal/fullmakter/{power}")
    _take(desk)
    desk.press(desk.words("Godkänn fullmakten", "Approve it"))
    desk.page.locator("#error-checklist").wait_for()
    desk.check_accessible()
    mark = lived.world.postbox.mark()
    _approve(desk)

    lived.world.postbox.wait_for_mail(address, "Kontot är skapat", since=mark, timeout=20)
    customer.go(f"/fullmakt/{power}")
    customer.says(customer.words("Fullmakten är godkänd", "The power of attorney has been approved"))
    customer.check_accessible()
    customer.choose(name)
    assert customer.page.locator("#account-name").inner_text() == name


def test_D13_FB9_rejected_with_the_reason_that_the_administrator_reads(visitors, look, lived, crew, club, form):
    power, mark = _submitted(crew, LINNEA, club, form), lived.world.postbox.mark()
    customer, desk = visitors(look), visitors(look)
    desk.arrive(ASA)
    desk.go(f"/personal/fullmakter/{power}")
    _take(desk)
    desk.check_accessible()
    desk.page.locator("#field-reason").fill(WHY_NOT)
    desk.press(desk.words("Avslå fullmakten", "Reject it"))
    desk.says(desk.words("Fullmakten är avslagen.", "It has been rejected."))
    desk.check_accessible()
    link = mailed_link(lived, club[2], mark, f"/fullmakt/{power}")
    customer.arrive(LINNEA)
    customer.page.goto(link)
    customer.says(customer.words("Fullmakten är avslagen", "The power of attorney has been rejected"))
    customer.says(WHY_NOT)
    customer.check_accessible()


@OPPOSITES
def test_T38_T39_D13_a_paper_is_registered_and_its_administrator_gets_the_account(visitors, look, lived, club, form):
    desk, customer = visitors(look), visitors(look)
    number, name, address = club
    desk.arrive(ASA)
    desk.go("/personal")
    desk.check_accessible()
    desk.page.get_by_role("link", name=desk.words("Registrera pappersfullmakt", "Register one on paper")).click()
    desk.press(desk.words("Registrera", "Register"))
    desk.page.locator("#error-personnummer").wait_for()
    desk.check_accessible()
    filled = {"orgnummer": number, "orgnamn": name, "personnummer": MOA, "namn": "Moa Test Björk", "epost": address}
    for field, value in filled.items():
        desk.page.locator(f"#field-{field}").fill(value)
    desk.press(desk.words("Registrera", "Register"))
    desk.says(desk.words("Fullmakten är registrerad.", "The power of attorney has been registered."))
    assert MOA not in desk.page.url
    _upload(desk, form)
    desk.says(desk.words("Dokumentet är uppladdat.", "The document has been uploaded."))
    _take(desk)
    mark = lived.world.postbox.mark()
    _approve(desk)
    created = desk.words("Kontot är skapat", "The account has been created")
    lived.world.postbox.wait_for_mail(address, created, since=mark, timeout=20)
    customer.arrive(MOA)
    customer.choose(name)


@OPPOSITES
def test_FK8_nobody_of_customer_service_decides_their_own(visitor, crew, club, form):
    power = _submitted(crew, ASA, club, form)
    visitor.arrive(ASA)
    visitor.go(f"/personal/fullmakter/{power}")
    visitor.press(visitor.words("Börja granska", "Begin the review"))
    visitor.says(visitor.words("Du kan inte granska din egen fullmakt", "You cannot review your own"))
    visitor.check_accessible()
    crew[ASA].browser.delete(f"{POWERS}/{power}")

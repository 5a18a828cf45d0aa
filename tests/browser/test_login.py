"""Logging in, registering, choosing, staying, logging out: as a person."""

from __future__ import annotations

import pytest

from runner.journey.seed import EBBA, GUNVOR, KARIN, TOLVAN

pytestmark = pytest.mark.journey


def _words(visitor, swedish, english):
    return english if visitor.look.english else swedish


def test_T12_T20_B_10_S15_FA2_FA9_login_by_qr_chooser_and_logout_in_every_look(visitor):
    visitor.log_in(KARIN)
    assert visitor.path == "/konto"
    visitor.check_accessible()
    choices = visitor.page.locator(".choice-name").all_inner_texts()
    assert len(choices) == 2
    visitor.page.locator(".choice").nth(1).click()
    visitor.page.wait_for_url("**/oversikt")
    assert visitor.page.locator("#account-name").inner_text() == choices[1]
    visitor.go("/fakturor")
    assert visitor.page.locator("#account-name").inner_text() == choices[1], "the account is named on every page"
    visitor.check_accessible()
    visitor.page.get_by_role("link", name=_words(visitor, "Byt konto", "Change account")).click()
    visitor.page.locator(".choice").nth(0).click()
    visitor.page.wait_for_url("**/oversikt")
    assert visitor.page.locator("#account-name").inner_text() == choices[0]
    visitor.log_out()
    visitor.says(_words(visitor, "bibliotek", "library"))
    visitor.check_accessible()
    visitor.go("/fakturor")
    assert visitor.path.startswith("/logga-in")


def test_T14_T15_T16_T17_FA5_the_first_login_asks_with_the_terms_to_read_in_every_look(visitor, lived):
    visitor.log_in(TOLVAN)
    _forget_registration(lived)
    visitor.go("/konto")
    assert visitor.path.startswith("/registrera")
    assert len(visitor.page.locator(".terms").inner_text()) > 100
    visitor.says(_words(visitor, "blivit tilldelad behörighet", "been given access by the owner"))
    visitor.check_accessible()
    visitor.press(_words(visitor, "Registrera", "Register"))
    visitor.says(_words(visitor, "Kryssa i att du godkänner", "Tick that you accept"))
    assert visitor.path.startswith("/registrera")
    visitor.check_accessible()
    visitor.go("/oversikt")
    assert visitor.path.startswith("/registrera"), "nothing else before the answer"
    visitor.press(_words(visitor, "Inte nu, logga ut", "Not now, log out"))
    visitor.page.wait_for_url("**/logga-ut")


def test_T19_FA6_D14_a_new_customer_is_told_that_the_registration_is_under_way_in_every_look(visitor):
    visitor.log_in(EBBA)
    if visitor.path.startswith("/registrera"):
        visitor.register()
    assert visitor.path == "/konto"
    visitor.says(_words(visitor, "Vi håller på att registrera dig som kund", "We are registering you as a customer"))
    visitor.check_accessible()


def test_T18_T30_T31_T32_FA6_no_services_and_no_signatory(visitors):
    person = visitors()
    person.log_in(GUNVOR)
    if person.path.startswith("/registrera"):
        person.register()
    person.says("Du har inga aktiva tjänster hos oss")
    person.check_accessible()
    person.page.get_by_role("main").get_by_role("link", name="Skapa företagskonto").click()
    person.page.get_by_label("Organisationsnummer").fill("552000-0018")
    person.press("Skapa företagskonto")
    person.says("Ej tillåtet att göra företagskoppling. Du behöver vara firmatecknare.")
    person.says("Kontakta kundservice")
    person.says("Skicka in en fullmakt")
    person.check_accessible()
    person.go("/foretagskonto")
    person.page.get_by_label("Organisationsnummer").fill("123")
    person.press("Skapa företagskonto")
    person.page.locator("#error-organisation_number").wait_for()
    assert person.page.evaluate("document.activeElement.id") == "error-summary", "what is wrong is read first"
    person.check_accessible()


def test_T21_T23_T24_T25_T26_T28_T29_a_signatory_opens_the_company_account_with_the_keyboard_alone(visitors, lived):
    person = visitors()
    person.log_in(TOLVAN)
    if person.path.startswith("/registrera"):
        person.page.locator("#field-accept_terms").focus()
        person.page.keyboard.press("Space")
        person.page.get_by_role("button", name="Registrera", exact=True).focus()
        person.page.keyboard.press("Enter")
        person.page.wait_for_url(lambda address: "/registrera" not in address)
    person.go("/foretagskonto")
    _tab_to(person, "#field-organisation_number")
    person.page.keyboard.type("5520000018")
    person.page.keyboard.press("Enter")
    person.says("Det gick bra att uppdatera organisationen. Nu kan du logga in på ditt företagskonto på Mina sidor.")
    person.check_accessible()
    _tab_to(person, "main form button")
    person.page.keyboard.press("Enter")
    person.page.wait_for_url("**/oversikt")
    assert person.page.locator("#account-name").inner_text() == "Granbackens Energi AB"
    person.page.keyboard.press("Tab")
    assert person.page.evaluate("document.activeElement.getAttribute('href')") == "#main"


def _tab_to(person, selector):
    for _ in range(60):
        person.page.keyboard.press("Tab")
        if person.page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            ring = person.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert ring != "none", "where one is must be seen"
            return
    pytest.fail(f"the keyboard does not reach {selector}")


def _forget_registration(lived):
    """Whoever logged in last has never been here."""
    lived.query(
        "identity",
        "WITH last AS (SELECT person_id FROM session ORDER BY created_at DESC LIMIT 1), "
        "gone AS (DELETE FROM terms_acceptance WHERE person_id IN (SELECT person_id FROM last)) "
        "UPDATE person SET registered_at = NULL, terms_version = NULL WHERE id IN (SELECT person_id FROM last) "
        "RETURNING id",
    )


def test_C29_nobody_is_sent_to_another_site(person):
    person.go("/logga-in?next=https://evil.test/")
    assert person.page.locator("#login").get_attribute("data-next") == "/oversikt"
    person.go("/logga-in?next=//evil.test/fakturor")
    assert person.page.locator("#login").get_attribute("data-next") == "/oversikt"


def test_C20_a_form_of_another_site_changes_nothing(visitors, lived):
    person = visitors()
    person.log_in(KARIN)
    person.page.locator(".choice").first.click()
    person.page.wait_for_url("**/oversikt")
    form = f'<form method="post" action="{lived.planner.public_url}/logga-ut"><button>Klicka</button></form>'
    for elsewhere in ("http://evil.test/", "http://localhost:1/"):  # another site; another origin of the same site
        person.page.route(elsewhere, lambda route: route.fulfill(body=form, content_type="text/html"))
        person.page.goto(elsewhere)
        person.page.get_by_role("button", name="Klicka").click()
        person.says("Det här får du inte göra")
        person.go("/fakturor")
        assert person.path == "/fakturor", "still logged in"


def test_C17_another_sites_page_can_neither_start_a_login_nor_show_ours_in_a_frame(visitors, lived):
    person, base = visitors(), lived.planner.public_url
    frame = f'<iframe src="{base}/logga-in"></iframe>'
    person.page.route("http://evil.test/", lambda route: route.fulfill(body=frame, content_type="text/html"))
    before = person.waiting()
    person.page.goto("http://evil.test/")
    relayed = person.page.evaluate(
        "(url) => fetch(url, {method: 'POST', body: new URLSearchParams({device: 'other'})})"
        ".then(answer => answer.text(), () => 'refused')",
        f"{base}/logga-in",
    )
    assert relayed == "refused"
    assert person.page.frames[1].locator("#login").count() == 0
    assert person.waiting() == before
    assert person.faults, "the browser says why"
    person.faults.clear()


def test_D21_B_10_two_tabs_cannot_mix_accounts(person):
    person.log_in(KARIN)
    person.page.locator(".choice").first.click()
    person.page.wait_for_url("**/oversikt")
    person.go("/behorigheter/ny")
    first = person.page.locator("#account-name").inner_text()
    form = person.page.locator("main form").first
    form.wait_for()
    other = person.page.context.new_page()
    other.goto("/konto")
    other.locator(".choice").nth(1).click()
    other.wait_for_url("**/oversikt")
    second = other.locator("#account-name").inner_text()
    assert first != second
    form.locator("input[type=email]").fill("nagon@exempel.se")
    form.locator("button[type=submit]").first.click()
    person.says("Du har bytt konto i en annan flik")
    person.says(f"Byt tillbaka till {first}")
    person.check_accessible()
    person.page.get_by_role("button", name=f"Byt tillbaka till {first}").click()
    person.page.wait_for_url("**/behorigheter/ny")
    assert person.page.locator("#account-name").inner_text() == first


def test_C20_B_03_a_form_of_the_same_account_from_before_a_new_choice_has_grown_old(person):
    person.log_in(KARIN)
    person.page.locator(".choice").first.click()
    person.page.wait_for_url("**/oversikt")
    person.go("/behorigheter/ny")
    form = person.page.locator("main form").first
    form.locator("input[type=email]").fill("nagon@exempel.se")
    other = person.page.context.new_page()
    other.goto("/konto")
    other.locator(".choice").first.click()  # the same account once more: a new session all the same
    other.wait_for_url("**/oversikt")
    form.locator("button[type=submit]").first.click()
    person.says("Sidan har blivit gammal")
    person.says("nagon@exempel.se")
    person.check_accessible()
    person.page.get_by_role("link", name="Öppna sidan igen").click()
    person.page.wait_for_url("**/behorigheter/ny")


def test_C18_the_session_has_a_new_id_after_login_and_after_each_choice(person):
    def sid():
        return next((c["value"] for c in person.page.context.cookies() if c["name"] == "__Host-sid"), None)

    person.go("/kakor")  # the login page begins an order by itself
    assert sid() is None
    person.log_in(KARIN)
    first = sid()
    person.page.locator(".choice").first.click()
    person.page.wait_for_url("**/oversikt")
    second = sid()
    assert first
    assert second
    assert first != second
    (cookie,) = [c for c in person.page.context.cookies() if c["name"] == "__Host-sid"]
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/")
    assert cookie["expires"] == -1
    assert person.page.evaluate("document.cookie") == ""
    person.log_out()
    assert sid() is None

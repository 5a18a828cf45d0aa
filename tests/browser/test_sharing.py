"""Giving access and taking it away, and one's own settings: as the people who do it."""

from __future__ import annotations

import pytest
from tests.browser.conftest import Look

from runner.journey.gateway_client import until
from runner.journey.people import LINK
from runner.journey.seed import KARIN, MARTA, SUMMER_HOUSE
from sim_bankid.persons import PERSONS

pytestmark = pytest.mark.journey

OWN = (
    "/installningar",
    "/installningar/kontaktuppgifter",
    "/installningar/aviseringar",
    "/installningar/sprak",
    "/installningar/inloggningar",
    "/installningar/aktivitet",
    "/installningar/aktivitet?visa=konto",
    "/installningar/kundservice",
    "/installningar/mina-uppgifter",
    "/installningar/kopior",
    "/kopior",
    "/behorigheter",
    "/behorigheter/ny",
    "/behorigheter/oversyn",
    "/inbjudan",
)
SCRIPTED, PLAIN = Look("computer"), Look("phone-without-script", phone=True, script=False)
GUEST = PERSONS[MARTA].name


def _enter(person, number, account):
    person.log_in(number)
    if person.path.startswith("/registrera"):
        person.register()
    if person.path.startswith("/konto"):
        person.page.locator(".choice", has_text=account).click()
        person.page.wait_for_url("**/oversikt")


def _paste(guest, link):
    guest.page.get_by_label("Länken i mejlet").fill(link)
    guest.press("Öppna inbjudan")


def _mailed_link(lived, address, since):
    mail = lived.world.postbox.wait_for_mail(address, subject_contains="nbjud", since=since, timeout=20)
    return LINK.search(mail["text"])[0]


def test_T42_T66_D27_B_19_B_22_the_own_pages_are_accessible_in_every_look(visitor):
    _enter(visitor, KARIN, SUMMER_HOUSE)
    for path in OWN:
        assert visitor.go(path).status == 200, path
        visitor.check_accessible()
    visitor.go("/behorigheter")
    for address in visitor.page.locator("main a[href^='/behorigheter/']").evaluate_all("all => all.map(a => a.href)"):
        visitor.page.goto(address)
        visitor.check_accessible()


@pytest.mark.parametrize("how", [SCRIPTED, PLAIN], ids=lambda look: look.name)
def test_T43_T56_C12_B_24_invited_accepted_approved_and_removed_and_the_secret_is_in_no_address(visitors, lived, how):
    owner, guest = visitors(how), visitors(how)
    asked: list[str] = []
    guest.page.on("request", lambda request: asked.append(request.url))
    mark = lived.world.postbox.mark()
    address = f"gast-{mark}@exempel.se"

    _enter(owner, KARIN, SUMMER_HOUSE)
    owner.go("/behorigheter")
    owner.page.get_by_role("link", name="Dela ut ny behörighet").click()
    owner.page.get_by_label("Mejladress till den du vill bjuda in").fill(address)
    owner.page.get_by_label("Bara se").check()
    owner.press("Skicka")
    owner.says("Inbjudan är skickad. Den gäller i 72 timmar.")
    owner.check_accessible()

    link = _mailed_link(lived, address, mark)
    secret = link.partition("#")[2]
    guest.page.goto(link)
    if how.script:
        guest.page.wait_for_url("**/inbjudan/svar")
    else:
        _paste(guest, link)
    guest.says("Du är inbjuden")
    guest.check_accessible()
    guest.page.get_by_role("link", name="Logga in och fortsätt").click()
    guest.scan(MARTA)
    guest.page.wait_for_url(lambda here: "/logga-in" not in here)
    if guest.path.startswith("/registrera"):
        guest.register()
    guest.says(f"Du är inloggad som {GUEST}.")
    guest.check_accessible()
    guest.press("Acceptera inbjudan")
    guest.says("Tack, du har accepterat")
    guest.check_accessible()
    assert not [url for url in asked if secret in url]

    owner.go("/behorigheter")
    owner.page.get_by_role("link", name=f"Godkänn eller neka {GUEST}").click()
    owner.says("Namn enligt BankID")
    owner.check_accessible()
    owner.press("Godkänn")
    owner.says("Personen är godkänd")
    remove = owner.page.get_by_role("link", name=f"Ta bort behörigheten för {GUEST}")
    until("the access to be given", lambda: owner.go("/behorigheter") and remove.count() == 1)

    guest.go("/inbjudan")
    _paste(guest, link)
    guest.says("Inbjudan är redan använd")

    remove.click()
    owner.page.get_by_label("Varför?").fill("Provet är slut")
    owner.check_accessible()
    owner.press("Ta bort")
    owner.says("Behörigheten är borttagen.")
    assert remove.count() == 0


def test_T67_FJ2_a_new_number_counts_when_the_code_has_been_typed(person, lived):
    _enter(person, KARIN, SUMMER_HOUSE)
    mark = lived.world.postbox.mark()
    person.go("/installningar")
    person.page.get_by_role("link", name="Ändra mina kontaktuppgifter").first.click()
    number = f"+467017406{5 + mark % 95:02}"  # of those that are kept for fiction
    person.page.locator("#field-phone").fill(number.replace("+46", "0"))
    person.page.locator("#phone-form").get_by_role("button", name="Spara").click()
    person.says("Skriv koden")
    person.page.locator("#field-code").fill("1")
    person.press("Bekräfta")
    person.page.locator("#error-code").wait_for()
    person.check_accessible()
    sms = lived.world.postbox.wait_for_sms(number, since=mark, timeout=20)
    code = next(word for word in sms["text"].replace(".", " ").split() if word.isdecimal() and len(word) == 6)
    person.page.locator("#field-code").fill(code)
    person.press("Bekräfta")
    person.says("Uppgiften är bekräftad")
    person.says(number)


def test_D26_B_22_choices_and_support_access_are_kept(person):
    _enter(person, KARIN, SUMMER_HOUSE)
    person.go("/installningar/aviseringar")
    box = person.page.locator("#field-email-payments")
    wanted = not box.is_checked()
    box.set_checked(wanted)
    person.press("Spara")
    person.says("Dina val är sparade.")
    person.go("/installningar/aviseringar")
    assert box.is_checked() is wanted
    person.go("/installningar/kundservice")
    person.page.get_by_label("Hur länge?").select_option("1")
    person.press("Låt kundservice titta")
    person.says("Kundservice får nu titta på kontot.")
    person.check_accessible()
    person.press("Avsluta nu")
    person.says("Kundservice kan inte längre se kontot.")
    person.check_accessible()


def test_FC21_copies_begin_when_the_address_itself_has_said_yes(visitors, lived):
    owner, reader = visitors(SCRIPTED), visitors(Look("phone", phone=True))
    _enter(owner, KARIN, SUMMER_HOUSE)
    mark = lived.world.postbox.mark()
    address = f"kopia-{mark}@exempel.se"
    owner.go("/installningar/kopior")
    owner.page.get_by_label("Mejladress").fill(address)
    owner.press("Skicka frågan")
    owner.says("Väntar på svar")
    owner.check_accessible()
    mail = lived.world.postbox.wait_for_mail(address, since=mark, timeout=20)
    reader.page.goto(LINK.search(mail["text"])[0])
    reader.page.wait_for_url("**/kopior/svar")
    reader.check_accessible()
    reader.press("Ja, skicka kopior hit")
    reader.says("Tack, du får kopior från och med nu")
    owner.go("/installningar/kopior")
    owner.says("Får kopior")
    owner.page.locator(".person", has_text="Får kopior").get_by_role("button").first.click()
    owner.says("Adressen får inga fler kopior.")

"""One's own settings, copies, and the pages about them: as the people who use them."""

from __future__ import annotations

import pytest

from runner.journey.people import LINK
from runner.journey.seed import KARIN, SUMMER_HOUSE

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


def test_T42_T66_D27_B_19_B_22_the_own_pages_are_accessible_in_every_look(visitor):
    visitor.enter(KARIN, SUMMER_HOUSE)
    for path in OWN:
        assert visitor.go(path).status == 200, path
        visitor.check_accessible()
    visitor.go("/behorigheter")
    for address in visitor.page.locator("main a[href^='/behorigheter/']").evaluate_all("all => all.map(a => a.href)"):
        visitor.page.goto(address)
        visitor.check_accessible()


def test_D26_the_channel_of_each_subject_is_chosen_and_kept_in_every_look(visitor):
    visitor.enter(KARIN, SUMMER_HOUSE)
    visitor.go("/installningar/aviseringar")
    visitor.says(visitor.words("det går inte att välja bort", "it cannot be switched off"))
    box = visitor.page.locator("#field-email-payments")
    wanted = not box.is_checked()
    box.set_checked(wanted)
    visitor.press(visitor.words("Spara", "Save"))
    visitor.says(visitor.words("Dina val är sparade.", "Your choices have been saved."))
    visitor.check_accessible()
    visitor.go("/installningar/aviseringar")
    assert box.is_checked() is wanted


def test_B_22_FK9_customer_service_is_let_in_and_out_again_in_every_look(visitor):
    visitor.enter(KARIN, SUMMER_HOUSE)
    visitor.go("/installningar/kundservice")
    visitor.page.locator("#field-hours").select_option("1")
    visitor.press(visitor.words("Låt kundservice titta", "Let customer service look"))
    visitor.says(visitor.words("Kundservice får nu titta på kontot.", "Customer service may now look at the account."))
    visitor.check_accessible()
    visitor.go("/oversikt")
    visitor.says(visitor.words("Kundservice kan se ditt konto", "Customer service can see your account"))
    visitor.check_accessible()
    visitor.go("/installningar/kundservice")
    visitor.press(visitor.words("Avsluta nu", "End now"))
    visitor.says(visitor.words("Kundservice kan inte längre se kontot.", "Customer service can no longer see the"))
    visitor.check_accessible()


def test_FC21_copies_begin_when_the_address_itself_has_said_yes_in_every_look(visitors, look, lived):
    owner, reader = visitors(look), visitors(look)
    owner.enter(KARIN, SUMMER_HOUSE)
    mark = lived.world.postbox.mark()
    address = f"kopia@nr{mark}.exempel.se"
    owner.go("/installningar/kopior")
    owner.page.locator("#field-email").fill(address)
    for box in owner.page.locator("#field-subjects input").all():
        box.uncheck()
    owner.press(owner.words("Skicka frågan", "Send the question"))
    owner.says(owner.words("Markera minst ett ämne.", "Mark at least one subject."))
    owner.check_accessible()
    owner.page.locator("#field-subject-invoices").check()
    owner.press(owner.words("Skicka frågan", "Send the question"))
    mine = owner.page.locator(".person", has_text=f"k***@nr{mark}.exempel.se")
    mine.get_by_text(owner.words("Väntar på svar", "Waiting for an answer")).wait_for()
    owner.check_accessible()

    link = LINK.search(lived.world.postbox.wait_for_mail(address, since=mark, timeout=20)["text"])[0]
    _open_link(reader, link)
    reader.check_accessible()
    reader.press(reader.words("Ja, skicka kopior hit", "Yes, send copies here"))
    reader.says(reader.words("Tack, du får kopior från och med nu", "Thank you, you get copies from now on"))
    reader.check_accessible()
    owner.go("/installningar/kopior")
    mine.get_by_text(owner.words("Får kopior", "Gets copies")).wait_for()
    _open_link(reader, link)
    reader.press(reader.words("Nej, skicka inget", "No, send nothing"))
    reader.says(reader.words("Inga kopior skickas hit", "No copies are sent here"))
    owner.go("/installningar/kopior")
    assert mine.count() == 0


def test_FC21_the_owner_stops_the_copies(visitor, lived):
    visitor.enter(KARIN, SUMMER_HOUSE)
    place = f"slut{lived.world.postbox.mark()}.exempel.se"
    visitor.go("/installningar/kopior")
    visitor.page.locator("#field-email").fill(f"kopia@{place}")
    visitor.press(visitor.words("Skicka frågan", "Send the question"))
    mine = visitor.page.locator(".person", has_text=f"k***@{place}")
    mine.get_by_role("button", name=visitor.words("Ta bort ", "Remove ") + f"k***@{place}").click()
    visitor.says(visitor.words("Adressen får inga fler kopior.", "The address gets no more copies."))
    assert mine.count() == 0


def _open_link(reader, link):
    """As the mail program does; without script the page asks for the whole link, for it may not see it."""
    reader.page.goto("about:blank")  # another fragment alone would open nothing
    reader.page.goto(link)
    if not reader.look.script:
        reader.page.locator("#field-link").fill(link)
        reader.press(reader.words("Öppna länken", "Open the link"))
    reader.page.wait_for_url("**/kopior/svar")

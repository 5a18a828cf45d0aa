"""An invitation meant for one person, in a browser that several share; an approval signed with BankID (FC2, FC14)."""

from __future__ import annotations

import pytest
from tests.browser.scene import Crew, mailed_link, open_link, unfold

from runner.journey.gateway_client import until
from runner.journey.seed import ERIK, LINNEA, MARTA
from sim_bankid.persons import PERSONS

pytestmark = pytest.mark.journey

MEANT, OTHER = PERSONS[LINNEA].name, PERSONS[MARTA].name


@pytest.fixture(scope="module")
def crew(lived):
    return Crew(lived)


@pytest.fixture
def company(crew):
    """A company's open account, with Erik in it; and the account's id."""
    return crew.company(ERIK)


def _bound_to(crew, inviter, account_id, personal_number, address):
    """An invitation for one person alone; returns the link of its mail."""
    crew[inviter].choose(account_id)
    made = crew[inviter].browser.post("/identity/v1/person-bindings", {"personal_number": personal_number})
    return crew.invite(inviter, account_id, address, person_binding=made["id"])


def _log_in_from_the_link(guest, number):
    guest.page.get_by_role("link", name=guest.words("Logga in och fortsätt", "Log in and go on")).click()
    guest.scan(number)
    guest.page.wait_for_url(lambda here: "/logga-in" not in here)
    if guest.path.startswith("/registrera"):
        guest.register()
    name = PERSONS[number].name
    guest.says(guest.words(f"Du är inloggad som {name}.", f"You are logged in as {name}."))


def test_FC2_T51_C12_in_a_shared_browser_the_wrong_person_is_refused_and_the_right_one_accepts(
    visitor, lived, crew, company
):
    _, account_id = company
    mark = lived.world.postbox.mark()
    link = _bound_to(crew, ERIK, account_id, LINNEA, f"bunden-{mark}@exempel.se")
    visitor.arrive(MARTA)
    open_link(visitor, link)
    visitor.press(visitor.words("Acceptera inbjudan", "Accept the invitation"))
    visitor.says(visitor.words("Inbjudan är till någon annan", "The invitation is for somebody else"))
    visitor.says(visitor.words("får inte veta att du försökte", "is not told that you tried"))
    assert MEANT not in visitor.page.content(), "nobody learns for whom it is"
    visitor.check_accessible()
    visitor.press(visitor.words("Det är inte jag, logga ut", "That is not me, log out"))
    visitor.page.wait_for_url("**/logga-ut")

    visitor.before = visitor.waiting()
    open_link(visitor, link)
    _log_in_from_the_link(visitor, LINNEA)
    visitor.press(visitor.words("Acceptera inbjudan", "Accept the invitation"))
    visitor.says(visitor.words("Tack, du har accepterat", "Thank you, you have accepted"))
    visitor.check_accessible()
    mailed_link(lived, "erik@exempel.se", mark, "/behorigheter/inbjudningar/")
    rows = crew[ERIK].browser.get("/invitations/v1/invitations")["items"]
    assert [(row["status"], row["acceptor"]["name"], row["bound"]) for row in rows] == [("accepted", MEANT, True)]


def _to_sign(owner):
    """From the invitation to the page with the text."""
    owner.press(owner.words("Godkänn och skriv under med BankID", "Approve and sign with BankID"))
    owner.page.wait_for_url("**/skriv-under/*")
    owner.page.locator(".sign-text strong", has_text=OTHER).wait_for()


def _show_code(owner):
    owner.before = owner.waiting()
    owner.press(owner.words("Visa QR-kod", "Show the QR code"))
    owner.page.locator(".qr svg").wait_for()
    return owner.begun()


def test_FC14_T53_an_approval_is_declined_begun_anew_and_signed_by_qr(visitor, lived, crew, company):
    made, account_id = company
    mark = lived.world.postbox.mark()
    crew.accept(MARTA, crew.invite(ERIK, account_id, f"underskrift-{mark}@exempel.se", read_only=True))
    page = mailed_link(lived, "erik@exempel.se", mark, "/behorigheter/inbjudningar/")
    visitor.arrive(ERIK)
    visitor.choose(made.name)
    visitor.page.goto(page)
    visitor.check_accessible()
    _to_sign(visitor)
    visitor.check_accessible()
    unfold(visitor, visitor.words("Jag vill inte skriva under", "I do not want to sign"))
    visitor.press(visitor.words("Avstå", "Decline"))
    visitor.says(visitor.words("Du avstod från att skriva under.", "You declined to sign."))
    visitor.check_accessible()
    visitor.page.get_by_role("link", name=visitor.words("Till inbjudan", "To the invitation")).click()
    again = visitor.words("Du har inte skrivit under", "You have not signed")
    until("the invitation to know", lambda: again in visitor.page.content() or not visitor.page.goto(page))
    visitor.check_accessible()

    _to_sign(visitor)
    order = _show_code(visitor)
    visitor.check_accessible()
    shown = visitor.bankid.order(order)["visibleText"]
    assert f"**{OTHER}**" in shown
    assert MARTA not in shown.replace("-", ""), "a name and a year, never a number"
    visitor.identify(ERIK)
    visitor.page.wait_for_url("**/behorigheter/inbjudningar/*")
    until("the access", lambda: account_id in {row["id"] for row in crew[MARTA].accounts()["items"]})
    visitor.page.goto(page)
    visitor.says(visitor.words("Underskriven med BankID", "Signed with BankID"))
    visitor.check_accessible()
    mailed_link(lived, f"underskrift-{mark}@exempel.se", mark, "konto=")

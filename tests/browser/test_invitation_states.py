"""What else becomes of an invitation: declined, denied, expired and renewed, used by another; and the yearly review."""

from __future__ import annotations

import pytest
from tests.browser.scene import Crew, mailed_link, open_link, run_job, unfold

from runner.journey.gateway_client import until
from runner.journey.seed import ERIK, LINNEA, MARTA
from sim_bankid.persons import PERSONS

pytestmark = pytest.mark.journey

MOA = "201001192382"
MARTAS, LINNEAS, MOAS = (PERSONS[number].name for number in (MARTA, LINNEA, MOA))


@pytest.fixture(scope="module")
def crew(lived):
    return Crew(lived)


@pytest.fixture
def office(crew):
    """A company of Erik's with an invitation that is on its way: company, account, address and link."""
    company, account_id = crew.company(ERIK)
    address = f"gast-{crew.lived.world.postbox.mark()}@exempel.se"
    return company, account_id, address, crew.invite(ERIK, account_id, address)


@pytest.fixture(scope="module")
def branches(crew):
    """Erik has let in Märta and Linnéa, and Märta has let in Moa."""
    company, account_id = crew.company(ERIK)
    crew.let_in(ERIK, account_id, MARTA)
    crew.let_in(ERIK, account_id, LINNEA)
    crew.let_in(MARTA, account_id, MOA)
    return company


def _row(owner):
    """The only invitation of the list."""
    owner.go("/behorigheter")
    return owner.page.locator(".person", has_text="@exempel.se")


def _enter(visitor, number, company):
    visitor.arrive(number)
    visitor.choose(company.name)


def test_FC8_B_24_declined_by_whom_the_mail_came_to_without_a_login(visitors, look, office):
    company, _, _, link = office
    guest, owner = visitors(look), visitors(look)
    open_link(guest, link)
    unfold(guest, guest.words("Tacka nej", "Decline"))
    guest.says(guest.words("Länken slutar gälla", "The link stops working"))
    guest.check_accessible()
    guest.press(guest.words("Ja, tacka nej", "Yes, decline"))
    guest.says(guest.words("Du har tackat nej", "You have declined"))
    guest.check_accessible()
    open_link(guest, link)
    guest.says(guest.words("Inbjudan är avböjd", "The invitation was declined"))
    guest.check_accessible()
    _enter(owner, ERIK, company)
    assert owner.words("Avböjd", "Declined") in _row(owner).inner_text()


def test_T52_D3_FC7_denied_by_the_inviter_and_no_access(visitor, crew, office):
    company, account_id, _, link = office
    crew.accept(MARTA, link)
    _enter(visitor, ERIK, company)
    visitor.go("/behorigheter")
    decide = visitor.words(f"Godkänn eller neka {MARTAS}", f"Approve or deny {MARTAS}")
    visitor.page.get_by_role("link", name=decide).click()
    unfold(visitor, visitor.words("Neka", "Deny"))
    visitor.says(visitor.words(f"Neka {MARTAS}?", f"Deny {MARTAS}?"))
    visitor.check_accessible()
    visitor.press(visitor.words("Ja, neka", "Yes, deny"))
    visitor.says(visitor.words("Personen är nekad och har inte fått någon", "The person has been denied and has no"))
    assert visitor.words("Nekad", "Denied") in _row(visitor).inner_text()
    assert account_id not in {row["id"] for row in crew[MARTA].accounts()["items"]}


def test_T47_T48_T49_D7_B_24_FC3_expired_after_72_hours_and_renewed_with_one_click(visitors, look, lived, office):
    company, account_id, address, link = office
    past = "UPDATE invitation SET sent_at = sent_at - %s::interval, expires_at = expires_at - %s::interval "
    hours = "72 hours"
    assert lived.query("invitations", past + "WHERE account_id = %s RETURNING id", hours, hours, account_id)
    guest, owner = visitors(look), visitors(look)
    open_link(guest, link)
    guest.says(guest.words("Inbjudan har gått ut", "The invitation has expired"))
    guest.check_accessible()
    _enter(owner, ERIK, company)
    assert owner.words("Utgången", "Expired") in _row(owner).inner_text()
    owner.check_accessible()
    mark = lived.world.postbox.mark()
    owner.page.get_by_role("button", name=owner.words("Förnya inbjudan till", "Renew the invitation to")).click()
    owner.says(owner.words("En ny länk är skickad. Den gamla gäller inte längre.", "A new link has been sent."))
    assert owner.words("Skickad", "Sent") in _row(owner).inner_text()
    new = mailed_link(lived, address, mark)
    open_link(guest, link)
    guest.says(guest.words("Länken är ersatt", "There is a newer link"))
    guest.check_accessible()
    open_link(guest, new)
    guest.says(guest.words("Du är inbjuden", "You are invited"))


def test_B_24_C12_used_by_another_and_ones_own_are_told_apart(visitors, look, crew, office):
    *_, link = office
    guest, owner = visitors(look), visitors(look)
    owner.arrive(ERIK)
    open_link(owner, link)
    owner.press(owner.words("Acceptera inbjudan", "Accept the invitation"))
    owner.says(owner.words("Det är din egen inbjudan", "own invitation"))
    owner.check_accessible()
    crew.accept(LINNEA, link)
    guest.arrive(MARTA)
    open_link(guest, link)
    guest.says(guest.words("Inbjudan är redan använd", "The invitation is already used"))
    guest.press(guest.words("Visa vad som gäller för mig", "Show how it stands for me"))
    guest.says(guest.words("En annan person har redan accepterat inbjudan", "Another person has already accepted"))
    guest.check_accessible()


def test_T50_D1_one_sees_whom_one_has_let_in_and_the_signatory_sees_everybody(visitors, look, branches):
    def people(number):
        person = visitors(look)
        _enter(person, number, branches)
        person.go("/behorigheter")
        person.check_accessible()
        return {name for name in (MARTAS, LINNEAS, MOAS) if name in person.page.locator("main").inner_text()}

    assert people(MARTA) == {MOAS}
    assert people(LINNEA) == set()
    assert people(ERIK) == {MARTAS, LINNEAS, MOAS}


def test_B_08_FC23_the_yearly_review_keeps_one_and_removes_another(visitor, lived, crew):
    company, account_id = crew.company(ERIK)
    crew.let_in(ERIK, account_id, MARTA)
    crew.let_in(ERIK, account_id, LINNEA)
    year = "UPDATE membership SET granted_at = granted_at - interval '366 days' WHERE account_id = %s RETURNING id"
    assert lived.query("org-registry", year, account_id)
    run_job(lived, "org-registry", "review-memberships")
    _enter(visitor, ERIK, company)
    visitor.go("/behorigheter")
    visitor.page.get_by_role("link", name=visitor.words("Gör översynen", "Do the review")).click()
    visitor.press(visitor.words("Spara svaren", "Save the answers"))
    visitor.says(visitor.words(f"Välj om {MARTAS} ska behålla", f"Choose whether {MARTAS} shall keep"))
    visitor.check_accessible()
    for name, answer in ((MARTAS, ("Behåll", "Keep")), (LINNEAS, ("Ta bort", "Remove"))):
        question = visitor.page.get_by_role("group", name=name)
        question.get_by_label(visitor.words(*answer)).check()
    visitor.press(visitor.words("Spara svaren", "Save the answers"))
    visitor.says(visitor.words("Tack, översynen är gjord.", "Thank you, the review is done."))
    main = visitor.page.locator("main")
    assert MARTAS in main.inner_text()
    assert visitor.page.get_by_role("link", name=LINNEAS).count() == 0
    until("Linnéa to be out", lambda: account_id not in {row["id"] for row in crew[LINNEA].accounts()["items"]})
    visitor.go("/behorigheter/oversyn")
    visitor.says(visitor.words("Det finns inget att svara på nu. Nästa översyn", "There is nothing to answer now."))
    visitor.check_accessible()

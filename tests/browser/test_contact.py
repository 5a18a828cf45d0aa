"""Where a person is reached: changed with a code, asked about once a year, in every look."""

from __future__ import annotations

import re

import pytest

from runner.journey.seed import LINNEA

pytestmark = pytest.mark.journey

HERE = "/installningar/kontaktuppgifter"
CODE = re.compile(r"\b([0-9]{6})\b")


@pytest.fixture(autouse=True)
def _an_hour_has_passed(lived):
    """Three codes an hour are sent to one person (C28): those of the tests before this one are forgotten."""
    lived.query(
        "identity",
        "UPDATE contact_change SET created_at = created_at - interval '2 hours',"
        " expires_at = expires_at - interval '2 hours' RETURNING id",
    )


def _log_in(visitor):
    """Contact details ask for a BankID used within fifteen minutes."""
    visitor.log_in(LINNEA)
    if visitor.path.startswith("/registrera"):
        visitor.register()


def _confirm(visitor, code):
    visitor.page.locator("#field-code").fill(code)
    visitor.press(visitor.words("Bekräfta", "Confirm"))


def test_T42_T66_T67_FJ1_FJ2_a_new_address_counts_when_its_code_is_typed_and_the_old_one_is_told(visitor, lived):
    postbox = lived.world.postbox
    _log_in(visitor)
    visitor.go("/installningar")
    visitor.page.get_by_role(
        "link", name=visitor.words("Ändra mina kontaktuppgifter", "Change my contact details")
    ).first.click()
    visitor.page.wait_for_url(f"**{HERE}")
    old = visitor.page.locator("strong", has_text="@").inner_text()
    save = visitor.page.locator("#email-form").get_by_role("button", name=visitor.words("Spara", "Save"))
    visitor.page.locator("#field-email").fill("inte en adress")
    save.click()
    visitor.page.locator("#error-email").wait_for()
    visitor.check_accessible()
    mark = postbox.mark()
    new = f"ny-{mark}@exempel.se"
    visitor.page.locator("#field-email").fill(new)
    save.click()
    visitor.says(visitor.words("Skriv koden", "Enter the code"))
    visitor.check_accessible()
    page = visitor.path
    code = CODE.search(postbox.wait_for_mail(new, since=mark, timeout=20)["text"])[1]
    _confirm(visitor, f"{(int(code) + 1) % 1_000_000:06d}")
    visitor.page.locator("#error-code").wait_for()
    visitor.says(visitor.words("4 försök kvar.", "4 tries left."))
    visitor.check_accessible()
    _confirm(visitor, f"{code[:3]} {code[3:]}")
    visitor.says(visitor.words("Uppgiften är bekräftad", "It is confirmed"))
    assert visitor.page.locator("strong", has_text="@").inner_text() == new
    visitor.check_accessible()
    told = postbox.wait_for_mail(old, since=mark, timeout=20)
    assert new not in told["text"]
    visitor.go(page)
    visitor.says(visitor.words("Bytet är redan bekräftat", "The change has already been confirmed"))
    visitor.check_accessible()


def test_T67_FJ2_a_new_number_counts_when_the_code_of_its_message_is_typed_in_every_look(visitor, lived):
    _log_in(visitor)
    mark = lived.world.postbox.mark()
    number = f"+467017406{5 + mark % 95:02}"  # of those that are kept for fiction
    visitor.go(HERE)
    present = visitor.page.locator("strong", has_text="+46")
    if present.count() and present.inner_text() == number:
        number = f"+467017406{(6 + mark % 95) % 100:02}"
    visitor.page.locator("#field-phone").fill(number.replace("+46", "0"))
    visitor.page.locator("#phone-form").get_by_role("button", name=visitor.words("Spara", "Save")).click()
    visitor.says(visitor.words("Skriv koden", "Enter the code"))
    visitor.check_accessible()
    sms = lived.world.postbox.wait_for_sms(number, since=mark, timeout=20)
    _confirm(visitor, CODE.search(sms["text"])[1])
    visitor.says(visitor.words("Uppgiften är bekräftad", "It is confirmed"))
    visitor.says(number)
    visitor.check_accessible()


def test_FJ2_who_has_been_logged_in_for_long_identifies_again_and_comes_back_in_every_look(visitor, lived):
    _log_in(visitor)
    lived.query(
        "identity",
        "UPDATE session SET authenticated_at = authenticated_at - interval '16 minutes' WHERE id ="
        " (SELECT id FROM session ORDER BY created_at DESC LIMIT 1) RETURNING id",
    )
    visitor.go(HERE)
    visitor.page.locator("#field-phone").fill("070-174 06 99")
    visitor.page.locator("#phone-form").get_by_role("button", name=visitor.words("Spara", "Save")).click()
    visitor.says(visitor.words("Legitimera dig igen", "Identify yourself again"))
    assert visitor.page.locator("#field-phone").input_value() == "070-174 06 99"
    visitor.check_accessible()
    visitor.identify_again(LINNEA)
    visitor.page.wait_for_url(lambda address: "/logga-in" not in address)
    assert visitor.path.startswith((HERE, "/konto?next=%2Finstallningar%2Fkontaktuppgifter"))


def test_FJ5_once_a_year_the_overview_asks_and_one_button_answers_in_every_look(visitor, lived):
    visitor.enter(LINNEA, "Exempelgatan 1")
    asked = visitor.words("Stämmer dina kontaktuppgifter?", "Are your contact details right?")
    assert visitor.page.get_by_text(asked).count() == 0
    lived.query(
        "identity",
        "UPDATE person SET registered_at = registered_at - interval '366 days', contact_reviewed_at = NULL,"
        " contact_changed_at = contact_changed_at - interval '366 days',"
        " email_verified_at = email_verified_at - interval '366 days',"
        " phone_verified_at = phone_verified_at - interval '366 days' WHERE id ="
        " (SELECT person_id FROM session ORDER BY last_seen_at DESC LIMIT 1) RETURNING id",
    )
    visitor.go("/oversikt")
    visitor.page.get_by_role("link", name=asked).click()
    visitor.page.wait_for_url(f"**{HERE}")
    visitor.check_accessible()
    visitor.press(visitor.words("Ja, uppgifterna stämmer", "Yes, the details are right"))
    visitor.says(visitor.words("Tack! Vi frågar igen om ett år.", "Thank you! We will ask again in a year."))
    visitor.check_accessible()
    visitor.go("/oversikt")
    assert visitor.page.get_by_text(asked).count() == 0

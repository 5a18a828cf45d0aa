"""Once a year the portal asks whether the contact details are still right."""

from __future__ import annotations

import pytest
from tests.browser.homes import new_home

pytestmark = pytest.mark.journey

LINNEA = "200001012384"
A_YEAR_PASSES = """
    UPDATE person SET registered_at = registered_at - interval '366 days',
        contact_changed_at = contact_changed_at - interval '366 days',
        email_verified_at = email_verified_at - interval '366 days',
        phone_verified_at = phone_verified_at - interval '366 days',
        contact_reviewed_at = contact_reviewed_at - interval '366 days'
    WHERE id = (SELECT person_id FROM session ORDER BY created_at DESC LIMIT 1) RETURNING 1"""


def test_FJ5_a_year_after_the_last_word_the_overview_asks_and_one_button_answers(visitor, lived):
    english = visitor.look.english
    asked = "Are your contact details right?" if english else "Stämmer dina kontaktuppgifter?"
    yes = "Yes, the details are right" if english else "Ja, uppgifterna stämmer"
    home = new_home(lived, LINNEA)
    visitor.arrive(LINNEA)
    visitor.choose(home.customer)
    assert asked not in visitor.page.inner_text("main")
    assert lived.query("identity", A_YEAR_PASSES)
    visitor.go("/oversikt")
    visitor.says(asked)
    visitor.check_accessible()
    visitor.page.get_by_role("link", name=asked).click()
    visitor.check_accessible()
    visitor.press(yes)
    visitor.page.wait_for_load_state("load")
    assert visitor.page.get_by_role("button", name=yes).count() == 0
    visitor.go("/oversikt")
    assert asked not in visitor.page.inner_text("main")

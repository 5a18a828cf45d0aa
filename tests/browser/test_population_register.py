"""What the population register says of a person, on the page of the contact details, in every look (FJ3, FJ9)."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.browser.scene import run_job

from portal.formats import ZONE, Formats
from runner.journey.gateway_client import until
from runner.journey.seed import LINNEA
from sim_bankid.persons import PERSONS

pytestmark = pytest.mark.journey

HERE = "/installningar/kontaktuppgifter"
A_MONTH_PASSES = """
    UPDATE population_register
    SET checked_at = checked_at - interval '31 days', asked_at = asked_at - interval '31 days' RETURNING 1"""
PROTECTED = """
    UPDATE population_register SET outcome = 'protected', answer_sealed = NULL
    WHERE person_id = (SELECT person_id FROM session ORDER BY created_at DESC LIMIT 1) RETURNING 1"""


def _moved(visitor, lived):
    """Moves, logs in a month later, and opens the page when the register has been asked; returns the street."""
    street = f"Flyttgränd {lived.world.postbox.mark()}:{visitor.look.name}"
    lived.world.spar.move(LINNEA, street, "58115", "EXEMPELSTAD")
    lived.query("identity", A_MONTH_PASSES)
    visitor.log_in(LINNEA)
    if visitor.path.startswith("/registrera"):
        visitor.register()
    run_job(lived, "identity", "ask-population-register")
    visitor.go(HERE)
    until("the new address", lambda: street in visitor.page.content() or not visitor.go(HERE))
    return street


def _card(visitor):
    return visitor.page.locator(".card", has_text=visitor.words("Från folkbokföringen", "From the population register"))


def test_FJ3_FJ4_the_new_address_stands_with_the_day_it_was_fetched_and_cannot_be_changed_here(visitor, lived):
    before = datetime.now(ZONE)
    street = _moved(visitor, lived)
    card = _card(visitor)
    rows = [row.inner_text().splitlines() for row in card.locator("dl > div").all()]
    assert rows == [
        [visitor.words("Folkbokfört namn", "Registered name"), PERSONS[LINNEA].name],
        [visitor.words("Adress", "Address"), street, "581 15 EXEMPELSTAD"],
    ]
    formats = Formats(visitor.words("sv", "en"))
    days = {formats.date(when.date()) for when in (before, datetime.now(ZONE))}
    said = card.locator("p.muted").inner_text()
    fetched = visitor.words("Hämtat från Skatteverket den", "Fetched from the Swedish Tax Agency on")
    assert any(said.startswith(f"{fetched} {day}.") for day in days), said
    assert card.locator("form, input, a, button").count() == 0
    visitor.check_accessible()


def test_FJ9_D23_of_a_protected_person_the_page_shows_that_and_nothing_else(visitor, lived):
    street = _moved(visitor, lived)
    lived.query("identity", PROTECTED)
    visitor.go(HERE)
    card = _card(visitor)
    kept = visitor.words("Därför sparar vi varken namn eller adress", "That is why we keep neither your name")
    assert kept in card.inner_text()
    assert card.locator("dl").count() == 0
    assert street not in visitor.page.content()
    visitor.check_accessible()
    # At the next login the register is asked again, and says what is true of her.
    lived.query("identity", A_MONTH_PASSES)

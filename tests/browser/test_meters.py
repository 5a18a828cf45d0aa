"""The water meter, read by its owner in every look: refused, asked about, confirmed, corrected, billed, answered."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import date, timedelta

import pytest
from tests.browser.homes import new_home

from runner.journey.gateway_client import until
from runner.journey.seed import LINNEA

pytestmark = pytest.mark.journey

NEW = "/matare/avlasningar/ny"
READING = re.compile(r"/matare/avlasningar/[0-9a-f-]{36}$")


def _at_home(visitor, lived):
    """In the account of a home whose meter metering has been told of."""
    home = new_home(lived, LINNEA)
    visitor.enter(LINNEA, home.customer)
    until("the meter", lambda: visitor.go("/matare") and visitor.page.get_by_text(home.meter).count())
    return home


def _send(visitor, value, day=None, number=None):
    """Fill in the form that is open and send it."""
    visitor.page.locator("#field-varde").fill(str(value))
    if day is not None:
        visitor.page.locator("#field-datum").fill(str(day))
    if number is not None:
        visitor.page.locator("#field-matarnummer").fill(number)
    visitor.page.locator("main form[action^='/matare/'] button").last.click()


def _said_at(visitor, field, text):
    """The field says what is wrong with it, and so does the summary above, which a screen reader is led to."""
    visitor.page.locator(f"#error-{field}", has_text=text).wait_for()
    assert visitor.page.locator("#error-summary").get_by_role("link").count() == 1
    assert visitor.page.locator(f"#field-{field}").get_attribute("aria-invalid") == "true"
    if visitor.look.script:
        assert visitor.page.evaluate("document.activeElement.id") == "error-summary"


def _counted(visitor, value):
    gap = "," if visitor.look.english else "\N{NO-BREAK SPACE}"
    return f"{value:,}".replace(",", gap) + "\N{NO-BREAK SPACE}m³"


def test_T5_D24_FF1_FF2_FF3_FF6_values_that_cannot_be_are_refused_with_the_mend_and_a_right_one_taken(visitor, lived):
    home, today = _at_home(visitor, lived), date.today()
    visitor.says(_counted(visitor, home.start_m3))
    visitor.check_accessible()
    visitor.page.get_by_role("link", name=visitor.words("Registrera mätarställning", "Report a meter reading")).click()
    visitor.page.wait_for_url(f"**{NEW}?matplats=*")
    assert visitor.page.locator("#field-datum").input_value() == str(today)
    visitor.check_accessible()
    _send(visitor, "")
    _said_at(visitor, "varde", visitor.words("Skriv mätarställningen.", "Write the meter value."))
    visitor.check_accessible()
    _send(visitor, "1130,5")
    _said_at(visitor, "varde", visitor.words("utan decimaler", "without decimals"))
    assert visitor.page.locator("#field-varde").input_value() == "1130,5", "what was typed is still there"
    _send(visitor, 1130, today + timedelta(days=1))
    visitor.says(visitor.words("Datumet har inte varit än", "The date has not come yet"))
    visitor.check_accessible()
    _send(visitor, home.start_m3 - 100, today)
    visitor.says(visitor.words("Värdet är lägre än det förra", "The value is lower than the last one"))
    _send(visitor, 1_130_000, today)
    visitor.says(visitor.words("För många siffror", "Too many digits"))
    _send(visitor, 1130, today, "VM-1")
    visitor.says(visitor.words("Fel mätarnummer", "Wrong meter number"))
    _send(visitor, 1130, today, home.meter)
    visitor.page.wait_for_url(READING)
    visitor.says(visitor.words("Tack! Mätarställningen är registrerad.", "Thank you! The meter reading has been"))
    visitor.says(_counted(visitor, 130))
    visitor.check_accessible()
    visitor.go(NEW)
    _send(visitor, 1131)
    visitor.says(visitor.words("Redan registrerad", "Already registered"))
    visitor.go("/matare")
    visitor.says(visitor.words("Dig eller någon på kontot", "You or somebody of the account"))
    assert visitor.page.locator("tbody tr", has_text=_counted(visitor, 1130)).count() == 1
    visitor.check_accessible()


def test_D24_FF4_FF7_FF9_asked_whether_it_is_sure_then_corrected_until_it_is_billed(visitor, lived):
    _at_home(visitor, lived)
    visitor.go(NEW)
    _send(visitor, 1130, date.today() - timedelta(days=30))
    visitor.page.wait_for_url(READING)
    visitor.go(NEW)
    _send(visitor, 1990)
    visitor.says(visitor.words("Är du säker?", "Are you sure?"))
    visitor.says(visitor.words("Är det en läcka?", "Is it a leak?"))
    if visitor.look.script:
        assert visitor.page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    visitor.check_accessible()
    visitor.page.locator("#field-varde").fill("1991")
    visitor.press(visitor.words("Skicka det ändrade värdet", "Send the changed value"))
    yes = visitor.words("Ja, 1991 m³ stämmer", "Yes, 1991 m³ is right")
    visitor.press(yes)
    visitor.page.wait_for_url(READING)
    page = visitor.path
    visitor.says(visitor.words("Vi kontrollerar värdet", "We are checking the value"))
    visitor.says(visitor.words("Leta gärna efter en läcka", "Please look for a leak"))
    visitor.check_accessible()

    visitor.page.get_by_role("link", name=visitor.words("Rätta värdet", "Correct the value")).click()
    visitor.check_accessible()
    _send(visitor, 1991)
    visitor.says(visitor.words("Värdet är detsamma", "The value is the same"))
    _send(visitor, 1899)
    visitor.says(visitor.words("Är du säker?", "Are you sure?"))
    visitor.check_accessible()
    _send(visitor, 1141)
    visitor.page.wait_for_url(f"**{page}")
    visitor.says(visitor.words("Mätarställningen är rättad.", "The meter reading has been corrected."))
    visitor.says(_counted(visitor, 1141))
    assert visitor.page.get_by_text(visitor.words("Vi kontrollerar värdet", "We are checking the value")).count() == 0
    visitor.check_accessible()

    issued = until("the batch to find both", lambda: _billed(lived, page))
    number = visitor.words("Faktura ", "Invoice ") + issued["invoice_number"]
    until("the page to say so", lambda: visitor.go(page) and visitor.page.get_by_text(number).count())
    assert visitor.page.get_by_role("link", name=visitor.words("Rätta värdet", "Correct the value")).count() == 0
    visitor.check_accessible()
    visitor.go(f"{page}/ratta")
    visitor.says(visitor.words("Avläsningen kan inte rättas", "The reading cannot be corrected"))
    visitor.check_accessible()


def _billed(lived, page):
    system = lived.world.billing_system
    system.run_batch()
    return next((row for row in system.state()["invoices"] if row["reading_id"] == page.rsplit("/", 1)[1]), None)


def test_FF7_the_billing_systems_no_is_shown_in_its_words_and_the_value_may_be_sent_anew(visitor, lived):
    home = _at_home(visitor, lived)
    visitor.go(NEW)
    _send(visitor, 1130)
    visitor.page.wait_for_url(READING)
    page = visitor.path
    visitor.says(visitor.words("Svaret kommer vanligen inom en dag", "The answer usually comes within a day"))
    ledger = sqlite3.connect(lived.planner.layout.run / "batch-billing.db", timeout=10)
    with closing(ledger), ledger:  # the billing system has lost the agreement
        ledger.execute("DELETE FROM agreement WHERE customer_number = ?", [home.customer])
    lived.world.billing_system.run_batch()
    no = visitor.words("Avläsningen kunde inte användas", "The reading could not be used")
    until("the answer", lambda: visitor.go(page) and visitor.page.get_by_text(no).count())
    visitor.says(visitor.words("Avvisad", "Rejected"))
    visitor.check_accessible()
    visitor.go("/matare")
    visitor.says(visitor.words("Avvisad", "Rejected"))
    visitor.check_accessible()
    visitor.go(NEW)
    _send(visitor, 1132)
    visitor.says(visitor.words("Tack!", "Thank you!"))

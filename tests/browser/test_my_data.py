"""What is held about me: asked for, downloaded, erased as far as may be, in every look."""

from __future__ import annotations

import re
import zipfile
from datetime import date, timedelta

import pytest
from tests.browser.conftest import OPPOSITES
from tests.browser.homes import new_home

from runner.journey.gateway_client import until
from runner.journey.seed import EBBA
from sim_bankid.persons import PERSONS

pytestmark = pytest.mark.journey

HERE = "/installningar/mina-uppgifter"
MOA = "201001192382"


@pytest.fixture(autouse=True)
def _days_have_passed(lived):
    """Three requests a day are taken: those of the tests before this one are forgotten."""
    lived.query("identity", "UPDATE data_request SET requested_at = requested_at - interval '2 days' RETURNING id")


def _log_in(visitor, number):
    """The own data asks for a BankID used within fifteen minutes."""
    visitor.log_in(number)
    if visitor.path.startswith("/registrera"):
        visitor.register()


def _an_old_login(lived):
    lived.query(
        "identity",
        "UPDATE session SET authenticated_at = authenticated_at - interval '16 minutes' WHERE id ="
        " (SELECT id FROM session ORDER BY created_at DESC LIMIT 1) RETURNING id",
    )


def _again_until(visitor, text):
    until(text, lambda: visitor.page.get_by_text(text, exact=True).count() or not visitor.go(visitor.path), 60)
    visitor.says(text)


def test_B_21_FJ8_FJ10_my_data_are_collected_and_downloaded_as_one_file_in_every_look(visitor, lived, tmp_path):
    _log_in(visitor, EBBA)
    visitor.go("/installningar")
    visitor.page.get_by_role("link", name=visitor.words("Mina uppgifter", "My data")).first.click()
    visitor.page.wait_for_url(f"**{HERE}")
    visitor.page.locator("summary", has_text=visitor.words("Det här sparar vi", "What we keep")).click()
    visitor.page.get_by_role("table", name=visitor.words("Det här sparar vi", "What we keep")).wait_for()
    visitor.check_accessible()
    fetch = visitor.page.get_by_role("link", name=visitor.words("Ladda ner filen", "Download the file"))
    had = fetch.count()
    visitor.press(visitor.words("Samla mina uppgifter", "Collect my data"))
    visitor.page.wait_for_url(f"**{HERE}")
    visitor.check_accessible()
    until("the file", lambda: fetch.count() > had or not visitor.go(HERE), 30)
    visitor.check_accessible()
    with visitor.page.expect_download() as download:
        fetch.first.click()
    assert download.value.suggested_filename == "mina-uppgifter.zip"
    path = tmp_path / "file.zip"
    download.value.save_as(path)
    names = {name.split("/")[0] for name in zipfile.ZipFile(path).namelist()}
    assert {"identity", "billing", "activity", "index.html"} <= names


def test_FJ8_a_fourth_request_in_a_day_is_refused_in_words_and_an_old_login_is_made_anew(visitor, lived):
    _log_in(visitor, EBBA)
    _an_old_login(lived)
    visitor.go(HERE)
    visitor.press(visitor.words("Samla mina uppgifter", "Collect my data"))
    visitor.says(visitor.words("Legitimera dig igen", "Identify yourself again"))
    visitor.check_accessible()
    visitor.identify_again(EBBA)
    visitor.page.wait_for_url(lambda address: "/logga-in" not in address)
    visitor.go(HERE)
    collect = visitor.words("Samla mina uppgifter", "Collect my data")
    refused = visitor.page.locator("#error-summary")
    for _ in range(4):  # one that is still being collected is a refusal too
        with visitor.page.expect_navigation():
            visitor.press(collect)
        if refused.count():
            break
    refused.wait_for()
    visitor.check_accessible()


@OPPOSITES
def test_FJ8_T13_an_old_login_is_made_anew_on_this_device_too(visitors, look, lived):
    visitor = visitors(look)
    _log_in(visitor, EBBA)
    _an_old_login(lived)
    visitor.go(HERE)
    visitor.press(visitor.words("Samla mina uppgifter", "Collect my data"))
    visitor.press(
        visitor.words("Logga in igen med BankID på den här enheten", "Log in again with BankID on this device")
    )
    visitor.check_accessible()
    visitor.use_app(EBBA)
    visitor.page.wait_for_url(lambda address: "/logga-in" not in address)
    visitor.go(HERE)
    visitor.press(visitor.words("Samla mina uppgifter", "Collect my data"))
    visitor.page.wait_for_url(f"**{HERE}")


def test_FJ8_FJ10_erasing_says_what_stands_against_it_and_gives_a_receipt_when_done_in_every_look(
    visitors, look, lived
):
    visitor, anybody = visitors(look), visitors(look)
    home = new_home(lived, MOA)
    _log_in(visitor, MOA)
    until("the account", lambda: visitor.go("/konto") and visitor.page.locator(".choice").count())
    visitor.go(HERE)
    erase = visitor.words("Radera mina uppgifter", "Erase my data")
    visitor.press(erase)
    visitor.says(visitor.words("Bekräfta att du förstår", "Confirm that you understand"))
    visitor.check_accessible()
    visitor.page.locator("#field-confirm").check()
    visitor.press(erase)
    visitor.page.wait_for_url(re.compile(r"/radering/[0-9a-f-]{36}$"))
    visitor.check_accessible()
    _again_until(visitor, visitor.words("Kan inte göras nu", "Cannot be done now"))
    visitor.says(visitor.words("Det här står i vägen:", "This stands against it:"))
    visitor.check_accessible()

    lived.world.billing_system.end_agreement(home.agreement, str(date.today() - timedelta(days=1)))
    ended = "SELECT 1 FROM agreement WHERE agreement_number = %s AND ends_on IS NOT NULL"
    until("the end of the agreement", lambda: lived.query("org-registry", ended, home.agreement))
    visitor.go(HERE)
    visitor.page.locator("#field-confirm").check()
    visitor.press(erase)
    visitor.page.wait_for_url(re.compile(r"/radering/[0-9a-f-]{36}$"))
    _again_until(visitor, visitor.words("Klar", "Done"))
    visitor.says(visitor.words("Det här är ditt kvitto", "This is your receipt"))
    visitor.says(visitor.words("Raderat:", "Erased:"))
    visitor.check_accessible()
    anybody.go(visitor.path)
    anybody.says(anybody.words("Det här är ditt kvitto", "This is your receipt"))
    assert PERSONS[MOA].given_name not in anybody.page.content()
    visitor.go(HERE)
    assert visitor.path.startswith("/logga-in"), "logged out everywhere"

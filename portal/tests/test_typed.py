"""What somebody had written is not lost with the session, and no secret is shown with it (B-03, S16)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import portal as package
from portal.web.typed import NOT_SHOWN, WORDS

TEMPLATES = Path(package.__file__).parent / "templates"
WRITTEN = re.compile(r'ui\.(?:field|textarea)\(form, "([a-z_]+)"')
READ_ONLY = {"fran", "till"}
"""Of filters, which are in the page's address."""


def test_B_03_every_field_that_people_write_in_is_kept_or_left_out_for_a_reason():
    sources = [path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")]
    written = {name for source in sources for name in WRITTEN.findall(source)}
    assert written - READ_ONLY == WORDS.keys() | NOT_SHOWN


def test_B_03_words_are_shown_by_the_name_of_their_field(portal):
    portal.log_in()
    portal.api.refuse("POST", "/org-registry/v1/company-accounts", 401, "not-logged-in")
    page = portal.post("/foretagskonto", {"organisation_number": "556016-0680"})
    assert re.search(r"<dt[^>]*>Organisationsnummer</dt>\s*<dd[^>]*>556016-0680", page.text)


@pytest.mark.parametrize("name", sorted(NOT_SHOWN))
def test_B_03_S16_a_secret_or_a_personal_number_is_not_shown_again(portal, name):
    portal.log_in()
    portal.api.refuse("POST", "/org-registry/v1/company-accounts", 401, "not-logged-in")
    page = portal.post("/foretagskonto", {"organisation_number": "556016-0680", name: "191212121212"})
    assert page.status_code == 401
    assert "191212121212" not in page.text

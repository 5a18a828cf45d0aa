"""What everybody may read without logging in: accessibility, personal data, cookies, BankID."""

from __future__ import annotations

import pytest

PAGES = ("/tillganglighet", "/integritet", "/kakor", "/om-bankid")
PURPOSES = (
    "De personuppgifter som lämnas registreras och behandlas för att underlätta administration och handläggning samt "
    "för statistiska ändamål."
)


@pytest.mark.parametrize("path", PAGES)
def test_FJ11_FJ7_they_are_open_to_everybody_and_linked_from_every_page(portal, path):
    assert portal.get(path).status_code == 200
    assert not portal.api.calls, "nobody has to be known for it"
    for other in PAGES:
        footer = portal.get(other).text.split("<footer")[1]
        assert f'href="{path}"' in footer


def test_S33_it_is_said_for_what_purposes_personal_data_is_kept(portal):
    assert PURPOSES in portal.get("/integritet").text


def test_S34_S35_the_operators_policy_and_its_data_protection_officer_can_be_reached(make_portal):
    page = make_portal(
        privacy_url="https://exempelverken.example.se/integritetspolicy", data_protection_email="ombud@example.se"
    ).get("/integritet")
    assert 'href="https://exempelverken.example.se/integritetspolicy"' in page.text
    assert 'href="mailto:ombud@example.se"' in page.text
    assert "integritetspolicy" not in make_portal().get("/integritet").text.split("<main")[1], (
        "none, where there is none"
    )


def test_S36_S37_an_e_identification_is_explained_and_where_to_read_more(portal):
    page = portal.get("/om-bankid").text
    assert "kan jämföras med en vanlig id-handling, till exempel id-kort eller körkort" in page
    assert "på ett säkert sätt legitimera dig på internet" in page
    assert 'href="https://www.skatteverket.se/e-legitimation"' in page


def test_FJ11_the_statement_says_what_is_lacking_whom_to_tell_and_who_supervises(make_portal):
    own = (
        make_portal(accessibility_email="hinder@example.se", accessibility_reviewed_on="2026-11-20").get(PAGES[0]).text
    )
    assert "Kända brister" in own
    assert 'href="mailto:hinder@example.se"' in own
    assert "digg.se" in own
    assert "Senast granskad 20 november 2026." in own
    assert 'href="mailto:kundservice@example.se"' in make_portal().get(PAGES[0]).text.split("<main")[1]


def test_FJ7_every_cookie_is_named_with_its_purpose(portal):
    page = portal.get("/kakor").text
    for name in ("__Host-sid", "__Host-pre", "__Host-device", "__Host-language", "__Host-message"):
        assert name in page

from __future__ import annotations

from uuid import UUID

import pytest

ME = {
    "person_id": str(UUID(int=1)),
    "name": "Karin Test",
    "birth_year": 1999,
    "personal_number_masked": "19990807-****",
    "email": "karin@exempel.se",
    "phone": None,
    "email_bounced": False,
    "phone_bounced": False,
    "email_verified": True,
    "phone_verified": False,
    "locale": "sv",
    "registered_at": "2026-01-01T00:00:00Z",
}
PREFERENCES = "/notify/v1/preferences"


@pytest.fixture
def person(portal):
    portal.log_in()
    portal.api.on("GET", "/identity/v1/me", ME)
    return portal


class TestOverview:
    def test_T42_T66_the_way_to_everything_that_can_be_changed(self, person):
        html = person.get("/installningar").text
        assert "Ändra inställningar" in html
        assert "Ändra mina kontaktuppgifter" in html
        for path in (
            "kontaktuppgifter",
            "aviseringar",
            "sprak",
            "inloggningar",
            "aktivitet",
            "kundservice",
            "mina-uppgifter",
        ):
            assert f'href="/installningar/{path}"' in html
        assert 'href="/behorigheter"' in html

    def test_B_04_an_address_that_takes_nothing_is_said_with_the_way_to_mend_it(self, person):
        assert "Vi når dig inte" not in person.get("/installningar").text
        person.api.on("GET", "/identity/v1/me", ME | {"email_bounced": True})
        assert "Vi når dig inte" in person.get("/installningar").text

    def test_D27_the_language_is_chosen_with_a_button_that_works_without_script(self, person):
        html = person.get("/installningar/sprak").text
        assert 'name="language" value="en"' in html
        assert 'name="next" value="/installningar/sprak"' in html


class TestNotices:
    @pytest.fixture
    def choices(self, person):
        rows = [
            {"subject": "access", "title": "Behörigheter", "mandatory": True, "email": True, "sms": False},
            {"subject": "invoices", "title": "Nya fakturor", "mandatory": False, "email": True, "sms": False},
        ]
        channels = [
            {"channel": "email", "has_address": True, "bounced_at": None},
            {"channel": "sms", "has_address": False, "bounced_at": None},
        ]
        person.api.on("GET", PREFERENCES, {"items": rows, "channels": channels})
        person.api.on("PUT", PREFERENCES, {"items": rows, "channels": channels})
        return person

    def test_D26_what_must_come_by_mail_cannot_be_switched_off(self, choices):
        html = choices.get("/installningar/aviseringar").text
        assert 'name="email-access"' not in html
        assert "går inte att välja bort" in html
        assert "inget mobilnummer" in html

    def test_D26_every_choice_is_sent_as_it_stands_on_the_page(self, choices):
        answer = choices.post("/installningar/aviseringar", {"sms-access": "yes", "sms-invoices": "yes"})
        assert answer.status_code == 303
        assert choices.api.sent("PUT", PREFERENCES) == {
            "items": [
                {"subject": "access", "email": True, "sms": True},
                {"subject": "invoices", "email": False, "sms": True},
            ]
        }

    def test_D26_a_refused_choice_is_kept_on_the_page(self, choices):
        choices.api.refuse("PUT", PREFERENCES, 422, "preference-mandatory")
        answer = choices.post("/installningar/aviseringar", {"sms-invoices": "yes"})
        assert answer.status_code == 422
        assert 'name="sms-invoices" value="yes" checked' in answer.text

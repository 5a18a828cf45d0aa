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
    "contact_review_due": False,
    "population_register": None,
}
ENTRY = {
    "name": "Karin Elisabet Test",
    "address": {"lines": ["c/o Ek", "Provgränd 3"], "postal_code": "58223", "town": "LINKÖPING", "country": None},
    "protected": False,
    "checked_at": "2026-11-20T08:00:00Z",
}
CHANGES = "/identity/v1/contact-changes"
CHANGE = str(UUID(int=61))


@pytest.fixture
def person(portal):
    portal.log_in()
    portal.api.on("GET", "/identity/v1/me", ME)
    return portal


def test_T66_FJ2_what_there_is_and_whether_it_is_confirmed(person):
    html = person.get("/installningar/kontaktuppgifter").text
    for part in ("karin@exempel.se", "Bekräftad", "Saknas", "19990807-****"):
        assert part in html


@pytest.fixture
def shown(person):
    """``shown(name=...)``: the page's text, one space between words, where the population register has said this."""

    def page(**changes):
        person.api.on("GET", "/identity/v1/me", ME | {"population_register": ENTRY | changes})
        return " ".join(person.get("/installningar/kontaktuppgifter").text.split())

    return page


def test_FJ3_what_the_population_register_says_stands_beside_bankids_name(shown):
    html = shown()
    for part in (
        "Från folkbokföringen",
        "Karin Elisabet Test",
        "c/o Ek<br>Provgränd 3<br>582 23 LINKÖPING",
        "20 november 2026",
        "ändrar du det hos Skatteverket, inte här",
    ):
        assert part in html
    assert "<dt>Namn</dt><dd>Karin Test</dd>" in html, "BankID's name stays as it is"


def test_FJ3_a_foreign_address_ends_with_its_country(shown):
    abroad = {"lines": ["1 Main St"], "postal_code": None, "town": None, "country": "USA"}
    assert "1 Main St<br>USA" in shown(address=abroad)


def test_FJ3_without_an_address_it_says_so(shown):
    assert "<dt>Adress</dt><dd>Saknas</dd>" in shown(address=None)


def test_FJ3_what_the_register_says_is_text_and_never_markup(shown):
    html = shown(name="<b>Karin</b>", address=ENTRY["address"] | {"lines": ["<script>"]})
    assert "<b>Karin</b>" not in html
    assert "&lt;b&gt;Karin" in html
    assert "&lt;script&gt;" in html


def test_FJ3_FJ9_of_a_protected_identity_nothing_is_kept_and_the_page_says_why(shown):
    html = shown(name=None, address=None, protected=True)
    assert "Dina uppgifter är skyddade" in html
    assert "<dt>Adress</dt>" not in html


def test_FJ3_where_the_register_says_nothing_the_page_does_not_mention_it(person):
    html = person.get("/installningar/kontaktuppgifter").text
    assert "folkbokföringen" not in html


@pytest.mark.parametrize(
    ("kind", "field", "value"), [("epost", "email", "ny@exempel.se"), ("mobil", "phone", "0701740605")]
)
def test_T67_spara_sends_a_code_to_the_new_one_and_asks_for_it(person, kind, field, value):
    person.api.on("POST", CHANGES, {"contact_change_id": CHANGE}, status=201)
    answer = person.post(f"/installningar/kontaktuppgifter/{kind}", {field: value})
    assert answer.headers["Location"] == f"/installningar/kontaktuppgifter/kod/{CHANGE}"
    assert person.api.sent("POST", CHANGES) == {field: value}


def test_T67_a_wrong_address_stays_in_the_field_with_what_is_wrong(person):
    person.api.refuse("POST", CHANGES, 422, "validation-error", errors=[{"field": "email", "detail": "Fel adress."}])
    answer = person.post("/installningar/kontaktuppgifter/epost", {"email": "ny@"})
    assert answer.status_code == 422
    assert 'value="ny@"' in answer.text
    assert "Fel adress." in answer.text


@pytest.fixture
def coded(person):
    asked = {"contact_change_id": CHANGE, "kind": "email", "status": "pending", "tries_left": 5}
    person.api.on("GET", f"{CHANGES}/{CHANGE}", asked | {"expires_at": "2026-11-22T10:20:00Z"})
    return person


def test_FJ2_the_code_confirms_and_spaces_in_it_are_nobodys_fault(coded):
    assert 'autocomplete="one-time-code"' in coded.get(f"/installningar/kontaktuppgifter/kod/{CHANGE}").text
    coded.api.on("POST", f"{CHANGES}/{CHANGE}/confirmations", {}, status=200)
    answer = coded.post(f"/installningar/kontaktuppgifter/kod/{CHANGE}", {"code": "123 456"})
    assert answer.status_code == 303
    assert coded.api.sent("POST", f"{CHANGES}/{CHANGE}/confirmations") == {"code": "123456"}


def test_FJ2_a_wrong_code_says_how_many_tries_are_left(coded):
    coded.api.refuse("POST", f"{CHANGES}/{CHANGE}/confirmations", 422, "contact-code-wrong")
    answer = coded.post(f"/installningar/kontaktuppgifter/kod/{CHANGE}", {"code": "000000"})
    assert answer.status_code == 422
    assert "Detalj contact-code-wrong" in answer.text
    assert "5 försök kvar" in answer.text


@pytest.mark.parametrize("status", ["confirmed", "superseded", "expired", "locked"])
def test_FJ2_a_code_that_is_over_says_why(coded, status):
    asked = {"contact_change_id": CHANGE, "kind": "phone", "status": status, "tries_left": 0}
    coded.api.on("GET", f"{CHANGES}/{CHANGE}", asked | {"expires_at": "2026-11-22T10:20:00Z"})
    html = coded.get(f"/installningar/kontaktuppgifter/kod/{CHANGE}").text
    assert "Koden kan inte användas" in html
    assert 'name="code"' not in html


def test_FJ5_asked_whether_they_are_right_the_person_says_so_with_one_button(person):
    page = person.get("/installningar/kontaktuppgifter").text
    assert "Ja, uppgifterna stämmer" not in page
    person.api.on("GET", "/identity/v1/me", ME | {"contact_review_due": True})
    page = person.get("/installningar/kontaktuppgifter").text
    assert 'action="/installningar/kontaktuppgifter/stammer"' in page
    assert "Ja, uppgifterna stämmer" in page
    person.api.on("POST", "/identity/v1/contact-reviews", status=204)
    answer = person.post("/installningar/kontaktuppgifter/stammer")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/installningar/kontaktuppgifter")
    assert person.api.sent("POST", "/identity/v1/contact-reviews") is None
    assert "Tack! Vi frågar igen om ett år." in person.get(answer.headers["Location"]).text


def test_FJ5_an_address_that_takes_nothing_is_not_called_right(person):
    person.api.on("GET", "/identity/v1/me", ME | {"contact_review_due": True, "email_bounced": True})
    assert "Ja, uppgifterna stämmer" not in person.get("/installningar/kontaktuppgifter").text


def test_FJ2_an_old_login_is_made_anew_with_bankid_and_leads_back(person):
    person.api.refuse("POST", CHANGES, 403, "login-too-old")
    answer = person.post("/installningar/kontaktuppgifter/mobil", {"phone": "0701740605"})
    assert answer.status_code == 403
    assert 'action="/logga-in"' in answer.text
    assert 'name="next" value="/installningar/kontaktuppgifter"' in answer.text
    assert 'value="0701740605"' in answer.text, "what was typed is still there"

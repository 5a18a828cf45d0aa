"""Sharing one invoice (FC22): the section of the account's invoice, and the pages of whom it is shared with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

INVOICE, SHARE = str(UUID(int=1001)), str(UUID(int=501))
PAGE, PATH = f"/fakturor/{INVOICE}", f"/billing/v1/invoices/{INVOICE}"
TOKEN = "t" * 43
OPENINGS, SHARED = "/billing/v1/invoice-share-openings", "/billing/v1/shared-invoices"
ANSWER = "/delad-faktura/svar"
NB = "\N{NO-BREAK SPACE}"


def a_share(**more: Any) -> dict[str, Any]:
    return {
        "id": SHARE,
        "address": "s***@exempel.se",
        "status": "sent",
        "shared_by_me": True,
        "created_at": "2026-11-22T10:00:00Z",
        "expires_at": "2026-12-06T10:00:00Z",
        "ended_at": None,
        "opened_by": None,
        "first_opened_at": None,
        "last_seen_at": None,
        "may_end": True,
    } | more


OPENED = {
    "status": "opened",
    "opened_by": {"name": "Erik <Exempel>", "birth_year": 1990},
    "first_opened_at": "2026-11-22T11:00:00Z",
    "last_seen_at": "2026-11-23T07:30:00Z",
}


def page_with(portal: Any, *rows: dict[str, Any]) -> str:
    portal.has_invoice(*rows)
    answer = portal.get(PAGE)
    assert answer.status_code == 200
    return str(answer.text)


class TestTheAccountsInvoice:
    def test_FC22_the_form_asks_for_an_address_and_a_time_that_is_fourteen_days_at_first(self, portal):
        html = page_with(portal)
        assert "Dela fakturan</h2>" in html
        assert 'name="email"' in html
        assert 'name="days" type="text" value="14"' in html

    def test_FC22_the_form_shares_the_invoice_and_says_so_on_the_next_page(self, portal):
        portal.has_invoice()
        portal.api.on("POST", f"{PATH}/shares", a_share(), status=201)
        answer = portal.post(PAGE, {"email": " son@exempel.se ", "days": "30"})
        assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
        assert portal.api.sent("POST", f"{PATH}/shares") == {"email": "son@exempel.se", "days": 30}
        (call,) = portal.api.asked("POST", f"{PATH}/shares")
        assert call.headers["Idempotency-Key"]
        assert "Länken är på väg med e-post" in portal.get(PAGE).text

    @pytest.mark.parametrize("days", ["", "0", "91", "1.5", "-1", "tre", "9999999", "١٤"])
    def test_FC22_a_time_that_is_none_is_said_at_its_field_and_nothing_is_sent(self, portal, days):
        portal.has_invoice()
        answer = portal.post(PAGE, {"email": "son@exempel.se", "days": days})
        assert answer.status_code == 422
        assert "Ange ett antal dygn från 1 till 90" in answer.text
        assert 'value="son@exempel.se"' in answer.text
        assert portal.api.asked("POST", f"{PATH}/shares") == []

    @pytest.mark.parametrize(
        ("status", "code"),
        [(429, "invoice-share-address-limit"), (403, "invoice-share-not-allowed"), (422, "validation")],
    )
    def test_B_03_C28_what_the_api_refuses_is_said_above_the_form_with_what_was_typed(self, portal, status, code):
        portal.has_invoice()
        portal.api.refuse("POST", f"{PATH}/shares", status, code)
        answer = portal.post(PAGE, {"email": "son@exempel.se", "days": "14"})
        assert answer.status_code == status
        assert f"Detalj {code}" in answer.text
        assert 'value="son@exempel.se"' in answer.text

    def test_FC22_it_is_seen_who_has_opened_it_and_when(self, portal):
        html = page_with(portal, a_share(**OPENED))
        for said in ("Erik &lt;Exempel&gt;", "Född 1990", "s***@exempel.se", "22 november 2026", "23 november 2026"):
            assert said in html

    def test_FC22_who_has_looked_once_is_said_to_have(self, portal):
        html = page_with(portal, a_share(**OPENED | {"last_seen_at": OPENED["first_opened_at"]}))
        assert "Såg fakturan 22 november 2026" in html
        assert "senast" not in html.split("Dela fakturan</h2>")[1].split("<form")[0]

    def test_FC22_a_protected_person_has_no_year(self, portal):
        who = {"name": "Skyddad identitet", "birth_year": None}
        html = page_with(portal, a_share(**OPENED | {"opened_by": who}))
        assert "Skyddad identitet" in html
        assert "Född" not in html

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ({}, "Inte öppnad"),
            ({"status": "expired", "may_end": False}, "Gick ut"),
            ({"status": "ended", "ended_at": "2026-11-24T10:00:00Z", "may_end": False}, "Avslutades"),
            ({"status": "ended", "may_end": False}, "inte längre får göra det"),
            ({"shared_by_me": False}, "Delad av någon annan"),
        ],
        ids=["sent", "expired", "ended", "not-held", "by-another"],
    )
    def test_FC22_each_state_says_what_it_means_and_what_is_over_cannot_be_ended(self, portal, more, said):
        html = page_with(portal, a_share(**more))
        assert said in html
        assert (f"/delningar/{SHARE}/avsluta" in html) == a_share(**more)["may_end"]

    @pytest.mark.parametrize("over", [False, True], ids=["open", "over-already"])
    def test_FC22_one_button_ends_it(self, portal, over):
        portal.has_invoice(a_share())
        portal.api.on("DELETE", f"/billing/v1/invoice-shares/{SHARE}", status=204)
        if over:
            portal.api.refuse("DELETE", f"/billing/v1/invoice-shares/{SHARE}", 409, "invoice-share-over")
        answer = portal.post(f"{PAGE}/delningar/{SHARE}/avsluta")
        assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
        assert "Fakturan delas inte längre" in portal.get(PAGE).text

    def test_D22_who_only_looks_is_offered_nothing_and_asks_for_nothing(self, portal):
        portal.has_invoice()
        reader = {
            "id": str(UUID(int=11)),
            "kind": "private",
            "display_name": "Storgatan 1",
            "role": "delegate",
            "read_only": True,
            "services": None,
            "membership_id": str(UUID(int=21)),
        }
        portal.log_in(accounts=[reader])
        assert "Dela fakturan" not in portal.get(PAGE).text
        assert portal.api.asked("GET", f"{PATH}/shares") == []
        assert portal.post(PAGE, {"email": "son@exempel.se", "days": "14"}).status_code == 403
        assert portal.post(f"{PAGE}/delningar/{SHARE}/avsluta").status_code == 403


class TestTheLink:
    @pytest.fixture
    def brought(self, portal):
        """The browser has brought the secret of a link."""
        assert (
            portal.post("/delad-faktura", {"link": f"http://localhost:8080/delad-faktura#{TOKEN}"}).status_code == 303
        )
        return portal

    def test_C11_opening_the_link_asks_the_api_nothing_and_changes_nothing(self, portal):
        answer = portal.get("/delad-faktura")
        assert answer.status_code == 200
        assert "secret_link.js" in answer.text
        assert portal.api.calls == []

    def test_C12_the_secret_is_in_a_cookie_that_no_script_reads_and_in_no_address(self, portal):
        answer = portal.post("/delad-faktura", {"link": TOKEN})
        assert (answer.status_code, answer.headers["Location"]) == (303, ANSWER)
        (cookie,) = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-shared-invoice=")]
        for part in ("HttpOnly", "Secure", "SameSite=Lax"):
            assert part in cookie
        assert TOKEN not in portal.get(ANSWER).text

    def test_B_24_half_a_link_is_said_to_be_one(self, portal):
        answer = portal.post("/delad-faktura", {"link": "http://localhost:8080/delad-faktura"})
        assert answer.status_code == 422
        assert "det som står efter #" in answer.text

    def test_FC22_who_is_not_logged_in_is_led_to_bankid_and_back_and_nothing_is_claimed(self, brought):
        html = brought.get(ANSWER).text
        assert "/logga-in?next=%2Fdelad-faktura%2Fsvar" in html
        assert "Du behöver inte vara kund" in html
        answer = brought.post(ANSWER)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/logga-in?next=%2Fdelad-faktura%2Fsvar")
        assert brought.api.asked("POST", OPENINGS) == []

    def test_FC22_a_person_without_an_account_opens_it_by_a_click_not_by_coming_here(self, brought):
        brought.log_in(account=None, registered=False, accounts=[])
        html = brought.get(ANSWER).text
        assert "Du är inloggad som Karin Test" in html
        assert "ser ditt namn och födelseår" in html
        assert brought.api.asked("POST", OPENINGS) == []
        brought.api.on("POST", OPENINGS, {"id": SHARE, "expires_at": "2026-12-06T10:00:00Z"}, status=201)
        answer = brought.post(ANSWER)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/delade-fakturor/{SHARE}")
        assert brought.api.sent("POST", OPENINGS) == {"token": TOKEN}
        assert "__Host-shared-invoice=;" in answer.headers["Set-Cookie"]

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (404, "invoice-share-not-found"),
            (410, "invoice-share-expired"),
            (410, "invoice-share-ended"),
            (410, "invoice-share-used-by-other"),
            (403, "invoice-share-own"),
        ],
        ids=str,
    )
    def test_B_24_what_has_become_of_it_is_told_apart(self, brought, status, code):
        brought.log_in(account=None, accounts=[])
        brought.api.refuse("POST", OPENINGS, status, code)
        answer = brought.post(ANSWER)
        assert answer.status_code == status
        assert f"Titel {code}" in answer.text
        assert f"Detalj {code}" in answer.text

    def test_FC22_without_a_link_there_is_nothing_to_answer(self, portal):
        assert portal.get(ANSWER).headers["Location"] == "/delad-faktura"


class TestTheRecipient:
    @pytest.fixture
    def row(self, invoice):
        """The invoice without what is for the account alone."""
        shared = {name: invoice[name] for name in invoice.keys() - {"payments", "credited_by", "reading_id"}}
        return shared | {"id": SHARE, "opened_at": "2026-11-22T11:00:00Z", "expires_at": "2026-12-06T10:00:00Z"}

    @pytest.fixture
    def person(self, portal):
        portal.log_in(account=None, registered=False, accounts=[])
        return portal

    @pytest.mark.parametrize("path", ["/delade-fakturor", f"/delade-fakturor/{SHARE}"])
    def test_FC22_a_login_is_all_it_takes_and_it_does_take_one(self, portal, path):
        answer = portal.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/logga-in?next=%2Fdelade-fakturor")

    def test_FC22_the_list_leads_to_each_that_is_shared_now(self, person, row):
        person.api.on("GET", SHARED, {"items": [row], "page": 1, "limit": 20, "total": 1})
        html = person.get("/delade-fakturor").text
        for said in (f'href="/delade-fakturor/{SHARE}"', "2026-1001", "2026-12-06"):
            assert said in html

    def test_FC22_with_nothing_shared_it_says_where_the_way_in_is(self, person):
        assert "öppna länken i det" in person.get("/delade-fakturor").text

    def test_FC22_the_invoice_is_shown_to_read_and_nothing_of_the_account(self, person, row):
        person.api.on("GET", f"{SHARED}/{SHARE}", row)
        html = person.get(f"/delade-fakturor/{SHARE}").text
        for said in ("2026-1001", f"659,85{NB}kr", "991-2346", "1000012026100147", "Du kan se den till"):
            assert said in html
        for unsaid in ("/fakturor/", "Dela fakturan", "Betalningar", "/matare", f"/fakturor/{INVOICE}"):
            assert unsaid not in html.replace(f"/delade-fakturor/{SHARE}", "")

    @pytest.mark.parametrize("code", ["invoice-share-expired", "invoice-share-ended"])
    def test_B_24_what_is_over_says_so(self, person, code):
        person.api.refuse("GET", f"{SHARED}/{SHARE}", 410, code)
        answer = person.get(f"/delade-fakturor/{SHARE}")
        assert answer.status_code == 410
        assert f"Detalj {code}" in answer.text

    def test_C1_somebody_elses_share_is_a_page_that_does_not_exist(self, person):
        person.api.refuse("GET", f"{SHARED}/{SHARE}", 404, "invoice-share-not-found")
        assert person.get(f"/delade-fakturor/{SHARE}").status_code == 404

    def test_FC22_who_chooses_an_account_is_told_that_something_is_shared_too(self, portal):
        portal.log_in(account=None)
        assert "/delade-fakturor" not in portal.get("/konto").text
        portal.api.on("GET", SHARED, {"items": [], "page": 1, "limit": 1, "total": 1})
        assert 'href="/delade-fakturor"' in portal.get("/konto").text

    def test_FC22_a_billing_service_that_is_down_keeps_nobody_from_choosing_an_account(self, portal):
        portal.log_in(account=None)
        portal.api.refuse("GET", SHARED, 503, "unavailable")
        assert portal.get("/konto").status_code == 200

    def test_D27_in_english_nothing_swedish_is_left(self, person, row):
        person.client.set_cookie("__Host-language", "en", domain="localhost")
        person.api.on("GET", f"{SHARED}/{SHARE}", row)
        html = person.get(f"/delade-fakturor/{SHARE}").text
        assert "Somebody shares the invoice with you" in html
        assert "Någon" not in html

"""Asking to be let in to an account (FC16), and answering those who ask."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

MINE, THEIRS = "/org-registry/v1/access-requests", "/org-registry/v1/account-access-requests"
REQUEST = str(UUID(int=61))
PAGE, ANSWER = "/be-om-behorighet", f"/behorigheter/forfragningar/{REQUEST}"
AGREEMENTS = [{"service_area": area} for area in ("water", "waste")]


def page(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(rows), "page": 1, "limit": 100, "total": len(rows)}


def own(status: str = "sent") -> dict[str, Any]:
    return {
        "id": REQUEST,
        "status": status,
        "asked_for": "55****-**18",
        "created_at": "2026-11-20T10:00:00Z",
        "expires_at": "2026-12-20T10:00:00Z",
    }


def received(**more: Any) -> dict[str, Any]:
    return {
        "id": REQUEST,
        "name": "Nils Test Nyfiken",
        "birth_year": 1991,
        "message": "Hej!\nJag sköter era fakturor, se https://ond.example <b>nu</b>",
        "created_at": "2026-11-20T10:00:00Z",
        "expires_at": "2026-12-20T10:00:00Z",
    } | more


@pytest.fixture
def stranger(portal):
    """Somebody who has registered and has no account."""
    portal.log_in(account=None, accounts=[], status="none", message="Du har inga aktiva tjänster hos oss.")
    portal.api.on("GET", MINE, page())
    portal.api.on("POST", MINE, own(), status=201)
    return portal


@pytest.fixture
def home(portal):
    """The owner of an account that somebody asks for."""
    portal.log_in()
    portal.api.on("GET", THEIRS, page(received()))
    portal.api.on("GET", "/billing/v1/agreements", page(*AGREEMENTS))
    portal.api.on("POST", f"{THEIRS}/{REQUEST}/grants", {"id": REQUEST, "status": "granted"}, status=201)
    portal.api.on("POST", f"{THEIRS}/{REQUEST}/denials", status=204)
    portal.api.on("GET", "/org-registry/v1/memberships", page())
    portal.api.on("GET", "/invitations/v1/invitations", page())
    portal.api.on(
        "GET",
        "/org-registry/v1/membership-review",
        {"due": False, "opened_at": None, "next_at": None, "memberships": []},
    )
    return portal


class TestAsking:
    def test_FC16_T18_who_has_no_services_finds_the_way_to_ask(self, stranger):
        assert f'href="{PAGE}"' in stranger.get("/konto").text
        assert stranger.get(PAGE).status_code == 200

    def test_FC16_T20_so_does_who_has_accounts(self, portal):
        portal.log_in()
        assert f'href="{PAGE}"' in portal.get("/konto").text

    @pytest.mark.parametrize(
        ("kind", "field", "number"),
        [("company", "organisation_number", "552000-0018"), ("household", "customer_number", "100042")],
        ids=["company", "household"],
    )
    def test_FC16_a_request_is_sent_by_the_number_that_was_chosen(self, stranger, kind, field, number):
        answer = stranger.post(PAGE, {"kind": kind, "number": number, "message": " Hej \r\nhopp "})
        assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
        assert stranger.api.sent("POST", MINE) == {field: number, "message": "Hej \r\nhopp"}

    def test_FC16_without_a_message_none_is_sent(self, stranger):
        stranger.post(PAGE, {"kind": "company", "number": "552000-0018", "message": ""})
        assert stranger.api.sent("POST", MINE)["message"] is None

    def test_FC16_without_a_number_nobody_is_asked(self, stranger):
        answer = stranger.post(PAGE, {"kind": "company", "number": "", "message": "Hej"})
        assert answer.status_code == 422
        assert "Ange organisationsnumret eller kundnumret." in answer.text
        assert "Hej" in answer.text, "what was typed stays"
        assert stranger.api.asked("POST", MINE) == []

    def test_FC16_the_api_s_fault_stands_at_the_field(self, stranger):
        wrong = [{"field": "organisation_number", "detail": "Ange ett giltigt organisationsnummer."}]
        stranger.api.refuse("POST", MINE, 422, "invalid", errors=wrong)
        answer = stranger.post(PAGE, {"kind": "company", "number": "552000-0019"})
        assert answer.status_code == 422
        assert 'id="error-number"' in answer.text
        assert 'value="552000-0019"' in answer.text

    @pytest.mark.parametrize("code", ["access-request-open-already", "access-request-of-member"])
    def test_FC16_a_refusal_is_said_on_the_page(self, stranger, code):
        stranger.api.refuse("POST", MINE, 409, code)
        answer = stranger.post(PAGE, {"kind": "company", "number": "552000-0018"})
        assert answer.status_code == 409
        assert f"Titel {code}" in answer.text or f"Detalj {code}" in answer.text

    def test_FC16_C44_too_many_are_said_on_the_page(self, stranger):
        stranger.api.refuse("POST", MINE, 429, "access-request-too-many")
        assert stranger.post(PAGE, {"kind": "company", "number": "552000-0018"}).status_code == 429

    @pytest.mark.parametrize(
        ("status", "said"),
        [
            ("sent", "Ingen har svarat än."),
            ("granted", "Kontot finns bland dina konton."),
            ("denied", "Nekad"),
            ("withdrawn", "Du tog själv tillbaka förfrågan."),
            ("expired", "Ingen svarade i tid."),
        ],
        ids=str,
    )
    def test_FC16_C30_each_request_says_what_became_of_it_and_not_whether_there_is_an_account(
        self, stranger, status, said
    ):
        stranger.api.on("GET", MINE, page(own(status)))
        html = stranger.get(PAGE).text
        assert said in html
        assert "55****-**18" in html
        assert (f'action="{PAGE}/{REQUEST}/ta-tillbaka"' in html) is (status == "sent")

    def test_FC16_an_open_request_can_be_taken_back(self, stranger):
        stranger.api.on("DELETE", f"{MINE}/{REQUEST}", status=204)
        answer = stranger.post(f"{PAGE}/{REQUEST}/ta-tillbaka")
        assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
        assert len(stranger.api.asked("DELETE", f"{MINE}/{REQUEST}")) == 1

    def test_FC16_what_is_settled_meanwhile_cannot_be_taken_back(self, stranger):
        stranger.api.refuse("DELETE", f"{MINE}/{REQUEST}", 409, "access-request-settled")
        stranger.api.on("GET", MINE, page(own("granted")))
        answer = stranger.post(f"{PAGE}/{REQUEST}/ta-tillbaka")
        assert answer.status_code == 409
        assert "Kontot finns bland dina konton." in answer.text

    def test_FC16_T14_who_has_not_registered_does_so_first(self, portal):
        portal.log_in(account=None, registered=False, accounts=[])
        assert portal.get(PAGE).headers["Location"].startswith("/registrera")

    def test_D27_FC16_the_page_is_there_in_english(self, stranger):
        stranger.client.set_cookie("__Host-language", "en", domain="localhost")
        stranger.log_in(account=None, accounts=[], status="none", message="No services", locale="en")
        assert "We never tell whether a company" in stranger.get(PAGE).text


class TestAnswering:
    def test_FC16_T51_the_list_of_access_begins_with_those_who_ask(self, home):
        html = home.get("/behorigheter").text
        assert html.index("Nils Test Nyfiken") < html.index("Har behörighet")
        assert f'href="{ANSWER}"' in html

    def test_FC16_without_requests_nothing_is_said_of_them(self, home):
        home.api.on("GET", THEIRS, page())
        assert "Förfrågningar" not in home.get("/behorigheter").text

    @pytest.mark.parametrize("narrowed", [{"role": "delegate"}, {"read_only": True}], ids=["delegate", "reader"])
    def test_FC16_T50_D22_a_delegate_or_reader_is_not_shown_them(self, home, narrowed):
        account = {"id": str(UUID(int=11)), "kind": "private", "display_name": "Storgatan 1", "role": "owner"}
        account |= {"read_only": False, "services": None, "membership_id": str(UUID(int=21))} | narrowed
        home.log_in(accounts=[account])
        assert "Nils" not in home.get("/behorigheter").text
        assert home.api.asked("GET", THEIRS) == []

    def test_FC16_D5_the_page_says_who_asks_as_bankid_does_and_what_he_writes(self, home):
        html = home.get(ANSWER).text
        for part in ("Nils Test Nyfiken", "1991", "Jag sköter era fakturor"):
            assert part in html
        assert "Vem som helst kan skicka en förfrågan." in html

    def test_FC16_C28_a_message_is_plain_text_without_links_or_marks(self, home):
        html = home.get(ANSWER).text
        assert "&lt;b&gt;nu&lt;/b&gt;" in html
        assert 'href="https://ond.example' not in html

    def test_FC16_FJ9_of_a_protected_person_no_year_is_shown(self, home):
        home.api.on("GET", THEIRS, page(received(name="Skyddad identitet", birth_year=None, message=None)))
        html = home.get(ANSWER).text
        assert "Skyddad identitet ber om behörighet" in html
        assert "None" not in html
        assert "None" not in home.get("/behorigheter").text

    def test_FC16_D22_a_grant_is_narrowed_as_it_is_chosen(self, home):
        answer = home.post(ANSWER, {"extent": "read", "services": "water", "ends_on": "2027-06-30"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/behorigheter")
        sent = home.api.sent("POST", f"{THEIRS}/{REQUEST}/grants")
        assert sent == {"read_only": True, "services": ["water"], "ends_on": "2027-06-30"}

    def test_FC16_a_whole_grant_names_no_services_and_no_end(self, home):
        home.post(ANSWER, {"extent": "full", "ends_on": ""})
        sent = home.api.sent("POST", f"{THEIRS}/{REQUEST}/grants")
        assert sent == {"read_only": False, "services": None, "ends_on": None}

    def test_FC16_a_refused_grant_is_said_and_keeps_what_was_chosen(self, home):
        home.api.refuse("POST", f"{THEIRS}/{REQUEST}/grants", 422, "grant-ended")
        answer = home.post(ANSWER, {"extent": "read", "ends_on": "2020-01-01"})
        assert answer.status_code == 422
        assert 'value="2020-01-01"' in answer.text

    def test_FC16_T52_denying_asks_first_and_says_what_it_tells(self, home):
        html = home.get(ANSWER).text
        assert f'action="{ANSWER}/neka"' in html
        assert "och därmed att kontot finns" in html
        answer = home.post(f"{ANSWER}/neka")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/behorigheter")

    @pytest.mark.parametrize("path", ["grants", "denials"])
    def test_FC16_C7_what_another_has_answered_meanwhile_is_said(self, home, path):
        home.api.refuse("POST", f"{THEIRS}/{REQUEST}/{path}", 409, "access-request-settled")
        home.api.on("GET", THEIRS, page())
        answer = home.post(ANSWER if path == "grants" else f"{ANSWER}/neka", {"extent": "full"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/behorigheter")
        assert "Förfrågan finns inte kvar." in home.get("/behorigheter").text

    def test_FC16_D22_who_may_only_look_has_no_page_to_answer_on(self, home):
        account = {"id": str(UUID(int=11)), "kind": "private", "display_name": "Storgatan 1", "role": "delegate"}
        home.log_in(accounts=[account | {"read_only": True, "services": None, "membership_id": str(UUID(int=21))}])
        assert home.get(ANSWER).status_code == 403

    def test_FC16_B_10_the_mail_s_link_asks_before_it_changes_the_account(self, home):
        html = home.get(f"{ANSWER}?konto={UUID(int=12)}").text
        assert "Bageriet AB" in html
        assert "Nils" not in html

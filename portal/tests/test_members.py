from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx2
import pytest

from portal.texts import catalogue

MEMBERSHIPS = "/org-registry/v1/memberships"
INVITATIONS = "/invitations/v1/invitations"
OPENAPI = Path(__file__).parents[2] / "docs" / "api" / "openapi"
REVIEW = "/org-registry/v1/membership-review"
BINDINGS, BINDING = "/identity/v1/person-bindings", str(UUID(int=61))
SIGN_ORDER = str(UUID(int=71))
SCRIPT = Path(__file__).parents[1] / "src" / "portal" / "static" / "portal.js"
ME = str(UUID(int=1))
OWNER, PARTNER = str(UUID(int=31)), str(UUID(int=32))
INVITED, APPROVED = str(UUID(int=41)), str(UUID(int=42))


def page(*rows: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {"items": list(rows), "page": 1, "limit": 100, "total": len(rows) if total is None else total}


def membership(id_: str, person: str, role: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "person_id": person,
        "role": role,
        "read_only": False,
        "services": None,
        "ends_on": None,
        "granted_by": None,
        "invitation_id": None,
        "granted_at": "2026-03-05T10:00:00Z",
    } | more


def invitation(id_: str = INVITED, status: str = "sent", **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "status": status,
        "invited_address": "e***@exempel.se",
        "inviter_id": ME,
        "invited_by_me": True,
        "read_only": False,
        "services": None,
        "ends_on": None,
        "created_at": "2026-11-20T10:00:00Z",
        "sent_at": "2026-11-20T10:00:00Z",
        "expires_at": "2026-11-23T10:00:00Z",
        "acceptor": None,
        "accepted_at": None,
        "approve_before": None,
        "decided_at": None,
        "refusal": None,
        "bound": False,
        "sign_order_id": None,
        "signed_at": None,
        "signature": None,
        "signature_required": False,
        "may_renew": status in {"sent", "expired"},
        "may_revoke": status == "sent",
        "may_decide": status == "accepted",
    } | more


def accepted(**more: Any) -> dict[str, Any]:
    who = {"name": "Ebba Test", "birth_year": 2000}
    return invitation(status="accepted", acceptor=who, approve_before="2026-12-20T10:00:00Z", **more)


def signature(**more: Any) -> dict[str, Any]:
    made = {"sign_order_id": SIGN_ORDER, "status": "ordered", "expires_at": "2026-11-22T10:00:00Z"}
    return made | {"reason": None, "detail": None} | more


@pytest.fixture
def home(portal):
    portal.log_in()
    partner = membership(PARTNER, str(UUID(int=5)), "delegate", invitation_id=APPROVED, read_only=True)
    portal.api.on("GET", MEMBERSHIPS, page(membership(OWNER, ME, "owner"), partner))
    approved = invitation(APPROVED, "approved", acceptor={"name": "Linnea Test", "birth_year": 1999})
    portal.api.on("GET", INVITATIONS, page(approved))
    portal.api.on("GET", REVIEW, {"due": False, "opened_at": None, "next_at": None, "memberships": []})
    portal.api.on("GET", "/org-registry/v1/account-access-requests", page())
    return portal


class TestList:
    def test_T49_T55_T56_who_has_access_by_verified_name_with_a_way_to_remove_each(self, home):
        html = home.get("/behorigheter").text
        assert "Linnea Test" in html
        assert "Bara se" in html
        assert f'href="/behorigheter/{PARTNER}/ta-bort"' in html
        assert 'aria-label="Ta bort behörigheten för Linnea Test"' in html

    def test_FC9_two_signatories_are_told_apart_before_one_of_them_is_removed(self, home):
        names = {OWNER: "Ebba Test Ek", PARTNER: "Eva Test Ask", str(UUID(int=77)): None}
        rows = [membership(id_, id_, "signatory", name=name) for id_, name in names.items()]
        home.api.on("GET", MEMBERSHIPS, page(*rows))
        home.api.on("GET", INVITATIONS, page())
        html = home.get("/behorigheter").text
        for name in ("Ebba Test Ek", "Eva Test Ask", "En firmatecknare"):
            assert name in html

    def test_D23_a_protected_person_sees_the_own_name_and_others_see_none(self, home):
        rows = [membership(id_, id_, "delegate", name="Skyddad identitet") for id_ in (ME, PARTNER)]
        home.api.on("GET", MEMBERSHIPS, page(*rows))
        html = home.get("/behorigheter").text
        assert html.count('<p class="person-name">Karin Test') == 1
        assert html.count('<p class="person-name">Skyddad identitet') == 1

    def test_D2_the_owner_has_no_button_that_would_be_refused(self, home):
        assert f'href="/behorigheter/{OWNER}/ta-bort"' not in home.get("/behorigheter").text

    @pytest.mark.parametrize(
        ("status", "said", "renew"),
        [
            ("sent", "Skickad", True),
            ("expired", "Utgången", True),
            ("declined", "Avböjd", False),
            ("denied", "Nekad", False),
            ("revoked", "Återkallad", False),
            ("approval-expired", "Inte godkänd i tid", False),
            ("grant-refused", "Kunde inte ges", False),
        ],
        ids=str,
    )
    def test_T48_T49_D7_B_24_every_status_is_said_and_an_expired_row_stays_with_one_click(
        self, home, status, said, renew
    ):
        home.api.on("GET", INVITATIONS, page(invitation(status=status)))
        html = home.get("/behorigheter").text
        assert said in html
        assert (f'action="/behorigheter/inbjudningar/{INVITED}/fornya"' in html) is renew

    def test_T51_D5_whoever_accepted_stands_first_with_verified_name_birth_year_and_invited_address(self, home):
        home.api.on("GET", INVITATIONS, page(accepted()))
        html = home.get("/behorigheter").text
        assert html.index("Väntar på ditt godkännande") < html.index("Har behörighet")
        for part in ("Ebba Test", "2000", "e***@exempel.se", f'href="/behorigheter/inbjudningar/{INVITED}"'):
            assert part in html

    def test_FC12_who_may_only_look_finds_nothing_to_press(self, home):
        account = {"id": str(UUID(int=11)), "kind": "private", "display_name": "Storgatan 1", "role": "delegate"}
        home.log_in(accounts=[account | {"read_only": True, "services": None, "membership_id": PARTNER}])
        home.api.on("GET", INVITATIONS, page(invitation()))
        html = home.get("/behorigheter").text
        assert "/behorigheter/ny" not in html
        assert "/fornya" not in html
        assert "/ta-bort" not in html

    def test_T50_a_list_of_several_pages_is_read_to_its_end(self, home):
        rows = [membership(str(UUID(int=100 + n)), str(UUID(int=500 + n)), "delegate") for n in range(3)]

        def answer(request: httpx2.Request) -> httpx2.Response:
            number = int(request.url.params["page"])
            return httpx2.Response(200, json=page(*rows[number - 1 : number], total=3))

        home.api.on("GET", MEMBERSHIPS, answer)
        assert home.get("/behorigheter").text.count("/ta-bort") == 3

    def test_B_08_the_yearly_review_is_asked_for_when_it_is_due(self, home):
        assert "/behorigheter/oversyn" not in home.get("/behorigheter").text
        home.api.on("GET", REVIEW, {"due": True, "opened_at": None, "next_at": None, "memberships": []})
        assert "/behorigheter/oversyn" in home.get("/behorigheter").text


@pytest.mark.parametrize(
    ("schema", "field", "key"),
    [
        ("Invitation", "status", "status_{}"),
        ("Invitation", "refusal", "refusal_{}"),
        ("Membership", "role", "role_{}"),
        ("Membership", "role", "nameless_{}"),
    ],
    ids=["status", "refusal", "role", "nameless"],
)
def test_every_word_of_the_apis_documents_has_its_text(schema, field, key):
    words = set()
    for document in OPENAPI.glob("*.json"):
        found = json.loads(document.read_text())["components"]["schemas"].get(schema, {})
        entry = found.get("properties", {}).get(field, {})
        words |= {word for word in entry.get("enum", ()) if word}
    assert words
    assert {word for word in words if f"members.{key.format(word)}" not in catalogue()} == set()


class TestInviting:
    @pytest.fixture
    def form(self, home):
        rows = [{"service_area": "water"}, {"service_area": "waste"}, {"service_area": "water"}]
        home.api.on("GET", "/billing/v1/agreements", page(*rows))
        home.api.on("POST", INVITATIONS, invitation(), status=201)
        return home

    def test_T42_T43_T44_T47_only_an_address_is_needed_and_the_page_says_72_hours(self, form):
        html = form.get("/behorigheter/ny").text
        assert "Dela ut ny behörighet" in html
        assert "inom 72 timmar" in html
        assert html.count('name="services"') == 2

    def test_T45_skicka_sends_it_for_this_account_with_the_key_of_the_form(self, form):
        answer = form.post("/behorigheter/ny", {"email": " ebba@exempel.se ", "extent": "full", "ends_on": ""})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/behorigheter")
        assert form.api.sent("POST", INVITATIONS) == {
            "email": "ebba@exempel.se",
            "read_only": False,
            "services": None,
            "ends_on": None,
        }
        (call,) = form.api.asked("POST", INVITATIONS)
        assert call.headers["Minasidor-Account"] == str(UUID(int=11))
        assert call.headers["Idempotency-Key"] == str(UUID(int=99))
        assert "72 timmar" in form.get("/behorigheter").text

    def test_D22_FC11_FC12_FC13_it_may_be_narrowed(self, form):
        form.post(
            "/behorigheter/ny",
            {"email": "e@exempel.se", "extent": "read", "services": ["water", "nonsense"], "ends_on": "2027-06-30"},
        )
        sent = form.api.sent("POST", INVITATIONS)
        assert (sent["read_only"], sent["services"], sent["ends_on"]) == (True, ["water"], "2027-06-30")

    def test_D22_nobody_is_offered_more_than_one_holds(self, form):
        account = {"id": str(UUID(int=11)), "kind": "private", "display_name": "Storgatan 1", "role": "delegate"}
        form.log_in(accounts=[account | {"read_only": False, "services": ["water"], "membership_id": PARTNER}])
        assert 'value="waste"' not in form.get("/behorigheter/ny").text

    def test_FC18_a_refusal_is_said_with_the_form_as_it_was(self, form):
        form.api.refuse("POST", INVITATIONS, 409, "invitation-already-open")
        answer = form.post("/behorigheter/ny", {"email": "ebba@exempel.se", "extent": "read"})
        assert answer.status_code == 409
        assert "Detalj invitation-already-open" in answer.text
        assert 'value="ebba@exempel.se"' in answer.text

    def test_T44_a_wrong_address_is_said_at_its_field(self, form):
        problem = [{"field": "email", "detail": "Ange en e-postadress."}]
        form.api.refuse("POST", INVITATIONS, 422, "validation-error", errors=problem)
        answer = form.post("/behorigheter/ny", {"email": "ebba", "extent": "full"})
        assert answer.status_code == 422
        assert 'href="#field-email"' in answer.text

    def test_FC2_D23_a_personal_number_goes_to_identity_alone_and_the_invitation_gets_an_id(self, form):
        form.api.on("POST", BINDINGS, {"id": BINDING, "expires_at": "2027-03-22T10:00:00Z"}, status=201)
        sent = {"email": "ebba@exempel.se", "extent": "full", "personal_number": " 20000105-2380 "}
        answer = form.post("/behorigheter/ny", sent)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/behorigheter")
        assert form.api.sent("POST", BINDINGS) == {"personal_number": "20000105-2380"}
        assert form.api.sent("POST", INVITATIONS)["person_binding"] == BINDING
        others = [call for call in form.api.calls if not call.url.path.endswith("/person-bindings")]
        assert not any("0105" in f"{call.url} {call.content!r}" for call in others)
        assert not any("0105" in line for line in answer.headers.getlist("Set-Cookie"))
        assert "0105" not in form.get("/behorigheter").text

    def test_FC2_the_field_is_of_choice_explained_and_never_kept_in_the_browser(self, form):
        html = form.get("/behorigheter/ny").text
        (field,) = [line for line in html.split("<input") if 'name="personal_number"' in line]
        for part in ('autocomplete="off"', "data-unkept", 'inputmode="numeric"'):
            assert part in field
        assert "required" not in field.partition(">")[0]
        assert "kan bara den personen acceptera inbjudan" in html
        assert '"unkept" in field.dataset' in SCRIPT.read_text()

    def test_FC2_B4_a_wrong_number_is_said_at_its_field_and_nobody_is_invited(self, form):
        problem = [{"field": "personal_number", "detail": "Ange tolv siffror, ÅÅÅÅMMDDNNNN."}]
        form.api.refuse("POST", BINDINGS, 422, "personal-number-invalid", errors=problem)
        answer = form.post("/behorigheter/ny", {"email": "e@exempel.se", "personal_number": "123", "extent": "read"})
        assert answer.status_code == 422
        assert 'href="#field-personal_number"' in answer.text
        assert 'value="e@exempel.se"' in answer.text
        assert form.api.asked("POST", INVITATIONS) == []

    def test_FC2_FC18_every_refusal_of_a_number_is_said_on_the_form(self, form):
        sent = {"email": "e@exempel.se", "personal_number": "200001052380"}
        form.api.refuse("POST", BINDINGS, 429, "person-bindings-too-many")
        answer = form.post("/behorigheter/ny", sent)
        assert answer.status_code == 429
        assert "Detalj person-bindings-too-many" in answer.text
        form.api.on("POST", BINDINGS, {"id": BINDING, "expires_at": "2027-03-22T10:00:00Z"}, status=201)
        errors = [{"field": "person_binding", "detail": "Skicka en ny inbjudan."}]
        form.api.refuse("POST", INVITATIONS, 422, "invitation-binding-gone", errors=errors)
        answer = form.post("/behorigheter/ny", sent)
        assert answer.status_code == 422
        assert "Skicka en ny inbjudan." in answer.text
        assert 'href="#field-personal_number"' in answer.text

    def test_FC2_fault_A11_while_identity_is_down_nothing_is_sent(self, form):
        form.api.refuse("POST", BINDINGS, 503, "unavailable")
        answer = form.post("/behorigheter/ny", {"email": "e@exempel.se", "personal_number": "200001052380"})
        assert answer.status_code == 503
        assert form.api.asked("POST", INVITATIONS) == []


class TestDeciding:
    @pytest.fixture
    def one(self, home):
        home.api.on("GET", f"{INVITATIONS}/{INVITED}", accepted())
        return home

    def test_T51_T52_D5_the_page_of_the_mail_shows_the_verified_name_and_says_why_one_approves(self, one):
        html = one.get(f"/behorigheter/inbjudningar/{INVITED}").text
        for part in ("Ebba Test", "2000", "e***@exempel.se", "felaktigt inbjuden"):
            assert part in html

    @pytest.mark.parametrize(
        ("path", "operation", "status"),
        [("godkann", "approvals", 200), ("neka", "denials", 200), ("fornya", "renewals", 200)],
        ids=["approve", "deny", "renew"],
    )
    def test_T52_T53_D7_each_answer_is_one_post(self, one, path, operation, status):
        one.api.on("POST", f"{INVITATIONS}/{INVITED}/{operation}", invitation(), status=status)
        answer = one.post(f"/behorigheter/inbjudningar/{INVITED}/{path}")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/behorigheter")
        assert len(one.api.asked("POST", f"{INVITATIONS}/{INVITED}/{operation}")) == 1

    def test_taking_back_is_a_delete(self, one):
        one.api.on("DELETE", f"{INVITATIONS}/{INVITED}", status=204)
        assert one.post(f"/behorigheter/inbjudningar/{INVITED}/ta-tillbaka").status_code == 303

    def test_C7_FC18_why_an_approved_person_was_not_let_in_is_said(self, one):
        one.api.on("GET", f"{INVITATIONS}/{INVITED}", invitation(status="grant-refused", refusal="ended"))
        assert "Slutdatumet hade redan passerat" in one.get(f"/behorigheter/inbjudningar/{INVITED}").text

    def test_D4_a_refused_approval_shows_why_and_how_it_stands(self, one):
        one.api.refuse("POST", f"{INVITATIONS}/{INVITED}/approvals", 403, "approver-is-acceptor")
        answer = one.post(f"/behorigheter/inbjudningar/{INVITED}/godkann")
        assert answer.status_code == 403
        assert "Detalj approver-is-acceptor" in answer.text
        assert "Ebba Test" in answer.text

    def test_FC2_D5_that_bankid_has_verified_the_number_is_said_to_the_approver(self, one):
        one.api.on("GET", f"{INVITATIONS}/{INVITED}", accepted(bound=True))
        one.api.on("GET", INVITATIONS, page(accepted(bound=True)))
        html = one.get(f"/behorigheter/inbjudningar/{INVITED}").text
        assert "BankID har bekräftat att det är personen vars personnummer angavs" in html
        assert "Bunden till personnummer" in one.get("/behorigheter").text
        one.api.on("GET", f"{INVITATIONS}/{INVITED}", invitation(bound=True))
        html = one.get(f"/behorigheter/inbjudningar/{INVITED}").text
        assert "Bara personen vars personnummer angavs kan acceptera" in html

    def test_FC14_T52_signing_is_of_choice_beside_the_click(self, one):
        html = one.get(f"/behorigheter/inbjudningar/{INVITED}").text
        assert f'action="/behorigheter/inbjudningar/{INVITED}/godkann"' in html
        assert "Godkänn och skriv under med BankID" in html
        made = signature()
        one.api.on("POST", f"{INVITATIONS}/{INVITED}/approval-signatures", made, status=201)
        answer = one.post(f"/behorigheter/inbjudningar/{INVITED}/skriv-under")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/skriv-under/{SIGN_ORDER}")
        (call,) = one.api.asked("POST", f"{INVITATIONS}/{INVITED}/approval-signatures")
        assert call.headers["Idempotency-Key"] == str(UUID(int=99))

    def test_FC14_where_it_must_be_signed_there_is_no_click(self, one):
        one.api.on("GET", f"{INVITATIONS}/{INVITED}", accepted(signature_required=True))
        html = one.get(f"/behorigheter/inbjudningar/{INVITED}").text
        assert "/godkann" not in html
        assert "Godkännandet behöver skrivas under med BankID" in html
        assert f'action="/behorigheter/inbjudningar/{INVITED}/skriv-under"' in html
        assert f'action="/behorigheter/inbjudningar/{INVITED}/neka"' in html

    @pytest.mark.parametrize(
        ("status", "code"), [(409, "approval-signature-required"), (403, "invitation-own-approval")], ids=str
    )
    @pytest.mark.parametrize(("path", "operation"), [("godkann", "approvals"), ("skriv-under", "approval-signatures")])
    def test_FC14_FC18_a_refusal_is_said_with_how_it_stands(self, one, path, operation, status, code):
        one.api.refuse("POST", f"{INVITATIONS}/{INVITED}/{operation}", status, code)
        answer = one.post(f"/behorigheter/inbjudningar/{INVITED}/{path}")
        assert answer.status_code == status
        assert f"Detalj {code}" in answer.text
        assert "Ebba Test" in answer.text

    @pytest.mark.parametrize(
        ("order", "said", "again"),
        [
            ("completed", "Du har skrivit under", False),
            ("pending", "Godkänn och skriv under", True),
            (None, "Godkänn", True),
        ],
        ids=["signed", "not yet", "identity is down"],
    )
    def test_FC14_between_the_signature_and_what_comes_of_it_the_page_says_so(self, one, order, said, again):
        one.api.on("GET", f"{INVITATIONS}/{INVITED}", accepted(signature=signature()))
        path = f"/identity/v1/sign-orders/{SIGN_ORDER}"
        one.api.on("GET", path, {"status": order}) if order else one.api.refuse("GET", path, 503, "unavailable")
        html = one.get(f"/behorigheter/inbjudningar/{INVITED}").text
        assert said in html
        assert (f'action="/behorigheter/inbjudningar/{INVITED}/skriv-under"' in html) is again

    @pytest.mark.parametrize(
        ("state", "said"),
        [
            (
                {"status": "void", "reason": "x", "detail": "Personen har redan tillgång."},
                "Personen har redan tillgång.",
            ),
            ({"status": "void", "reason": "x", "detail": None}, "Något ändrades medan du skrev under"),
            ({"status": "not-signed", "reason": "cancelled"}, "Du har inte skrivit under"),
        ],
        ids=["void", "void without words", "not signed"],
    )
    def test_FC14_FC18_a_signature_that_did_not_count_is_said_and_can_be_made_again(self, one, state, said):
        one.api.on("GET", f"{INVITATIONS}/{INVITED}", accepted(signature=signature(**state)))
        html = one.get(f"/behorigheter/inbjudningar/{INVITED}").text
        assert said in html
        assert f'action="/behorigheter/inbjudningar/{INVITED}/skriv-under"' in html

    def test_FC14_a_signed_approval_says_when(self, one):
        signed = {"sign_order_id": SIGN_ORDER, "signed_at": "2026-11-22T09:30:00Z"}
        row = invitation(status="approved", **signed)
        one.api.on("GET", f"{INVITATIONS}/{INVITED}", row)
        one.api.on("GET", INVITATIONS, page(row))
        for path in (f"/behorigheter/inbjudningar/{INVITED}", "/behorigheter"):
            assert "Underskriven med BankID 22 november 2026" in one.get(path).text

    def test_reading_the_page_decides_nothing(self, one):
        assert one.get(f"/behorigheter/inbjudningar/{INVITED}/godkann").status_code == 405


class TestRemoving:
    def test_T54_T56_it_is_asked_first_and_the_reason_goes_to_the_log(self, home):
        home.api.on("DELETE", f"{MEMBERSHIPS}/{PARTNER}", status=204)
        assert "Ta bort behörigheten för Linnea Test?" in home.get(f"/behorigheter/{PARTNER}/ta-bort").text
        answer = home.post(f"/behorigheter/{PARTNER}/ta-bort", {"reason": "Flyttat"})
        assert answer.headers["Location"] == "/behorigheter"
        assert home.api.sent("DELETE", f"{MEMBERSHIPS}/{PARTNER}") == {"reason": "Flyttat"}

    def test_D2_why_somebody_cannot_be_removed_is_said(self, home):
        home.api.refuse("DELETE", f"{MEMBERSHIPS}/{PARTNER}", 409, "membership-last-holder")
        answer = home.post(f"/behorigheter/{PARTNER}/ta-bort")
        assert answer.status_code == 409
        assert "Detalj membership-last-holder" in answer.text

    def test_D1_what_is_not_on_ones_own_list_is_not_there(self, home):
        answer = home.get(f"/behorigheter/{UUID(int=77)}/ta-bort")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/behorigheter")


class TestReview:
    @pytest.fixture
    def due(self, home):
        more = {"status": "active", "ended_at": None, "ended_reason": None, "kept": None}
        rows = [
            membership(PARTNER, str(UUID(int=5)), "delegate", invitation_id=APPROVED) | more,
            membership(str(UUID(int=33)), str(UUID(int=6)), "delegate") | more | {"kept": True},
            membership(str(UUID(int=34)), str(UUID(int=7)), "delegate")
            | more
            | {"status": "ended", "ended_at": "2026-06-01T00:00:00Z"},
        ]
        for row in rows:
            del row["role"]
        body = {"due": True, "opened_at": "2026-11-01T00:00:00Z", "next_at": "2027-11-01T00:00:00Z"}
        home.api.on("GET", REVIEW, body | {"memberships": rows})
        home.api.on("POST", f"{REVIEW}/answers", {})
        return home

    def test_B_08_FC23_those_who_are_still_to_be_answered_for_are_asked_about(self, due):
        html = due.get("/behorigheter/oversyn").text
        assert "Linnea Test" in html
        assert html.count('type="radio"') == 2
        assert "Upphörde 1 juni 2026" in html
        answer = due.post("/behorigheter/oversyn", {f"answer-{PARTNER}": "remove"})
        assert answer.status_code == 303
        assert due.api.sent("POST", f"{REVIEW}/answers") == {"keep": [], "remove": [PARTNER]}

    def test_B_08_no_answer_at_all_is_said_at_the_question(self, due):
        answer = due.post("/behorigheter/oversyn", {})
        assert answer.status_code == 422
        assert f'href="#field-answer-{PARTNER}"' in answer.text
        assert due.api.asked("POST", f"{REVIEW}/answers") == []

    def test_B_08_when_nothing_is_due_the_page_says_when_the_next_one_is(self, due):
        body = {"due": False, "opened_at": None, "next_at": "2027-11-01T00:00:00Z", "memberships": []}
        due.api.on("GET", REVIEW, body)
        html = due.get("/behorigheter/oversyn").text
        assert "1 november 2027" in html
        assert 'type="radio"' not in html


def test_B_10_a_link_of_a_notice_for_another_account_asks_before_it_changes(home):
    html = home.get("/behorigheter?" + urlencode({"konto": str(UUID(int=12))})).text
    assert "Byt till Bageriet AB" in html
    assert json.dumps(html).count("Linnea") == 0

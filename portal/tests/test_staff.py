from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import httpx2
import pytest

ME, OTHER = str(UUID(int=1)), str(UUID(int=9))
POWER, ACCOUNT = str(UUID(int=701)), str(UUID(int=12))
QUEUE = "/org-registry/v1/staff/powers-of-attorney"
ONE, HERE = f"{QUEUE}/{POWER}", f"/personal/fullmakter/{POWER}"
SEARCH, VIEWS = "/org-registry/v1/staff/customer-searches", "/org-registry/v1/staff/support-views"
PAGES = ("/personal", "/personal/fullmakter", "/personal/fullmakter/ny", HERE, "/personal/kunder")
FORMS = (
    *(f"{HERE}/{each}" for each in ("granska", "godkann", "avsla", "komplettera", "aterkalla", "dokument")),
    *("/personal/fullmakter/ny", "/personal/kunder", "/personal/visning"),
)


def a_power(**more: Any) -> dict[str, Any]:
    step = {"at": "2026-11-21T10:00:00Z", "status": "submitted", "action": "submitted", "actor_id": OTHER}
    return {
        "id": POWER,
        "status": "submitted",
        "organisation_name": "Solgläntan",
        "organisation_number": "892000-0018",
        "administrator_name": "Karin Test",
        "email": "karin@exempel.se",
        "document": {
            "media_type": "image/png",
            "size": 20_480,
            "scan": "clean",
            "submitted_at": "2026-11-21T10:00:00Z",
        },
        "created_at": "2026-11-20T10:00:00Z",
        "submitted_at": "2026-11-21T10:00:00Z",
        "decided_at": None,
        "ended_at": None,
        "reason": None,
        "message": None,
        "ends_on": None,
        "account_id": None,
        "history": [step | {"as_staff": False, "note": "Ringde <b>först</b>"}],
        "channel": "digital",
        "administrator_person_id": OTHER,
        "registered_by": None,
        "reviewer_id": None,
        "checked": [],
    } | more


@pytest.fixture
def desk(portal):
    """``desk(status="under-review")``: somebody of customer service is logged in, and this one is in the queue."""

    def tell(**more: Any) -> Any:
        power = a_power(**more)
        portal.log_in(account=None, accounts=[], status="none", message="", staff=["customer-service"])
        portal.api.on("GET", QUEUE, {"items": [power], "page": 1, "limit": 20, "total": 1})
        portal.api.on("GET", ONE, power)
        for what in ("reviews", "approvals", "rejections", "completion-requests", "revocations"):
            portal.api.on("POST", f"{ONE}/{what}", power)
        portal.api.on("PUT", f"{ONE}/document", power)
        return portal

    return tell


@pytest.mark.parametrize("staff", [[], ["staff-admin"]], ids=["customer", "another-role"])
def test_C3_for_everybody_else_the_area_does_not_exist(portal, staff):
    portal.log_in(staff=staff)
    assert [portal.get(path).status_code for path in PAGES] == [404] * len(PAGES)
    assert [portal.post(path).status_code for path in FORMS] == [404] * len(FORMS)
    assert not [call for call in portal.api.calls if "/staff/" in call.url.path]


def test_C3_without_a_login_it_leads_to_the_login(portal):
    assert portal.get("/personal").headers["Location"].startswith("/logga-in")


def test_FK9_every_page_is_marked_as_customer_services_with_name_and_role(desk):
    portal = desk()
    for path in PAGES:
        page = portal.get(path).text
        assert "Kundservice, intern del" in page
        assert "Karin Test, kundservice" in page


def test_FK8_FB9_the_queue_is_filtered_by_status_and_says_how_each_came(desk):
    portal = desk(channel="paper")
    page = portal.get("/personal/fullmakter?status=under-review").text
    (call,) = portal.api.asked("GET", QUEUE)
    assert call.url.params["status"] == "under-review"
    assert "På papper" in page
    assert f'href="{HERE}"' in page
    portal.get("/personal/fullmakter?status=draft")
    assert "status" not in portal.api.asked("GET", QUEUE)[-1].url.params, "an unknown status asks for all"


def test_FK8_nobody_decides_before_having_taken_it(desk):
    page = desk().get(HERE).text
    assert f'action="{HERE}/granska"' in page
    assert f'action="{HERE}/godkann"' not in page
    theirs = desk(status="under-review", reviewer_id=OTHER).get(HERE).text
    assert "Ta över granskningen" in theirs
    assert f'action="{HERE}/godkann"' not in theirs
    mine = desk(status="under-review", reviewer_id=ME).get(HERE).text
    assert f'action="{HERE}/godkann"' in mine
    assert "Ringde &lt;b&gt;först&lt;/b&gt;" in mine


def test_FK8_it_is_approved_by_the_checklist_line_by_line(desk):
    portal = desk(status="under-review", reviewer_id=ME)
    assert portal.get(HERE).text.count('name="kontroll"') == 4
    answer = portal.post(f"{HERE}/godkann", {"kontroll": ["organisation", "dates"], "ends_on": "2027-06-30"})
    assert (answer.status_code, answer.headers["Location"]) == (303, HERE)
    assert portal.api.sent("POST", f"{ONE}/approvals") == {
        "checklist": {"organisation": True, "signatures": False, "dates": True, "administrator": False},
        "ends_on": "2027-06-30",
    }


def test_FK8_what_is_not_checked_is_said_and_the_ticks_are_kept(desk):
    portal = desk(status="under-review", reviewer_id=ME)
    detail = "Kontrollera alla punkter."
    portal.api.refuse(
        "POST",
        f"{ONE}/approvals",
        422,
        "power-of-attorney-checklist-incomplete",
        errors=[{"field": "checklist", "detail": detail}],
    )
    answer = portal.post(f"{HERE}/godkann", {"kontroll": ["dates"]})
    assert answer.status_code == 422
    assert detail in answer.text
    assert 'value="dates" checked' in answer.text
    assert 'value="signatures" checked' not in answer.text


@pytest.mark.parametrize(
    ("form", "field", "operation", "said"),
    [
        ("avsla", "reason", "rejections", "reason"),
        ("komplettera", "message", "completion-requests", "message"),
        ("aterkalla", "reason", "revocations", "reason"),
    ],
)
def test_FK8_D13_a_no_and_a_question_carry_their_words(desk, form, field, operation, said):
    portal = desk(status="under-review", reviewer_id=ME)
    assert portal.post(f"{HERE}/{form}", {field: "Underskrift saknas."}).status_code == 303
    assert portal.api.sent("POST", f"{ONE}/{operation}") == {said: "Underskrift saknas."}


@pytest.mark.parametrize(
    ("scan", "opens"), [("clean", True), ("not-scanned", True), ("pending", False), ("infected", False)]
)
def test_C27_only_what_the_scanner_let_through_is_offered(desk, scan, opens):
    document = a_power()["document"] | {"scan": scan}
    page = desk(document=document).get(HERE).text
    assert (f"/api{ONE}/document" in page) is opens


def test_T38_T39_D13_a_paper_is_registered_with_its_administrator_and_its_scan(desk):
    portal = desk(channel="paper", document=None)
    portal.api.on("POST", "/identity/v1/staff/persons", {"person_id": OTHER}, status=201)
    portal.api.on("POST", QUEUE, a_power(), status=201)
    fields = {
        "orgnummer": "892000-0018",
        "orgnamn": "Solgläntan",
        "personnummer": "199908072391",
        "namn": "Karin Test",
        "epost": "k@exempel.se",
    }
    answer = portal.post("/personal/fullmakter/ny", fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, HERE)
    person = portal.api.sent("POST", "/identity/v1/staff/persons")
    assert (person["personal_number"], person["reason"]) == ("199908072391", "Registrering av fullmakt på papper")
    assert portal.api.sent("POST", QUEUE)["administrator_person_id"] == OTHER
    assert "199908072391" not in str(portal.api.asked("POST", QUEUE)[0].content), "the number stays with identity"
    file = (io.BytesIO(b"%PDF-1.7"), "a.pdf", "application/pdf")
    assert portal.post(f"{HERE}/dokument", {"fil": file}, content_type="multipart/form-data").status_code == 303
    assert portal.api.asked("PUT", f"{ONE}/document")[0].content == b"%PDF-1.7"


def test_D13_a_paper_with_gaps_asks_nobody(desk):
    portal = desk()
    answer = portal.post("/personal/fullmakter/ny", {"orgnummer": "1"})
    assert answer.status_code == 422
    assert answer.text.count("Fyll i fältet.") == 8, "four fields, in the summary and beside each"
    assert not [call for call in portal.api.calls if call.method == "POST"]


def found(**more: Any) -> dict[str, Any]:
    return {
        "account_id": ACCOUNT,
        "kind": "private",
        "name": "Privatkonto K-1",
        "customer_numbers": ["K-1"],
        "support_access_until": None,
    } | more


@pytest.mark.parametrize("way", ["customer_number", "organisation_number"])
def test_FK9_a_customer_is_searched_for_with_a_reason_and_no_number_stands_in_an_address(desk, way):
    portal = desk()
    portal.api.on("POST", SEARCH, {"items": [found()]})
    page = portal.post("/personal/kunder", {"way": way, "number": "100001", "reason": "Kunden ringde"}).text
    assert portal.api.sent("POST", SEARCH) == {way: "100001", "reason": "Kunden ringde"}
    assert "Privatkonto K-1" in page
    assert not [call for call in portal.api.calls if "100001" in str(call.url)]


def test_FK9_by_personal_number_identity_says_who_it_is_and_the_registry_gets_the_id_alone(desk):
    portal = desk()
    person = {"person_id": OTHER, "name": "Erik Test", "birth_year": 1990, "protected_identity": True}
    portal.api.on("POST", "/identity/v1/staff/person-lookups", person)
    portal.api.on("POST", SEARCH, {"items": []})
    page = portal.post(
        "/personal/kunder", {"way": "personal_number", "number": "199006022397", "reason": "Kunden ringde"}
    ).text
    assert portal.api.sent("POST", SEARCH) == {"person_id": OTHER, "reason": "Kunden ringde"}
    assert "Erik Test, född 1990" in page
    assert "Skyddade personuppgifter" in page
    assert "Ingen kund hittades" in page


def test_FK9_somebody_unknown_is_no_error_page(desk):
    portal = desk()
    portal.api.refuse("POST", "/identity/v1/staff/person-lookups", 404, "person-not-found")
    answer = portal.post("/personal/kunder", {"way": "personal_number", "number": "199006022397", "reason": "Ringde"})
    assert answer.status_code == 200
    assert "Ingen kund hittades" in answer.text
    assert not portal.api.asked("POST", SEARCH)


def test_FK9_a_missing_reason_is_said_at_its_field(desk):
    portal = desk()
    portal.api.refuse("POST", SEARCH, 422, "validation-error", errors=[{"field": "reason", "detail": "Skriv varför."}])
    answer = portal.post("/personal/kunder", {"way": "customer_number", "number": "100001"})
    assert answer.status_code == 422
    assert 'id="error-reason"' in answer.text
    assert 'value="100001"' in answer.text


def test_B_22_FK10_an_account_is_opened_only_where_the_customer_has_consented(desk):
    portal = desk()
    portal.api.on("POST", SEARCH, {"items": [found(), found(support_access_until="2026-11-22T12:00:00Z")]})
    page = portal.post("/personal/kunder", {"way": "customer_number", "number": "1", "reason": "Kunden ringde"}).text
    assert page.count('action="/personal/visning"') == 1
    assert "Be kunden att ge kundservice tillgång" in page
    assert 'name="reason" value="Kunden ringde"' in page


def test_FK9_looking_takes_the_view_and_then_the_account(desk):
    portal = desk()
    portal.api.on("POST", VIEWS, {"id": str(UUID(int=5)), "account_id": ACCOUNT, "until": "x"}, status=201)
    portal.api.on("PUT", "/identity/v1/session/account", {})
    answer = portal.post("/personal/visning", {"account_id": ACCOUNT, "reason": "Kunden ringde"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/oversikt")
    assert portal.api.sent("POST", VIEWS) == {"account_id": ACCOUNT, "reason": "Kunden ringde"}
    (chosen,) = portal.api.asked("PUT", "/identity/v1/session/account")
    assert chosen.headers["Minasidor-Account"] == ACCOUNT


def test_FK10_a_consent_that_has_ended_meanwhile_is_said(desk):
    portal = desk()
    portal.api.refuse("POST", VIEWS, 403, "support-access-missing", detail="Be kunden att ge tillgång.")
    answer = portal.post("/personal/visning", {"account_id": ACCOUNT, "reason": "Kunden ringde"})
    assert answer.status_code == 403
    assert "Be kunden att ge tillgång." in answer.text
    assert not portal.api.asked("PUT", "/identity/v1/session/account")


def test_FK8_the_desk_counts_what_waits(desk):
    portal = desk()

    def counted(request: httpx2.Request) -> httpx2.Response:
        total = {"submitted": 7, "under-review": 2, "needs-completion": 1}[request.url.params["status"]]
        return httpx2.Response(200, json={"items": [], "total": total})

    portal.api.on("GET", QUEUE, counted)
    page = portal.get("/personal").text
    assert [number for number in ("<dd>7", "<dd>2", "<dd>1") if number in page] == ["<dd>7", "<dd>2", "<dd>1"]


@pytest.fixture
def looking(portal):
    """Somebody of customer service is in the account of a customer."""
    portal.log_in(account=ACCOUNT, accounts=[], status="none", message="", staff=["customer-service"])
    shown = {"id": ACCOUNT, "kind": "private", "display_name": "Privatkonto K-1", "role": "support"}
    portal.api.on(
        "GET", "/org-registry/v1/account", shown | {"read_only": True, "services": None, "membership_id": OTHER}
    )
    portal.api.on("GET", "/billing/v1/invoices", {"items": [], "page": 1, "limit": 20, "total": 0})
    return portal


def test_FK9_on_every_page_of_the_customer_it_stands_that_customer_service_is_looking(looking):
    page = looking.get("/fakturor").text
    assert "Du ser Privatkonto K-1 som kundservice." in page
    assert "Du kan inte ändra något. Kunden ser att du har varit här." in page
    banner = page[page.index("support-banner") :].split("<main")[0]
    assert '<form method="post" action="/konto/lamna"' in banner
    assert "Lämna kundens sida" in banner
    assert "Läsbehörighet" in page


def test_FK9_leaving_the_customers_page_ends_the_view_with_the_forms_proof_and_leads_to_the_desk(looking):
    looking.api.on("DELETE", "/identity/v1/session/account", {"account_id": None})
    answer = looking.post("/konto/lamna", {})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/personal")
    (call,) = looking.api.asked("DELETE", "/identity/v1/session/account")
    assert call.headers["x-csrf-token"] == "csrf-token-of-the-session"
    assert looking.get("/konto/lamna").status_code == 405


def test_FK9_a_customer_who_leaves_an_account_chooses_again(portal):
    portal.log_in()
    portal.api.on("DELETE", "/identity/v1/session/account", {"account_id": None})
    assert portal.post("/konto/lamna", {}).headers["Location"] == "/konto"


def test_FK9_what_could_not_be_left_is_said(looking):
    looking.api.refuse("DELETE", "/identity/v1/session/account", 503, "service-unavailable")
    assert looking.post("/konto/lamna", {}).status_code == 503


def test_FK10_when_the_consent_has_ended_the_account_is_gone(looking):
    looking.api.refuse("GET", "/org-registry/v1/account", 403, "no-access")
    assert looking.get("/fakturor").headers["Location"].startswith("/konto")


def test_FK9_nobody_else_is_asked_about_such_an_account(portal):
    portal.log_in(account=ACCOUNT, accounts=[], status="none", message="")
    assert portal.get("/fakturor").headers["Location"].startswith("/konto")
    assert not portal.api.asked("GET", "/org-registry/v1/account")

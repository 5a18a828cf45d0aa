from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

PATH = "/org-registry/v1/powers-of-attorney"
POWER = str(UUID(int=701))
ONE, HERE = f"{PATH}/{POWER}", f"/fullmakt/{POWER}"
PDF = b"%PDF-1.7 signed"


def a_power(**more: Any) -> dict[str, Any]:
    return {
        "id": POWER,
        "status": "draft",
        "organisation_name": "Solgläntan <i>ek</i>",
        "organisation_number": "892000-0018",
        "administrator_name": "Karin Test",
        "email": "karin@exempel.se",
        "document": None,
        "created_at": "2026-11-20T10:00:00Z",
        "submitted_at": None,
        "decided_at": None,
        "ended_at": None,
        "reason": None,
        "message": None,
        "ends_on": None,
        "account_id": None,
        "history": [{"at": "2026-11-20T10:00:00Z", "status": "draft"}],
    } | more


def a_document(at: str = "2026-11-21T10:00:00Z") -> dict[str, Any]:
    return {"media_type": "application/pdf", "size": 184_320, "scan": "clean", "submitted_at": at}


@pytest.fixture
def mine(portal):
    """``mine(status="submitted")``: somebody without any account is logged in and has this one."""

    def tell(**more: Any) -> Any:
        power = a_power(**more)
        portal.log_in(account=None, accounts=[], status="none", message="Inga tjänster.")
        portal.api.on("GET", PATH, {"items": [power], "page": 1, "limit": 20, "total": 1})
        portal.api.on("GET", ONE, power)
        portal.api.on("GET", "/identity/v1/prefill", {"name": "Karin", "email": "karin@exempel.se", "phone": None})
        portal.api.on("POST", PATH, power, status=201)
        portal.api.on("PUT", f"{ONE}/document", power)
        portal.api.on("POST", f"{ONE}/submissions", power)
        portal.api.on("DELETE", ONE, status=204)
        return portal

    return tell


def test_T22_T35_T36_T38_T39_anybody_reads_how_it_is_done_and_gets_the_form(portal):
    page = portal.get("/fullmakt").text
    assert "inte har någon firmatecknare registrerad hos Bolagsverket" in page
    assert 'href="/api/org-registry/v1/power-of-attorney-form?lang=sv" download' in page
    for said in ("Ladda ner blanketten för fullmakt", "Blankett för fullmakt (pdf)", "Kontakta kundservice"):
        assert said in page
    assert "mailto:kundservice@example.se" in page
    for line in ("Att: Kundservice", "Box 1", "581 15 Linköping"):
        assert line in page
    assert "skickar vi den till dig" in page


def test_T37_the_way_to_customer_service_is_a_link(portal):
    assert 'href="mailto:kundservice@example.se">Kontakta kundservice</a>' in portal.get("/fullmakt").text


def test_T40_it_is_said_that_the_administrator_is_mailed(portal):
    assert "Vi meddelar administratören via mejl när kontot är skapat" in portal.get("/fullmakt").text


def test_B_05_FB9_my_own_are_listed_with_their_status(mine):
    page = mine(status="needs-completion").get("/fullmakt").text
    assert f'href="{HERE}"' in page
    assert "Behöver kompletteras" in page
    assert "Solgläntan &lt;i&gt;ek&lt;/i&gt;" in page


def test_T34_who_is_logged_in_becomes_the_administrator(mine):
    portal = mine()
    form = portal.get("/fullmakt/ny").text
    assert "Karin Test" in form
    assert 'value="karin@exempel.se"' in form
    answer = portal.post("/fullmakt/ny", {"orgnummer": "892000-0018", "orgnamn": "Solgläntan", "epost": "k@exempel.se"})
    assert (answer.status_code, answer.headers["Location"]) == (303, HERE)
    assert portal.api.sent("POST", PATH) == {
        "organisation_number": "892000-0018",
        "organisation_name": "Solgläntan",
        "email": "k@exempel.se",
    }


def test_T34_what_is_left_out_or_wrong_is_said_at_its_field(mine):
    portal = mine()
    empty = portal.post("/fullmakt/ny", {})
    assert empty.status_code == 422
    assert all(f'id="error-{name}"' in empty.text for name in ("orgnummer", "orgnamn", "epost"))
    assert not portal.api.asked("POST", PATH)
    portal.api.refuse(
        "POST", PATH, 422, "validation-error", errors=[{"field": "organisation_number", "detail": "Ange tio siffror."}]
    )
    wrong = portal.post("/fullmakt/ny", {"orgnummer": "1", "orgnamn": "Solgläntan", "epost": "k@exempel.se"})
    assert wrong.status_code == 422
    assert "Ange tio siffror." in wrong.text
    assert 'value="Solgläntan"' in wrong.text


@pytest.mark.parametrize(
    ("more", "states"),
    [
        ({}, "done current coming coming coming"),
        ({"document": a_document()}, "done done current coming coming"),
        ({"status": "submitted", "document": a_document()}, "done done done current coming"),
        ({"status": "under-review", "document": a_document()}, "done done done current coming"),
        ({"status": "approved", "document": a_document()}, "done done done done done"),
        ({"status": "rejected", "document": a_document()}, "done done done done failed"),
        ({"status": "withdrawn", "document": None}, "done failed done failed failed"),
    ],
    ids=["draft", "uploaded", "submitted", "reviewed", "approved", "rejected", "withdrawn"],
)
def test_D13_B_05_the_page_shows_how_far_it_has_come(mine, more, states):
    sent = {} if more.get("status", "draft") == "draft" else {"submitted_at": "2026-11-21T10:05:00Z"}
    page = mine(**more, **sent).get(HERE).text
    found = [part.split('"')[0] for part in page.split('<li class="step step-')[1:]]
    assert " ".join(found) == states


def test_D13_what_is_missing_and_why_not_is_read_on_the_page(mine):
    missing = mine(status="needs-completion", message="Ordföranden har inte skrivit under.").get(HERE).text
    assert "Ordföranden har inte skrivit under." in missing
    refused = mine(status="rejected", reason="Föreningen har en firmatecknare.").get(HERE).text
    assert "Föreningen har en firmatecknare." in refused
    assert 'type="file"' not in refused
    assert 'href="/konto"' in mine(status="approved").get(HERE).text


def test_D13_after_a_question_it_is_sent_in_only_with_a_newer_document(mine):
    asked = [{"at": "2026-11-21T12:00:00Z", "status": "needs-completion"}]
    send = f'action="{HERE}/skicka"'
    old = mine(status="needs-completion", history=asked, document=a_document("2026-11-21T10:00:00Z")).get(HERE).text
    assert send not in old
    added = [*asked, {"at": "2026-11-22T10:00:00Z", "status": "needs-completion"}]
    new = mine(status="needs-completion", history=added, document=a_document("2026-11-22T10:00:00Z")).get(HERE).text
    assert send in new
    again = [
        *added,
        {"at": "2026-11-23T10:00:00Z", "status": "under-review"},
        {"at": "2026-11-24T10:00:00Z", "status": "needs-completion"},
    ]
    asked_twice = mine(status="needs-completion", history=again, document=a_document("2026-11-22T10:00:00Z"))
    assert send not in asked_twice.get(HERE).text


def upload(portal: Any, data: bytes = PDF, kind: str = "application/pdf") -> Any:
    file = FileStorage(io.BytesIO(data), "../../hemligt namn.pdf", content_type=kind)
    # Encoded in memory: the client's own temporary file would be left open.
    boundary, body = encode_multipart({"csrf_token": "token", "idempotency_key": str(UUID(int=99)), "fil": file})
    return portal.client.post(
        f"{HERE}/dokument",
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        headers={"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"},
    )


def test_B_05_C25_the_signed_document_is_handed_on_as_it_is_and_its_name_is_not(mine):
    portal = mine()
    answer = upload(portal)
    assert (answer.status_code, answer.headers["Location"]) == (303, HERE)
    (call,) = portal.api.asked("PUT", f"{ONE}/document")
    assert call.content == PDF
    assert call.headers["Content-Type"] == "application/pdf"
    assert "hemligt" not in str(call.headers)
    assert call.headers["X-CSRF-Token"]


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (b"", "application/pdf", "Välj en fil."),
        (b"x" * (10 * 1024 * 1024 + 1), "application/pdf", "Filen är större än 10 MB."),
        (b"<svg onload=alert(1)>", "image/svg+xml", "Filen måste vara en pdf, jpg eller png."),
    ],
    ids=["none", "too-large", "svg"],
)
def test_D19_B12_what_is_no_scanned_paper_is_refused_on_the_page(mine, data, kind, said):
    portal = mine()
    answer = upload(portal, data, kind)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'id="error-fil"' in answer.text
    assert not portal.api.asked("PUT", f"{ONE}/document")


def test_C27_a_file_that_the_service_refuses_is_told_in_its_words(mine):
    portal = mine()
    portal.api.refuse("PUT", f"{ONE}/document", 422, "power-of-attorney-document-infected", detail="Skadlig kod.")
    answer = upload(portal)
    assert answer.status_code == 422
    assert "Skadlig kod." in answer.text


def test_D13_it_is_sent_in_and_taken_back_by_the_administrator(mine):
    portal = mine(document=a_document())
    page = portal.get(HERE).text
    assert f'action="{HERE}/skicka"' in page
    assert f'action="{HERE}/aterkalla"' in page
    assert portal.post(f"{HERE}/skicka").status_code == 303
    assert portal.post(f"{HERE}/aterkalla").status_code == 303
    assert len(portal.api.asked("POST", f"{ONE}/submissions")) == len(portal.api.asked("DELETE", ONE)) == 1


def test_D13_what_can_no_longer_be_done_is_said_and_the_page_shows_how_it_is_now(mine):
    portal = mine(status="under-review", document=a_document())
    assert f'action="{HERE}/aterkalla"' not in portal.get(HERE).text
    portal.api.refuse("DELETE", ONE, 409, "power-of-attorney-state", detail="Läs in sidan igen.")
    answer = portal.post(f"{HERE}/aterkalla")
    assert answer.status_code == 409
    assert "Läs in sidan igen." in answer.text
    assert "Granskas" in answer.text


def test_C1_another_persons_does_not_exist(mine):
    portal = mine()
    portal.api.refuse("GET", ONE, 404, "power-of-attorney-not-found")
    assert portal.get(HERE).status_code == 404


def test_S32_nobody_begins_one_without_being_logged_in(portal):
    assert portal.get("/fullmakt/ny").headers["Location"] == "/logga-in?next=%2Ffullmakt%2Fny"

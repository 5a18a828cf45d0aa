from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

PATH = "/billing/v1/invoices"


def an_invoice(number: int = 1001, **more: Any) -> dict[str, Any]:
    return {
        "id": str(UUID(int=number)),
        "invoice_number": str(number),
        "kind": "invoice",
        "issued_on": "2026-10-01",
        "due_on": "2026-10-31",
        "period_from": "2026-09-01",
        "period_to": "2026-09-30",
        "service_areas": ["water", "waste"],
        "total_ore": 123450,
        "credited_ore": 0,
        "paid_ore": 0,
        "remaining_ore": 123450,
        "document_status": "issued",
        "payment_status": "unpaid",
        "overdue": False,
        "ocr": "123",
        "bankgiro": "991-2346",
    } | more


def listed(*rows: dict[str, Any], total: int | None = None, page: int = 1) -> dict[str, Any]:
    return {"items": list(rows), "page": page, "limit": 20, "total": len(rows) if total is None else total}


def test_T58_T59_D8_the_list_says_nine_months_and_unpaid_ones_however_old(portal):
    portal.log_in()
    portal.api.on("GET", PATH, listed(an_invoice()))
    page = portal.get("/fakturor").text
    assert "senaste 9 månaderna" in page
    assert "även om de är äldre" in page
    assert "1\N{NO-BREAK SPACE}234,50\N{NO-BREAK SPACE}kr" in page
    assert "Vatten, Avfall" in page
    assert f'href="/fakturor/{UUID(int=1001)}"' in page


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "Obetald"),
        ({"payment_status": "paid"}, "Betald"),
        ({"payment_status": "part-paid"}, "Delvis betald"),
        ({"overdue": True}, "Förfallen"),
        ({"kind": "credit", "payment_status": "nothing-due"}, "Kreditfaktura"),
    ],
    ids=["unpaid", "paid", "part-paid", "overdue", "credit"],
)
def test_T61_every_state_is_said_in_words(portal, more, said):
    portal.log_in()
    portal.api.on("GET", PATH, listed(an_invoice(**more)))
    page = portal.get("/fakturor").text
    assert said in page[page.index("<tbody>") :]


def test_T60_T61_the_filters_are_the_apis(portal):
    portal.log_in()
    portal.api.on("GET", PATH, listed(an_invoice()))
    page = portal.get("/fakturor?status=unpaid&fran=2026-01-01&till=2026-06-30&sida=2").text
    (call,) = portal.api.asked("GET", PATH)
    assert dict(call.url.params) == {
        "status": "unpaid",
        "from_on": "2026-01-01",
        "to_on": "2026-06-30",
        "page": "2",
        "limit": "20",
    }
    assert '<option value="unpaid" selected>' in page
    assert 'value="2026-01-01"' in page


def test_T60_a_period_that_the_api_refuses_is_said_at_its_field(portal):
    portal.log_in()
    portal.api.refuse(
        "GET", PATH, 422, "validation-error", errors=[{"field": "from_on", "detail": "Ange ett datum som 2026-03-05."}]
    )
    answer = portal.get("/fakturor?fran=i+g%C3%A5r")
    assert answer.status_code == 422
    assert 'href="#field-fran"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'id="error-fran"' in answer.text


def test_T58_nothing_to_show_is_said(portal):
    portal.log_in()
    portal.api.on("GET", PATH, listed())
    assert "Inga fakturor att visa" in portal.get("/fakturor").text


def test_T58_pages_keep_the_filter(portal):
    portal.log_in()
    portal.api.on("GET", PATH, listed(an_invoice(), total=45, page=2))
    page = portal.get("/fakturor?status=paid&sida=2").text
    assert "Sida 2 av 3" in page
    assert "/fakturor?status=paid&amp;fran=&amp;till=&amp;sida=3" in page

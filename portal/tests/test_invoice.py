from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

INVOICE = str(UUID(int=1001))
PATH = f"/billing/v1/invoices/{INVOICE}"
NB = "\N{NO-BREAK SPACE}"


def shown(portal: Any, **more: Any) -> str:
    portal.has_invoice(**more)
    answer = portal.get(f"/fakturor/{INVOICE}")
    assert answer.status_code == 200
    return str(answer.text)


def test_T3_FD8_what_it_takes_to_pay_stands_on_top(portal):
    page = shown(portal)
    for said in (f"659,85{NB}kr", "11 november 2026", "991-2346", "1000012026100147", "Ange OCR-numret"):
        assert said in page


def test_FD9_lines_are_shown_with_price_in_kronor_period_and_vat(portal):
    page = shown(portal, rounding_ore=15, total_ore=66000)
    for said in (f"41{NB}m³", f"12,875{NB}kr", "juli 2026", "25 %", f"527,88{NB}kr", "Öresavrundning", f"131,97{NB}kr"):
        assert said in page
    assert "Vatten &lt;b&gt;och&lt;/b&gt; avlopp" in page


@pytest.mark.parametrize(
    ("more", "said", "unsaid"),
    [
        ({"overdue": True}, "Fakturan är förfallen", "Du har betalat för mycket"),
        ({"payment_status": "paid", "paid_ore": 65985, "remaining_ore": 0}, "Betald", "Ange OCR-numret"),
        ({"payment_status": "overpaid", "remaining_ore": -1500}, f"15,00{NB}kr att få tillbaka", "Ange OCR-numret"),
        ({"document_status": "credited", "credited_ore": 65985, "remaining_ore": 0}, "är krediterad", "förfallen"),
        (
            {"kind": "credit", "credits_invoice_number": "2026-0900", "remaining_ore": 0},
            "2026-0900",
            "Betalningar</h2>",
        ),
    ],
    ids=["overdue", "paid", "overpaid", "credited", "credit-note"],
)
def test_T61_FD5_each_state_says_what_it_means(portal, more, said, unsaid):
    page = shown(portal, **more)
    assert said in page
    assert unsaid not in page


def test_FD5_payments_and_credit_notes_are_listed(portal):
    credit = {"id": str(UUID(int=7)), "invoice_number": "2026-1003", "issued_on": "2026-11-03", "total_ore": -5000}
    page = shown(portal, payments=[{"amount_ore": 40000, "received_on": "2026-11-02"}], credited_by=[credit])
    assert "2 november 2026" in page
    assert f"400,00{NB}kr" in page
    assert f'href="/fakturor/{UUID(int=7)}"' in page
    assert "Inga betalningar har kommit in" in shown(portal)


def test_T5_the_reading_behind_the_invoice_is_one_click_away(portal):
    reading = str(UUID(int=301))
    assert f'href="/matare/avlasningar/{reading}"' in shown(portal, reading_id=reading)


def test_C1_somebody_elses_invoice_is_a_page_that_does_not_exist(portal):
    portal.log_in()
    portal.api.refuse("GET", PATH, 404, "invoice-not-found")
    assert portal.get(f"/fakturor/{INVOICE}").status_code == 404


def test_D27_in_english_nothing_swedish_is_left(portal):
    portal.client.set_cookie("__Host-language", "en", domain="localhost")
    page = shown(portal, overdue=True)
    assert "The invoice is overdue" in page
    assert f"659.85{NB}kr" in page
    assert "Betala" not in page
    assert "Dela " not in page

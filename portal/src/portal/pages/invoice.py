"""One invoice: what to pay and how, what it is for, what has been paid (T3, T58, D8)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from portal.formats import Formats
from portal.web import Area, render, visit

area = Area("invoice", menu="invoices")


@area.page("/fakturor/<uuid:invoice_id>")
def show_invoice(invoice_id: UUID) -> str:
    """The invoice with lines, VAT, payments and credit notes."""
    present = visit()
    invoice = present.get(f"/billing/v1/invoices/{invoice_id}")
    return render("invoice/show.html", invoice=invoice, lines=_lines(invoice, present.formats))


def _lines(invoice: dict[str, Any], formats: Formats) -> list[dict[str, Any]]:
    """The lines as they are read: the unit price in kronor, with as many decimals as it has."""
    return [
        line
        | {
            "amount": formats.number(line["quantity"], line["unit"]),
            "price": formats.number(Decimal(line["unit_price_ore"]) / 100, "kr", digits=6),
            "period": formats.period(line["period_from"], line["period_to"])
            if line["period_from"] and line["period_to"]
            else "",
        }
        for line in invoice["lines"]
    ]

"""The lines of an invoice as they are read, on the account's page and on a shared one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from portal.formats import Formats


def lines_of(invoice: dict[str, Any], formats: Formats) -> list[dict[str, Any]]:
    """The unit price is in kronor, with as many decimals as it has."""
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


__all__ = ["lines_of"]

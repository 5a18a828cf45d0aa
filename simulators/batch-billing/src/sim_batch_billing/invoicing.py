"""From use to an invoice: lines per tariff period, VAT per rate, whole kronor, OCR with check digit.

Amounts are integers of öre; Decimal in between, rounded half up once per line and once per VAT rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sim_batch_billing.tariffs import REMINDER_ORE, VAT_PERCENT, WASTE, Tariff, periods

BANKGIRO = "991-2346"
DAYS_TO_PAY = 30
REMINDER_DAYS_TO_PAY = 10
DAYS_A_YEAR = 365


def whole(amount: Decimal) -> int:
    """Round half up to a whole öre."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def luhn_digit(digits: str) -> str:
    """The check digit of modulus 10."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004
    return str(-total % 10)


def ocr_with_length(reference: str) -> str:
    """Payment reference with length digit and check digit (hard control, variable length)."""
    with_length = reference + str((len(reference) + 2) % 10)
    return with_length + luhn_digit(with_length)


@dataclass(frozen=True, kw_only=True)
class Use:
    """What is to be billed: ``m3`` used between two readings."""

    customer_number: str
    facility_id: str | None
    first: date
    """The day after the previous reading."""
    last: date
    """The day of the reading."""
    m3: int
    fixed_fees: bool = True
    """Without them the invoice is about the use alone, as when a leak is credited."""
    waste: bool = False
    """The customer has household waste collected too: a fixed fee by the day."""


def lines_for(use: Use) -> list[dict[str, Any]]:
    """One line for the use and one for the fixed fee per tariff period; the use is split by days."""
    last_day = max(use.first, use.last)
    days = (last_day - use.first).days + 1
    lines, left = [], Decimal(use.m3)
    parts = list(periods(use.first, last_day))
    for number, (first, last, tariff) in enumerate(parts):
        length = (last - first).days + 1
        is_last = number == len(parts) - 1
        share = left if is_last else (Decimal(use.m3) * length / days).quantize(Decimal("0.001"))
        left -= share
        lines.append(
            _common(use, "water", first, last)
            | {
                "description": "Vatten och avlopp, förbrukning",
                "quantity": f"{share.normalize():f}",
                "unit": "m³",
                "unit_price_ore": str(tariff.per_m3_ore),
                "net_ore": whole(share * tariff.per_m3_ore),
            }
        )
        if use.fixed_fees:
            lines.append(_fixed_fee(use, "water", "Vatten och avlopp, fast avgift", (first, last, tariff)))
    if use.waste and use.fixed_fees:
        lines += [
            _fixed_fee(use, "waste", "Renhållning, kärl 190 liter", part)
            for part in periods(use.first, last_day, WASTE)
        ]
    return lines


def _common(use: Use, service_area: str, first: date, last: date) -> dict[str, Any]:
    return {
        "service_area": service_area,
        "facility_id": use.facility_id if service_area == "water" else None,
        "period_from": first.isoformat(),
        "period_to": last.isoformat(),
        "vat_rate": VAT_PERCENT,
    }


def _fixed_fee(use: Use, service_area: str, description: str, part: tuple[date, date, Tariff]) -> dict[str, Any]:
    first, last, tariff = part
    length = (last - first).days + 1
    daily = (tariff.fixed_per_year_ore / DAYS_A_YEAR).quantize(Decimal("0.0001"))
    return _common(use, service_area, first, last) | {
        "description": description,
        "quantity": str(length),
        "unit": "dagar",
        "unit_price_ore": str(daily),
        "net_ore": whole(daily * length),
    }


def reminder(of: dict[str, Any], *, number: str, issued_on: date) -> dict[str, Any]:
    """The reminder of an invoice that is not paid: the fee alone, without VAT, due in ten days."""
    fee = {
        "description": f"Påminnelseavgift, faktura {of['invoice_number']}",
        "quantity": "1",
        "unit": "st",
        "unit_price_ore": str(REMINDER_ORE),
        "net_ore": REMINDER_ORE,
        "vat_rate": 0,
        "service_area": None,
        "facility_id": None,
        "period_from": None,
        "period_to": None,
    }
    return {
        "invoice_number": number,
        "customer_number": of["customer_number"],
        "kind": "reminder",
        "issued_on": issued_on.isoformat(),
        "due_on": (issued_on + timedelta(days=REMINDER_DAYS_TO_PAY)).isoformat(),
        "period_from": of["period_from"],
        "period_to": of["period_to"],
        "ocr": ocr_with_length(number),
        "bankgiro": BANKGIRO,
        "lines": [fee],
        "vat": [{"rate": 0, "net_ore": REMINDER_ORE, "vat_ore": 0}],
        "rounding_ore": 0,
        "total_ore": REMINDER_ORE,
        "credits_invoice_number": None,
        "reading_id": None,
    }


def invoice(
    use: Use,
    *,
    number: str,
    issued_on: date,
    kind: str = "invoice",
    credits_number: str | None = None,
    reading_id: str | None = None,
) -> dict[str, Any]:
    """The body of ``batch-billing.invoice.issued.v1``. A credit has every amount negative."""
    sign = -1 if kind == "credit" else 1
    lines = [
        line | {"net_ore": sign * line["net_ore"], "quantity": _signed(line["quantity"], sign)}
        for line in lines_for(use)
    ]
    net = sum(line["net_ore"] for line in lines)
    vat = sign * whole(abs(Decimal(net)) * VAT_PERCENT / 100)
    exact = net + vat
    total = sign * int((Decimal(abs(exact)) / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)) * 100
    return {
        "invoice_number": number,
        "customer_number": use.customer_number,
        "kind": kind,
        "issued_on": issued_on.isoformat(),
        "due_on": (issued_on + timedelta(days=DAYS_TO_PAY)).isoformat(),
        "period_from": use.first.isoformat(),
        "period_to": max(use.first, use.last).isoformat(),
        "ocr": ocr_with_length(number),
        "bankgiro": BANKGIRO,
        "lines": lines,
        "vat": [{"rate": VAT_PERCENT, "net_ore": net, "vat_ore": vat}],
        "rounding_ore": total - exact,
        "total_ore": total,
        "credits_invoice_number": credits_number,
        "reading_id": reading_id,
    }


def _signed(quantity: str, sign: int) -> str:
    return quantity if sign > 0 or quantity == "0" else f"-{quantity}"

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_batch_billing.invoicing import Use, invoice, lines_for, luhn_digit, ocr_with_length, reminder

DAYS = st.dates(date(2020, 1, 1), date(2027, 12, 31))
USES = st.builds(
    lambda first, days, m3, fees, waste: Use(
        customer_number="100200",
        facility_id="VA-1",
        first=first,
        last=first + timedelta(days=days),
        m3=m3,
        fixed_fees=fees,
        waste=waste,
    ),
    DAYS,
    st.integers(0, 800),
    st.integers(0, 5000),
    st.booleans(),
    st.booleans(),
)


@pytest.mark.parametrize(
    ("reference", "expected"), [("12345", "1234574"), ("123456789", "12345678911"), ("767915994", "76791599418")]
)
def test_the_payment_reference_follows_bankgirot(reference, expected):
    assert ocr_with_length(reference) == expected


@given(st.text("0123456789", min_size=1, max_size=20))
def test_the_check_digit_makes_the_sum_a_multiple_of_ten(digits):
    number = digits + luhn_digit(digits)
    total = sum(
        (int(c) * 2 - 9 if int(c) * 2 > 9 else int(c) * 2) if place % 2 else int(c)
        for place, c in enumerate(reversed(number))
    )
    assert total % 10 == 0


@given(USES)
def test_the_parts_of_the_use_add_up_and_cover_every_day_once(use):
    lines = [line for line in lines_for(use) if line["unit"] == "m³"]
    assert sum(Decimal(line["quantity"]) for line in lines) == use.m3
    length = (use.last - use.first).days + 1
    for area, charged in (("water", use.fixed_fees), ("waste", use.fixed_fees and use.waste)):
        days = [line for line in lines_for(use) if line["unit"] == "dagar" and line["service_area"] == area]
        assert sum(int(line["quantity"]) for line in days) == (length if charged else 0)


@given(USES, st.sampled_from(["invoice", "credit"]))
def test_every_invoice_adds_up_to_whole_kronor(use, kind):
    body = invoice(use, number="2026000001", issued_on=use.last, kind=kind)
    net = sum(line["net_ore"] for line in body["lines"])
    assert net == sum(vat["net_ore"] for vat in body["vat"])
    assert net + sum(vat["vat_ore"] for vat in body["vat"]) + body["rounding_ore"] == body["total_ore"]
    assert body["total_ore"] % 100 == 0
    assert abs(body["rounding_ore"]) <= 50
    assert (body["total_ore"] <= 0) == (kind == "credit" or body["total_ore"] == 0)


def test_a_use_over_new_year_is_billed_by_the_tariff_of_each_day():
    use = Use(customer_number="1", facility_id=None, first=date(2025, 12, 22), last=date(2026, 1, 10), m3=20)
    prices = [(line["quantity"], line["unit_price_ore"]) for line in lines_for(use) if line["unit"] == "m³"]
    assert prices == [("10", "2298.5"), ("10", "2406.8538")]


def test_a_reminder_is_a_document_of_its_own_with_the_fee_of_the_law_and_no_vat():
    use = Use(customer_number="100200", facility_id="VA-1", first=date(2026, 1, 1), last=date(2026, 1, 31), m3=12)
    unpaid = invoice(use, number="2026000001", issued_on=date(2026, 2, 3))
    body = reminder(unpaid, number="2026000002", issued_on=date(2026, 3, 20))
    assert (body["kind"], body["total_ore"], body["vat"]) == (
        "reminder",
        6000,
        [{"rate": 0, "net_ore": 6000, "vat_ore": 0}],
    )
    assert body["ocr"] != unpaid["ocr"]
    assert "2026000001" in body["lines"][0]["description"]
    assert body["due_on"] == "2026-03-30"

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import domain
from billing.domain import Document, DocumentStatus, Kind, Line, PaymentStatus, VatSum

ORE = st.integers(-10_000_000, 10_000_000)


def a_line(net=80_000, **changes) -> Line:
    base = Line(
        description="Vatten", quantity=Decimal(1), unit="st", unit_price_ore=Decimal(net), net_ore=net, vat_rate=25,
        service_area="water",
    )  # fmt: skip
    return replace(base, **changes)


def a_document(**changes) -> Document:
    day = date(2026, 3, 1)
    base = Document(
        invoice_number="1001", customer_number="K1", kind=Kind.INVOICE, issued_on=day, due_on=date(2026, 3, 31),
        period_from=date(2025, 12, 1), period_to=date(2026, 2, 28), ocr="123455", bankgiro="991-2346",
        lines=(a_line(),), vat=(VatSum(rate=25, net_ore=80_000, vat_ore=20_000),), rounding_ore=0, total_ore=100_000,
    )  # fmt: skip
    return replace(base, **changes)


def test_an_invoice_that_adds_up_is_taken():
    domain.check(a_document())


def test_45_the_published_example_of_rounding_to_whole_kronor_is_taken():
    line = a_line(98_681)
    domain.check(
        a_document(
            lines=(line,), vat=(VatSum(rate=25, net_ore=98_681, vat_ore=24_670),), rounding_ore=49, total_ore=123_400
        )
    )


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"lines": (a_line(quantity=Decimal(2)),)}, domain.InvoiceLineWrong, "invoice-line-does-not-add-up"),
        (
            {"vat": (VatSum(rate=25, net_ore=80_001, vat_ore=20_000),)},
            domain.InvoiceVatBasisWrong,
            "invoice-vat-basis-differs-from-lines",
        ),
        (
            {"vat": (VatSum(rate=12, net_ore=80_000, vat_ore=9_600),)},
            domain.InvoiceVatBasisWrong,
            "invoice-vat-basis-differs-from-lines",
        ),
        (
            {"vat": (VatSum(rate=25, net_ore=80_000, vat_ore=20_000),) * 2, "total_ore": 120_000},
            domain.InvoiceVatBasisWrong,
            "invoice-vat-basis-differs-from-lines",
        ),
        (
            {"vat": (VatSum(rate=25, net_ore=80_000, vat_ore=20_001),), "rounding_ore": -1},
            domain.InvoiceVatWrong,
            "invoice-vat-is-not-its-rate",
        ),
        ({"total_ore": 100_100}, domain.InvoiceTotalWrong, "invoice-total-does-not-add-up"),
        (
            {"rounding_ore": 30, "total_ore": 100_030},
            domain.InvoiceRoundingWrong,
            "invoice-rounding-is-not-to-whole-kronor",
        ),
        (
            {"rounding_ore": 100, "total_ore": 100_100},
            domain.InvoiceRoundingWrong,
            "invoice-rounding-is-not-to-whole-kronor",
        ),
        ({"due_on": date(2026, 2, 28)}, domain.InvoiceDatesWrong, "invoice-dates-in-wrong-order"),
        ({"period_to": date(2025, 11, 30)}, domain.InvoiceDatesWrong, "invoice-dates-in-wrong-order"),
        (
            {"lines": (a_line(period_from=date(2026, 1, 2), period_to=date(2026, 1, 1)),)},
            domain.InvoiceDatesWrong,
            "invoice-dates-in-wrong-order",
        ),
        ({"ocr": "123456"}, domain.InvoiceOcrWrong, "invoice-ocr-check-digit-wrong"),
        ({"kind": Kind.CREDIT}, domain.CreditWithoutOriginal, "credit-must-point-to-its-original"),
        ({"credits_invoice_number": "1"}, domain.CreditWithoutOriginal, "credit-must-point-to-its-original"),
        (
            {"kind": Kind.CREDIT, "credits_invoice_number": "1"},
            domain.CreditNotNegative,
            "credit-must-be-negative",
        ),
        ({"rounding_ore": 10**14}, domain.InvoiceAmountTooLarge, "invoice-amount-too-large"),
    ],
)
def test_B8_an_invoice_that_breaks_a_rule_is_refused_with_that_rules_code(changes, error, code):
    with pytest.raises(error) as refused:
        domain.check(a_document(**changes))
    assert refused.value.code == code
    assert isinstance(refused.value, domain.InvoiceRefused)
    for locale in ("sv", "en"):
        assert all("{" not in part for part in refused.value.text(locale))


def test_B8_two_factors_of_eighteen_digits_are_multiplied_exactly():
    huge = a_line(quantity=Decimal("999999999999.999999"), unit_price_ore=Decimal("999999999999.999999"))
    with pytest.raises(domain.InvoiceLineWrong):
        domain.check(a_document(lines=(huge,)))


@given(st.decimals(-1000, 1000, places=6), st.decimals(-1000, 1000, places=6))
def test_B8_half_an_ore_is_rounded_away_from_zero(quantity, price):
    ore = domain.half_up(quantity * price)
    assert abs(ore - quantity * price) <= Decimal("0.5")
    assert domain.half_up(-quantity * price) == -ore


def test_B8_the_half_goes_up():
    assert [domain.half_up(Decimal(text)) for text in ("0.5", "1.5", "2.5", "-0.5")] == [1, 2, 3, -1]


@pytest.mark.parametrize("ocr", ["123455", "1234567897", "7679159942", "1234574", "12345678911", "76791599418"])
def test_43_bankgirots_references_are_right_and_with_another_last_digit_wrong(ocr):
    assert domain.luhn_is_right(ocr)
    assert not any(domain.luhn_is_right(ocr[:-1] + digit) for digit in "0123456789" if digit != ocr[-1])


@given(st.lists(st.tuples(ORE, st.sampled_from([0, 6, 12, 25])), min_size=1, max_size=30))
def test_T62_the_vat_of_the_lines_adds_up_to_the_vat_of_the_rates(pairs):
    lines = [a_line(net, vat_rate=rate) for net, rate in pairs]
    vat = []
    for rate in {rate for _, rate in pairs}:
        net = sum(line.net_ore for line in lines if line.vat_rate == rate)
        vat.append(VatSum(rate=rate, net_ore=net, vat_ore=domain.half_up(Decimal(net * rate) / 100)))
    shares = domain.vat_of_lines(lines, vat)
    for part in vat:
        assert sum(s for s, line in zip(shares, lines, strict=True) if line.vat_rate == part.rate) == part.vat_ore
    # No line is far from its own rate: what is left over is half an öre a line at most.
    assert all(
        abs(share - Decimal(line.net_ore * line.vat_rate) / 100) <= 1 + len(lines)
        for share, line in zip(shares, lines, strict=True)
    )


@given(st.lists(st.integers(-1000, 100_000), max_size=6), st.integers(0, 500_000))
def test_payments_are_shared_oldest_first_and_no_ore_is_lost(due, paid):
    shares = domain.allocate(due, paid)
    assert sum(shares) == (paid if due else 0)
    assert all(share >= 0 for share in shares)
    for place, share in enumerate(shares[:-1]):
        assert share <= max(due[place], 0)
        if share < max(due[place], 0):
            assert sum(shares[place + 1 :]) == 0


@pytest.mark.parametrize(
    ("remaining", "paid", "status"),
    [
        (100, 0, PaymentStatus.UNPAID),
        (1, 99, PaymentStatus.PART_PAID),
        (0, 100, PaymentStatus.PAID),
        (-1, 101, PaymentStatus.OVERPAID),
        (-100, 0, PaymentStatus.OVERPAID),
        (0, 0, PaymentStatus.NOTHING_DUE),
    ],
)
def test_65_the_axis_of_the_money(remaining, paid, status):
    assert domain.payment_status(remaining_ore=remaining, paid_ore=paid) is status


def test_65_the_axis_of_the_document():
    assert domain.document_status(total_ore=100, credited_ore=0) is DocumentStatus.ISSUED
    assert domain.document_status(total_ore=100, credited_ore=99) is DocumentStatus.ISSUED
    assert domain.document_status(total_ore=100, credited_ore=100) is DocumentStatus.CREDITED
    assert domain.document_status(total_ore=-100, credited_ore=0) is DocumentStatus.ISSUED


def test_65_overdue_is_the_day_after_and_only_while_something_remains():
    due = date(2026, 3, 31)
    assert not domain.overdue(remaining_ore=1, due_on=due, today=due)
    assert domain.overdue(remaining_ore=1, due_on=due, today=due + timedelta(days=1))
    assert not domain.overdue(remaining_ore=0, due_on=due, today=date(2030, 1, 1))


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 11, 22), date(2026, 2, 22)),
        (date(2026, 9, 30), date(2025, 12, 30)),
        (date(2026, 11, 30), date(2026, 2, 28)),
        (date(2028, 11, 30), date(2028, 2, 29)),
        (date(2026, 1, 1), date(2025, 4, 1)),
        (date(2026, 10, 1), date(2026, 1, 1)),
    ],
)
def test_T59_nine_months_are_calendar_months(today, first):
    assert domain.shown_from(today) == first


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_T59_the_window_never_moves_backwards(day):
    assert domain.shown_from(day) <= domain.shown_from(day + timedelta(days=1))
    assert 272 <= (day - domain.shown_from(day)).days <= 276


def test_T59_the_day_begins_at_midnight_in_stockholm():
    assert domain.local_date(datetime(2026, 11, 22, 22, 59, tzinfo=UTC)) == date(2026, 11, 22)
    assert domain.local_date(datetime(2026, 11, 22, 23, 0, tzinfo=UTC)) == date(2026, 11, 23)
    assert domain.local_date(datetime(2026, 6, 1, 22, 0, tzinfo=UTC)) == date(2026, 6, 2)


@pytest.mark.parametrize(
    ("amount", "text"), [("12.500000", "12.5"), ("100.000000", "100"), ("-0.250000", "-0.25"), ("1E+2", "100")]
)
def test_decimals_are_shown_without_needless_zeros(amount, text):
    assert domain.plain(Decimal(amount)) == text

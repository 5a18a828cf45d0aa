"""An invoice as it was issued, and the sums that must hold. Money is whole öre; quantities and prices are Decimal.

The rules, each with an error of its own:

1. ``net_ore`` of a line is quantity times unit price, rounded half up (away from zero at the half).
2. The lines of each VAT rate add up to the basis of that rate, and every rate stands once.
3. The VAT of a rate is the rate of its basis; who rounds per line may be half an öre off per line.
4. Net + VAT + rounding = total, in whole kronor, and the rounding is 50 öre at most.
5. Issued on or before due, periods forwards, the OCR reference has a right check digit (Luhn).
6. A credit (ändringsfaktura) points to its original and is negative or zero; nothing else points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from uuid import UUID

from billing.domain import errors

LARGEST_ORE = 10**13
KRONA = 100
MOST_ROUNDING_ORE = 50
LUHN_BASE = 10
EXACT = Context(prec=60)
"""Two factors of 18 digits each have a product that Decimal's usual 28 digits would round."""
OTHER_AREA = "other"
"""Where a line without a service area is counted: fees and the rounding."""


class Kind(StrEnum):
    """What kind of document it is."""

    INVOICE = "invoice"
    CREDIT = "credit"
    FINAL = "final"
    REMINDER = "reminder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line; ``net_ore`` before VAT."""

    description: str
    quantity: Decimal
    unit: str
    unit_price_ore: Decimal
    net_ore: int
    vat_rate: int
    service_area: str | None = None
    facility_id: str | None = None
    period_from: date | None = None
    period_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VatSum:
    """Basis and VAT of one rate."""

    rate: int
    net_ore: int
    vat_ore: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The whole invoice."""

    invoice_number: str
    customer_number: str
    kind: Kind
    issued_on: date
    due_on: date
    period_from: date
    period_to: date
    ocr: str
    bankgiro: str
    lines: tuple[Line, ...]
    vat: tuple[VatSum, ...]
    rounding_ore: int
    total_ore: int
    credits_invoice_number: str | None = None
    reading_id: UUID | None = None

    @property
    def net_ore(self) -> int:
        """Before VAT and rounding."""
        return sum(line.net_ore for line in self.lines)

    @property
    def vat_ore(self) -> int:
        """VAT of all rates."""
        return sum(part.vat_ore for part in self.vat)

    @property
    def service_areas(self) -> list[str]:
        """What it is about, sorted; a line without an area counts as ``other``."""
        return sorted({line.service_area or OTHER_AREA for line in self.lines})


def half_up(amount: Decimal) -> int:
    """Whole öre, rounded half up (away from zero)."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=EXACT))


def plain(amount: Decimal) -> str:
    """Decimal as text without exponent and needless zeros: ``12.500000`` -> ``12.5``."""
    whole = format(amount, "f")
    return whole.rstrip("0").rstrip(".") if "." in whole else whole


def luhn_is_right(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (modulus 10)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the digits of a two-digit product
    return total % LUHN_BASE == 0


def check(document: Document) -> None:
    """Raise the error of the first rule that ``document`` breaks; every one is an ``InvoiceRefused``."""
    _check_size(document)
    _check_lines(document)
    _check_vat(document)
    if document.net_ore + document.vat_ore + document.rounding_ore != document.total_ore:
        raise errors.InvoiceTotalWrong
    if document.total_ore % KRONA or abs(document.rounding_ore) > MOST_ROUNDING_ORE:
        raise errors.InvoiceRoundingWrong
    _check_dates(document)
    if not luhn_is_right(document.ocr):
        raise errors.InvoiceOcrWrong
    if (document.kind is Kind.CREDIT) != (document.credits_invoice_number is not None):
        raise errors.CreditWithoutOriginal
    if document.kind is Kind.CREDIT and document.total_ore > 0:
        raise errors.CreditNotNegative


def _check_size(document: Document) -> None:
    amounts = [document.total_ore, document.rounding_ore, *(line.net_ore for line in document.lines)]
    amounts += [amount for part in document.vat for amount in (part.net_ore, part.vat_ore)]
    if any(abs(amount) > LARGEST_ORE for amount in amounts):
        raise errors.InvoiceAmountTooLarge


def _check_lines(document: Document) -> None:
    for number, line in enumerate(document.lines, 1):
        if half_up(EXACT.multiply(line.quantity, line.unit_price_ore)) != line.net_ore:
            raise errors.InvoiceLineWrong(line=number)


def _check_vat(document: Document) -> None:
    parts = {part.rate: part for part in document.vat}
    rates = {line.vat_rate for line in document.lines}
    for rate in sorted(rates | set(parts)):
        lines = [line for line in document.lines if line.vat_rate == rate]
        part = parts.get(rate)
        if part is None or len(parts) != len(document.vat) or sum(line.net_ore for line in lines) != part.net_ore:
            raise errors.InvoiceVatBasisWrong(rate=rate)
        # In hundredths of an öre, so that nothing is rounded; half an öre a line, and one line's worth at least.
        if abs(100 * part.vat_ore - part.net_ore * rate) > 50 * max(1, len(lines)):
            raise errors.InvoiceVatWrong(rate=rate)


def _check_dates(document: Document) -> None:
    spans = [(document.issued_on, document.due_on), (document.period_from, document.period_to)]
    spans += [(line.period_from, line.period_to) for line in document.lines if line.period_from and line.period_to]
    if any(first > last for first, last in spans):
        raise errors.InvoiceDatesWrong


def vat_of_lines(lines: Sequence[Line], vat: Sequence[VatSum]) -> list[int]:
    """The VAT of each line in öre, so that the lines of a rate add up to that rate's VAT exactly.

    Each line is rounded by itself; what is left over goes to the largest line of the rate.
    """
    shares = [half_up(Decimal(line.net_ore * line.vat_rate) / 100) for line in lines]
    for part in vat:
        places = [place for place, line in enumerate(lines) if line.vat_rate == part.rate]
        if places:
            largest = max(places, key=lambda place: (abs(lines[place].net_ore), -place))
            shares[largest] += part.vat_ore - sum(shares[place] for place in places)
    return shares

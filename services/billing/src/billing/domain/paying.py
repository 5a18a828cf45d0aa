"""What remains to pay, in which state that is, and which invoices a list shows. Whole öre, dates in Sweden."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SHOWN_MONTHS = 9
YEAR_MONTHS = 12


class DocumentStatus(StrEnum):
    """The document's own axis (6.5)."""

    ISSUED = "issued"
    CREDITED = "credited"


class PaymentStatus(StrEnum):
    """The money's axis (6.5). Overdue is no state: it is derived from the due date."""

    UNPAID = "unpaid"
    PART_PAID = "part-paid"
    PAID = "paid"
    OVERPAID = "overpaid"
    NOTHING_DUE = "nothing-due"


def local_date(instant: datetime) -> date:
    """The date in Sweden at ``instant``."""
    return instant.astimezone(STOCKHOLM).date()


def shown_from(today: date) -> date:
    """The first invoice date that a list shows on ``today``: nine calendar months back (T59, D8).

    Where that month is shorter, it is the month's last day: on 30 November the list reaches back to 28 February.
    """
    months = today.year * YEAR_MONTHS + today.month - 1 - SHOWN_MONTHS
    year, month = divmod(months, YEAR_MONTHS)
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def document_status(*, total_ore: int, credited_ore: int) -> DocumentStatus:
    """Credited when credits have taken all of it back."""
    return DocumentStatus.CREDITED if credited_ore > 0 and credited_ore >= total_ore else DocumentStatus.ISSUED


def payment_status(*, remaining_ore: int, paid_ore: int) -> PaymentStatus:
    """From what remains and what has come in. Less than nothing remains: overpaid, the customer has money to get."""
    if remaining_ore > 0:
        return PaymentStatus.PART_PAID if paid_ore > 0 else PaymentStatus.UNPAID
    if remaining_ore < 0:
        return PaymentStatus.OVERPAID
    return PaymentStatus.PAID if paid_ore > 0 else PaymentStatus.NOTHING_DUE


def overdue(*, remaining_ore: int, due_on: date, today: date) -> bool:
    """Whether something remains the day after it was due, or later."""
    return remaining_ore > 0 and due_on < today


def allocate(due_ore: Sequence[int], paid_ore: int) -> list[int]:
    """Share what was paid with one reference among its invoices, oldest first; what is too much goes to the last one.

    ``due_ore`` is what each asks for, credits taken off. Where there is an invoice the shares add up to ``paid_ore``;
    they depend on the sums alone, so the order of payments does not matter.
    """
    left, shares = paid_ore, []
    for due in due_ore:
        share = min(max(due, 0), left)
        shares.append(share)
        left -= share
    if shares:
        shares[-1] += left
    return shares

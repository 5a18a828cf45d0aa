"""Organisation numbers (domain facts 4.1). A sole trader's is the owner's personal number: treated as one (D23)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from chassis.ids import utcnow

FORM = re.compile(r"(16|18|19|20)?([0-9]{2})([0-9]{2})([0-9]{2})([-+]?)([0-9]{3})([0-9])", re.ASCII)
COORDINATION_DAY = 60
FIRST_MONTH_OF_ORGANISATION = 20


class NotAnOrganisationNumber(ValueError):
    """Not ten digits with a right check digit, nor a sole trader's personal number. Never holds the value."""


@dataclass(frozen=True, kw_only=True)
class ProtectedNumber:
    """A number as it may be stored: found by ``index`` (keyed hash), read back only with the key."""

    index: bytes
    sealed: bytes = field(repr=False)


def normalise(text: str) -> str:
    """Return the ten digits of an organisation number or a sole trader's personal number (B5).

    Takes ``NNNNNN-NNNC``, ten digits, the prefix 16, and the 12-digit form of a personal or coordination number.
    Raises ``NotAnOrganisationNumber``.
    """
    match = FORM.fullmatch(text.strip())
    if match is None:
        raise NotAnOrganisationNumber
    century, year, month, day, sign, serial, check = match.groups()
    digits = year + month + day + serial + check
    organisation = int(month) >= FIRST_MONTH_OF_ORGANISATION
    if not luhn_valid(digits):
        raise NotAnOrganisationNumber
    if organisation:
        right = century in {None, "16"} and sign != "+" and digits[0] != "0"
    else:
        right = century != "16" and _is_birth_date(century, year, month, day)
    if not right:
        raise NotAnOrganisationNumber
    return digits


def luhn_valid(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of those before."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - Luhn
    return total % 10 == 0


def _is_birth_date(century: str | None, year: str, month: str, day: str) -> bool:
    number = int(day)
    number -= COORDINATION_DAY if number > COORDINATION_DAY else 0
    today = utcnow().date()
    for hundred in [century] if century else ["19", "20"]:
        try:
            born = date(int(hundred + year), int(month), number)
        except ValueError:
            continue
        if born <= today:
            return True
    return False

"""Personal identity numbers in one form: twelve digits (domain facts 4.1 and 4.2).

The library alone is not enough: it takes a trailing newline, birth dates in the future and centuries long gone, and
guesses the century of ten digits.
"""

from __future__ import annotations

import re

from personnummer import personnummer

from chassis.ids import utcnow
from identity.domain.errors import PersonalNumberInvalid

TWELVE = re.compile(r"(?:18|19|20)[0-9]{10}")
WITH_CENTURY = re.compile(r"((?:18|19|20)[0-9]{6})[-+]?([0-9]{4})")
WITHOUT_CENTURY = re.compile(r"([0-9]{6})([-+])([0-9]{4})")
SEPARATOR_MOVES_AT_AGE = 100
COORDINATION_DAY_OFFSET = 60

TEST_NUMBERS = frozenset(
    {
        "191212121212",
        "194408139089",
        "197010632391",
        "199006022397",
        "199107172380",
        "199312172381",
        "199610202385",
        "199908072391",
        "200001012384",
        "200001052380",
        "201001192382",
    }
)
"""Published numbers that will never be given to anybody (domain facts 4.4); refused in production."""


def normalise(value: str) -> str:
    """Return the twelve digits of a personal or coordination number; raises ``PersonalNumberInvalid``.

    Takes ``YYYYMMDDNNNN``, ``YYYYMMDD-NNNN`` and ``YYMMDD-NNNN`` (``+`` from the year one turns 100), spaces around.
    Ten digits without a sign are refused: their century would be a guess.
    """
    text = value.strip()
    if not text.isascii():
        raise PersonalNumberInvalid
    if match := WITH_CENTURY.fullmatch(text):
        digits = match[1] + match[2]
    elif match := WITHOUT_CENTURY.fullmatch(text):
        digits = _century(match[1], match[2]) + match[1] + match[3]
    else:
        raise PersonalNumberInvalid
    return _checked(digits)


def _checked(digits: str) -> str:
    if not TWELVE.fullmatch(digits):
        raise PersonalNumberInvalid
    try:
        born = personnummer.parse(digits).get_date()
    except (personnummer.PersonnummerException, ValueError):
        # Without "from": the library's message holds the number.
        raise PersonalNumberInvalid from None
    if born > utcnow().date():
        raise PersonalNumberInvalid
    return digits


def _century(six: str, sign: str) -> str:
    # The sign tells the hundred years: "-" until the year one turns 100, "+" from then on.
    this_year = utcnow().year
    year = this_year - ((this_year - int(six[:2])) % 100)
    if sign == "+":
        year -= SEPARATOR_MOVES_AT_AGE
    return str(year // 100)


def is_test_number(number: str) -> bool:
    """Whether ``number`` (twelve digits) is a published test number."""
    return number in TEST_NUMBERS


def birth_year(number: str) -> int:
    """The year of birth, from the twelve digits."""
    return int(number[:4])


def masked(number: str) -> str:
    """``19990807-****``: what a person sees of the own number (D23)."""
    return f"{number[:8]}-****"

"""Addresses as the last gate sees them: one address is one recipient, and nothing in it can become a header (B6).

Senders upstream have checked them too; what comes from the billing system or an old row is checked again here, because
this is where a mistake would leave the house.
"""

from __future__ import annotations

import re

LONGEST = 254
"""RFC 5321, the path without its angle brackets."""
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_SWEDISH_MOBILE = re.compile(r"\+467[0-9]{7,8}", re.ASCII)
_SPACING = re.compile(r"[ ()-]")


class InvalidAddress(ValueError):
    """It cannot be sent to, ever. The text never holds the address."""


def clean_email(raw: str) -> str:
    """Return the address as it goes into RCPT TO, its domain in lower-case ASCII; raises ``InvalidAddress``."""
    local, at, domain = raw.strip(" ").rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local) > 64:  # noqa: PLR2004 - RFC 5321
        raise InvalidAddress("local part")
    try:
        name = domain.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise InvalidAddress("domain") from error
    labels = name.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():  # noqa: PLR2004
        raise InvalidAddress("domain")
    address = f"{local}@{name}"
    if len(address) > LONGEST:
        raise InvalidAddress("too long")
    return address


def clean_phone(raw: str) -> str:
    """Return the number as E.164; raises ``InvalidAddress``. A Swedish one must be a mobile: no premium numbers."""
    number = _SPACING.sub("", raw)
    if number.startswith("00"):
        number = "+" + number[2:]
    elif number.startswith("0"):
        number = "+46" + number[1:]
    if not _E164.fullmatch(number) or (number.startswith("+46") and not _SWEDISH_MOBILE.fullmatch(number)):
        raise InvalidAddress("number")
    return number

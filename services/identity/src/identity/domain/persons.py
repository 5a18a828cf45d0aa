"""A person and how to reach him or her."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import phonenumbers

EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
EMAIL_LENGTH = 254
CONTACT_REVIEW_EVERY = timedelta(days=365)
SMS_TYPES = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


class Source(StrEnum):
    """Who said it; what a person says outranks what the billing system knows."""

    PERSON = "person"
    BATCH = "batch"
    BANKID = "bankid"
    STAFF = "staff"
    """Read off a paper form; everybody else knows better."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """A row of the person table; what is sealed stays sealed."""

    id: UUID
    personal_number_sealed: bytes
    name: str
    name_source: str
    birth_year: int
    protected_identity: bool
    email_sealed: bytes | None
    email_source: str | None
    email_bounced_at: datetime | None
    phone_sealed: bytes | None
    phone_source: str | None
    phone_bounced_at: datetime | None
    email_verified_at: datetime | None
    phone_verified_at: datetime | None
    contact_changed_at: datetime | None
    contact_reviewed_at: datetime | None
    locale: str
    registered_at: datetime | None
    terms_version: str | None
    staff: list[str] = field(default_factory=list)

    def contact_review_due(self, now: datetime) -> bool:
        """Whether to ask if the contact details are still right: a year after the last sign that they are (FJ5).

        Signs are the registration, a change, a code typed in, and the person's own word.
        """
        signs = (
            self.registered_at,
            self.contact_changed_at,
            self.contact_reviewed_at,
            self.email_verified_at,
            self.phone_verified_at,
        )
        known = self.email_sealed is not None or self.phone_sealed is not None
        return known and self.registered_at is not None and now >= max(filter(None, signs)) + CONTACT_REVIEW_EVERY


def clean_email(value: str) -> str | None:
    """``value`` as an address that becomes exactly one recipient, domain in lower case; None where it is none (B6)."""
    text = value.strip()
    if len(text) > EMAIL_LENGTH or not EMAIL.fullmatch(text) or ".." in text:
        return None
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def clean_phone(value: str) -> str | None:
    """``value`` as an E.164 number that takes SMS; None where it is not one. Swedish where no country is named."""
    try:
        number = phonenumbers.parse(value, "SE")
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    if phonenumbers.number_type(number) not in SMS_TYPES:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

"""What somebody had written when the form could not be taken, to be shown and copied (B-03)."""

from __future__ import annotations

from flask import request

from portal.texts import Texts

WORDS = {
    "datum": "meters.date_field",
    "days": "shares.days",
    "email": "registration.email",
    "ends_on": "members.ends_on",
    "epost": "mandate.email",
    "matarnummer": "meters.number_field",
    "message": "access.message",
    "namn": "staff.administrator_name",
    "number": "access.number",
    "organisation_number": "company.number",
    "orgnamn": "mandate.organisation_name",
    "orgnummer": "mandate.number",
    "phone": "registration.phone",
    "reason": "staff.reason",
    "varde": "meters.value_field",
}
"""Field -> the text that names it: a person's own words and numbers, which are a trouble to write again."""
NOT_SHOWN = frozenset({"code", "link", "personal_number", "personnummer"})
"""Secrets of one use, and personal numbers: the screen may be somebody else's by now (S16)."""


def typed(texts: Texts) -> list[tuple[str, str]]:
    """Name and value of each field of the request that holds somebody's words; choices are made again soon enough."""
    sent = request.form
    return [(texts(key), sent[name]) for name, key in WORDS.items() if sent.get(name, "").strip()]

"""Consent to customer service's view, and customer service's side of it (B-22)."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate, validates_schema

from chassis.http.problems import Text
from chassis.http.schemas import Answer, Instant, Line, Strict, WholeNumber
from org_registry.domain.access import AccountKind
from org_registry.domain.support import LONGEST_HOURS
from org_registry.schemas import OrganisationNumber
from org_registry.usecases.support import GiveSupportAccess, OpenSupportView

WHY = {
    "description": "Skäl; kunden ser det. Inga personuppgifter / reason; the customer sees it. No personal data",
    "example": "Kunden ringde om sin faktura",
}
WAYS = ("customer_number", "organisation_number", "person_id")


class SupportAccessRequest(Strict):
    """For how long customer service may look."""

    command = GiveSupportAccess

    hours = WholeNumber(
        required=True,
        validate=validate.Range(1, LONGEST_HOURS),
        metadata={"description": "Timmar, högst en vecka / hours, a week at most", "example": 24},
    )


class SupportLook(Answer):
    """A view that customer service opened."""

    at = Instant(required=True)
    staff_name = fields.String(required=True)
    reason = fields.String(required=True)


class SupportAccess(Answer):
    """A consent, and what was made of it."""

    id = fields.UUID(required=True)
    granted_at = Instant(required=True)
    until = Instant(required=True)
    ended_at = Instant(required=True, allow_none=True)
    granted_by_me = fields.Boolean(required=True)
    views = fields.List(fields.Nested(SupportLook), required=True)


class CustomerSearch(Strict):
    """One way to find a customer, and why."""

    customer_number = fields.String(validate=validate.Regexp(r"^[A-Za-z0-9-]{1,20}\Z"))
    organisation_number = OrganisationNumber(validate=validate.Length(max=10))
    person_id = fields.UUID(metadata={"description": "Från identity:s personsökning / from identity's person look-up"})
    reason = Line(required=True, min_length=3, metadata=WHY)

    @validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        if sum(name in data for name in WAYS) != 1:
            raise ma.ValidationError(
                Text(
                    "Ange kundnummer, organisationsnummer eller person_id, ett av dem.",
                    "Give customer number, organisation number or person_id, one of them.",
                ),
                field_name="customer_number",
            )


class FoundAccount(Answer):
    """An account of the customer."""

    account_id = fields.UUID(required=True)
    kind = fields.Enum(AccountKind, by_value=True, required=True)
    name = fields.String(required=True)
    customer_numbers = fields.List(fields.String(), required=True)
    support_access_until = Instant(required=True, allow_none=True)


class FoundAccounts(Answer):
    """What the search found."""

    items = fields.List(fields.Nested(FoundAccount), required=True)


class SupportViewRequest(Strict):
    """Which account, and why."""

    command = OpenSupportView

    account_id = fields.UUID(required=True)
    reason = Line(required=True, min_length=3, metadata=WHY)


class SupportView(Answer):
    """The view; choose the account with ``PUT /api/identity/v1/session/account`` to look."""

    id = fields.UUID(required=True)
    account_id = fields.UUID(required=True)
    until = Instant(required=True)

"""The form of requests and answers."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from chassis.http.problems import Text
from chassis.http.schemas import Answer, Instant, Line, Strict
from org_registry.domain.access import AccountKind, Role
from org_registry.domain.numbers import NotAnOrganisationNumber, normalise
from org_registry.domain.support import ROLE as SUPPORT
from org_registry.usecases.accounts import FindGrant
from org_registry.usecases.companies import CreateCompanyAccount
from org_registry.usecases.memberships import RemoveMembership

SERVICES = {"description": "Tjänsteområden, null = alla / service areas, null = all"}


class OrganisationNumber(fields.String):
    """Ten digits with or without hyphen, with or without 16; a sole trader's personal number (B5)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        try:
            return normalise(super()._deserialize(value, attr, data, **kwargs))
        except NotAnOrganisationNumber:
            raise ma.ValidationError(
                Text(
                    "Ange ett giltigt organisationsnummer med tio siffror.",
                    "Enter a valid organisation number of ten digits.",
                )
            ) from None


class CompanyAccountRequest(Strict):
    """Create a company account (T25)."""

    command = CreateCompanyAccount

    organisation_number = OrganisationNumber(
        required=True,
        validate=validate.Length(max=10),
        metadata={"description": "Organisationsnummer / organisation number", "example": "552000-0018"},
    )


class CompanyAccount(Answer):
    """What came of it."""

    status = fields.String(required=True, validate=validate.OneOf(["opened", "waiting-cosignatory"]))
    message = fields.String(required=True)
    account_id = fields.UUID(allow_none=True, required=True)
    confirm_before = Instant(allow_none=True, required=True)


class _AnyAccount(Answer):
    """What is told of an account in any capacity."""

    id = fields.UUID(required=True)
    kind = fields.Enum(AccountKind, by_value=True, required=True)
    display_name = fields.String(required=True)
    read_only = fields.Boolean(required=True)
    services = fields.List(fields.String(), allow_none=True, required=True, metadata=SERVICES)
    membership_id = fields.UUID(required=True)
    suspended_at = Instant(allow_none=True, required=True)
    place = fields.String(
        allow_none=True,
        required=True,
        metadata={
            "description": "Gatuadress för ett privatkonto / street of a private account",
            "example": "Storgatan 1",
        },
    )
    notice = fields.String(
        allow_none=True,
        required=True,
        metadata={"description": "Varför kontot inte kan väljas / why the account cannot be chosen (B12)"},
    )


class AccountChoice(_AnyAccount):
    """An account that the person may act for, and as what."""

    role = fields.Enum(Role, by_value=True, required=True)


class Account(_AnyAccount):
    """The account that the session is in; ``support`` is customer service that looks, by the customer's consent."""

    role = fields.String(required=True, validate=validate.OneOf([*(role.value for role in Role), SUPPORT]))
    opened_at = Instant(required=True)


class AccountChoices(Answer):
    """Every account of the person (T20)."""

    items = fields.List(fields.Nested(AccountChoice), required=True)
    status = fields.String(required=True, validate=validate.OneOf(["ok", "none", "pending"]))
    message = fields.String(
        allow_none=True,
        required=True,
        metadata={"description": "Visas när status inte är ok / shown unless the status is ok (T18, T19)"},
    )


class MemberName(fields.String):
    """What a member is called; "Skyddad identitet" for a protected person, null until identity has told it."""

    def __init__(self) -> None:
        super().__init__(
            required=True,
            allow_none=True,
            metadata={
                "description": "Namnet enligt BankID / the name as BankID has verified it",
                "example": "Karin Nordh",
            },
        )


class Membership(Answer):
    """One person's right to act for the account."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    name = MemberName()
    role = fields.Enum(Role, by_value=True, required=True)
    read_only = fields.Boolean(required=True)
    services = fields.List(fields.String(), allow_none=True, required=True, metadata=SERVICES)
    ends_on = fields.Date(allow_none=True, required=True)
    granted_by = fields.UUID(allow_none=True, required=True)
    invitation_id = fields.UUID(allow_none=True, required=True)
    granted_at = Instant(required=True)


class Removal(Strict):
    """Why a membership is ended; for the record, not sent to anybody."""

    command = RemoveMembership

    reason = Line(max_length=200, load_default=None, allow_none=True)


class GrantQuestion(Strict):
    """The gateway's question."""

    command = FindGrant

    person_id = fields.UUID(required=True)
    account_id = fields.UUID(required=True)


class Grant(Answer):
    """The answer to it."""

    membership_id = fields.UUID(required=True)
    account_id = fields.UUID(required=True)
    role = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    read_only = fields.Boolean(required=True)
    services = fields.List(fields.String(), allow_none=True, required=True, metadata=SERVICES)

"""Asking for access, and answering it (FC16)."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate, validates_schema

from chassis.http.problems import Text
from chassis.http.schemas import Answer, Instant, Paragraphs, Strict, YesOrNo
from contracts.batch_billing import ServiceArea
from org_registry.domain.access_requests import LONGEST_MESSAGE, RequestStatus
from org_registry.schemas import OrganisationNumber
from org_registry.usecases.access_decisions import GrantAccess
from org_registry.usecases.access_requests import AskForAccess

AREAS = {"description": "Tjänster som behörigheten gäller; null är alla / service areas; null means all"}
ENDS_ON = {
    "description": "Sista dagen, svensk tid; null: utan slut / last day, Swedish time",
    "example": "2027-06-30",
}
ASKED_FOR = {
    "description": "Det som angavs, maskerat; säger inget om ifall kontot finns / what was given, masked; says nothing"
    " of whether there is such an account",
    "example": "55****-**18",
}


class CustomerNumber(fields.String):
    """The number on an invoice: letters, digits and hyphens."""

    def __init__(self, **kwargs: Any) -> None:
        wrong = Text(
            "Ange kundnumret som det står på fakturan, med siffror och bokstäver.",
            "Enter the customer number as on the invoice, with digits and letters.",
        )
        pattern: Any = validate.Regexp(r"[0-9A-Za-z-]{1,20}\Z", error=wrong)
        super().__init__(validate=pattern, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return str(super()._deserialize(value, attr, data, **kwargs)).strip()


class AccessRequestQuestion(Strict):
    """Which account, by one number, and a message to its people."""

    command = AskForAccess

    organisation_number = OrganisationNumber(
        validate=validate.Length(max=10),
        metadata={"description": "Organisationsnummer / organisation number", "example": "552000-0018"},
    )
    customer_number = CustomerNumber(
        metadata={
            "description": "Kundnummer, som på fakturan / customer number, as on the invoice",
            "example": "100042",
        }
    )
    message = Paragraphs(
        max_length=LONGEST_MESSAGE,
        load_default=None,
        allow_none=True,
        metadata={"description": "Till den som har kontot, ren text / to whoever has the account, plain text"},
    )

    @validates_schema
    def _one_number(self, data: dict[str, Any], **_: Any) -> None:
        if sum(name in data for name in ("organisation_number", "customer_number")) != 1:
            raise ma.ValidationError(
                Text(
                    "Ange antingen organisationsnummer eller kundnummer.",
                    "Give either an organisation number or a customer number.",
                ),
                field_name="organisation_number",
            )


class OwnAccessRequest(Answer):
    """A request as its sender sees it."""

    id = fields.UUID(required=True)
    status = fields.Enum(RequestStatus, by_value=True, required=True)
    asked_for = fields.String(required=True, metadata=ASKED_FOR)
    created_at = Instant(required=True)
    expires_at = Instant(required=True)


class ReceivedAccessRequest(Answer):
    """A request as the account's people see it."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, metadata={"description": "Enligt BankID / as verified by BankID"})
    birth_year = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Null där identiteten är skyddad (J9)"}
    )
    message = fields.String(required=True, allow_none=True)
    created_at = Instant(required=True)
    expires_at = Instant(required=True)


class Areas(fields.List[Any]):
    """A set of service areas, at least one."""

    def __init__(self, **kwargs: Any) -> None:
        areas = fields.Enum(ServiceArea, by_value=True)
        super().__init__(areas, validate=validate.Length(1, len(ServiceArea)), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return frozenset(area.value for area in super()._deserialize(value, attr, data, **kwargs) if area is not None)


class AccessGrant(Strict):
    """How much is given; what is left out is as wide as the granter's own (D22)."""

    command = GrantAccess

    read_only = YesOrNo(load_default=False, metadata={"description": "Bara se / see only"})
    services = Areas(load_default=None, allow_none=True, metadata=AREAS)
    ends_on = fields.Date(load_default=None, allow_none=True, metadata=ENDS_ON)


class AccessGranted(Answer):
    """The asker may act for the account from now."""

    id = fields.UUID(required=True)
    status = fields.Enum(RequestStatus, by_value=True, required=True)
    membership_id = fields.UUID(required=True)

"""The form of requests and answers."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from chassis.http.schemas import Answer, EmailAddress, Instant, Strict, YesOrNo
from contracts.batch_billing import ServiceArea
from invitations.domain import MandateStatus, Refusal, Status
from invitations.usecases import Invite as InviteCommand
from invitations.usecases import Link as LinkCommand

STATUSES = [status.value for status in Status]
LINK_STATUSES = [Status.SENT, Status.ACCEPTED, Status.DECLINED, Status.EXPIRED, Status.REVOKED]
AREAS = {"description": "Tjänster som behörigheten gäller; null är alla / service areas; null means all"}
ENDS_ON = {
    "description": "Sista dagen, svensk tid; null: utan slut / last day, Swedish time",
    "example": "2027-06-30",
}
TOKEN = {"description": "Koden efter # i länken / the code after # in the link"}


class Areas(fields.List[Any]):
    """A set of service areas, at least one."""

    def __init__(self, **kwargs: Any) -> None:
        areas = fields.Enum(ServiceArea, by_value=True)
        super().__init__(areas, validate=validate.Length(1, len(ServiceArea)), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return frozenset(area.value for area in super()._deserialize(value, attr, data, **kwargs) if area is not None)


class Invite(Strict):
    """Invite somebody to the account. Only the address is needed (T44)."""

    command = InviteCommand

    email = EmailAddress(required=True, metadata={"description": "E-postadress / e-mail address"})
    read_only = YesOrNo(load_default=False, metadata={"description": "Bara se / see only"})
    services = Areas(load_default=None, allow_none=True, metadata=AREAS)
    ends_on = fields.Date(load_default=None, allow_none=True, metadata=ENDS_ON)
    person_binding = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "Från / from `POST /identity/v1/person-bindings`: bara den / only that person"},
    )


class Link(Strict):
    """The secret of a link: posted, so that opening a link changes nothing and no log has it."""

    command = LinkCommand

    token = fields.String(required=True, validate=validate.Length(1, 1000), metadata=TOKEN)


class Acceptor(Answer):
    """Who accepted, as verified by BankID."""

    name = fields.String(required=True)
    birth_year = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Null where the identity is protected (J9)"}
    )


class ApprovalSignature(Answer):
    """The reader's own order to sign an approval with BankID."""

    sign_order_id = fields.UUID(
        required=True, metadata={"description": "Skrivs under på / signed at `/skriv-under/<id>`"}
    )
    status = fields.String(required=True, validate=validate.OneOf([status.value for status in MandateStatus]))
    expires_at = Instant(required=True)
    reason = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Varför den inte gjordes eller gällde / why it was not made, or did not count"},
    )
    detail = fields.String(
        required=True, allow_none=True, metadata={"description": "Varför den inte gällde, i klartext / in words"}
    )


class Invitation(Answer):
    """An invitation."""

    id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    invited_address = fields.String(
        required=True, metadata={"description": "Alltid maskerad / always masked", "example": "k***@exempel.se"}
    )
    inviter_id = fields.UUID(required=True)
    invited_by_me = fields.Boolean(required=True)
    read_only = fields.Boolean(required=True)
    services = fields.List(fields.String(), required=True, allow_none=True, metadata=AREAS)
    ends_on = fields.Date(required=True, allow_none=True, metadata=ENDS_ON)
    created_at = Instant(required=True)
    sent_at = Instant(required=True)
    expires_at = Instant(required=True)
    acceptor = fields.Nested(Acceptor, required=True, allow_none=True)
    accepted_at = Instant(required=True, allow_none=True)
    approve_before = Instant(required=True, allow_none=True)
    decided_at = Instant(required=True, allow_none=True)
    refusal = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf([reason.value for reason in Refusal]),
        metadata={"description": "Varför en godkänd inte släpptes in / why an approved person was not let in"},
    )
    bound = fields.Boolean(
        required=True,
        metadata={"description": "Bunden till ett personnummer: BankID har bekräftat att det är rätt person / bound"},
    )
    sign_order_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Godkännandets underskrift / the approval's signature"}
    )
    signed_at = Instant(required=True, allow_none=True)
    signature = fields.Nested(ApprovalSignature, required=True, allow_none=True)
    signature_required = fields.Boolean(
        required=True, metadata={"description": "Godkännanden ska skrivas under / approvals must be signed"}
    )
    may_renew = fields.Boolean(required=True)
    may_revoke = fields.Boolean(required=True)
    may_decide = fields.Boolean(required=True)


class Seen(Answer):
    """What a link says of its invitation."""

    status = fields.String(required=True, validate=validate.OneOf([status.value for status in LINK_STATUSES]))
    expires_at = Instant(required=True)


class Acceptance(Answer):
    """Accepted; somebody must approve before ``approve_before``."""

    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    accepted_at = Instant(required=True)
    approve_before = Instant(required=True)

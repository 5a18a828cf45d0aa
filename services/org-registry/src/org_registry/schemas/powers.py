"""The form of requests and answers about powers of attorney (T34-T40, D13)."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from chassis.http.schemas import Answer, EmailAddress, Instant, Line, PageQuery, Paragraphs, Strict, YesOrNo
from org_registry.domain.powers import Channel, PowerStatus, Scan
from org_registry.schemas import OrganisationNumber
from org_registry.usecases.powers import CreatePower
from org_registry.usecases.powers_review import ApprovePower, AskForCompletion, RegisterPower, RejectPower, RevokePower

IN_QUEUE = [status.value for status in PowerStatus if status is not PowerStatus.DRAFT]
NUMBER = {"description": "Organisationsnummer / organisation number", "example": "802000-1239"}
EMAIL = {"description": "Hit skickas besked om kontot / decisions are mailed here (T40)"}


class FormQuery(Strict):
    """Which form."""

    lang = fields.String(
        load_default="sv",
        validate=validate.OneOf(["sv", "en"]),
        metadata={"description": "Blankettens språk / language of the form"},
    )


class PowerRequest(Strict):
    """Begin a power of attorney: whoever is logged in is its administrator."""

    command: type | None = CreatePower

    organisation_number = OrganisationNumber(required=True, validate=validate.Length(max=10), metadata=NUMBER)
    organisation_name = Line(required=True, max_length=200)
    email = EmailAddress(required=True, metadata=EMAIL)


class PaperRequest(PowerRequest):
    """Register one that came on paper or by mail."""

    command = RegisterPower

    administrator_person_id = fields.UUID(
        required=True, metadata={"description": "Id från identity / id from identity"}
    )
    administrator_name = Line(required=True, max_length=200)


class PowerDocument(Answer):
    """The signed document, without its content."""

    media_type = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "Byte / bytes"})
    scan = fields.Enum(
        Scan, by_value=True, required=True, metadata={"description": "Genomsökning / result of the malware scan"}
    )
    submitted_at = Instant(required=True)


class PowerStep(Answer):
    """When it came to which status."""

    at = Instant(required=True)
    status = fields.Enum(PowerStatus, by_value=True, required=True)


class PowerOfAttorney(Answer):
    """A power of attorney, as its administrator sees it."""

    id = fields.UUID(required=True)
    status = fields.Enum(PowerStatus, by_value=True, required=True)
    organisation_name = fields.String(required=True)
    organisation_number = fields.String(required=True)
    administrator_name = fields.String(required=True)
    email = fields.String(required=True)
    document = fields.Nested(PowerDocument, allow_none=True, required=True)
    created_at = Instant(required=True)
    submitted_at = Instant(allow_none=True, required=True)
    decided_at = Instant(allow_none=True, required=True)
    ended_at = Instant(allow_none=True, required=True)
    reason = fields.String(
        allow_none=True, required=True, metadata={"description": "Varför den avslogs eller återkallades / why not"}
    )
    message = fields.String(
        allow_none=True, required=True, metadata={"description": "Vad som saknas / what is missing"}
    )
    ends_on = fields.Date(allow_none=True, required=True)
    account_id = fields.UUID(allow_none=True, required=True)
    history = fields.List(fields.Nested(PowerStep), required=True)


class QueueQuery(PageQuery):
    """Which part of the queue."""

    status = fields.List(
        fields.String(validate=validate.OneOf(IN_QUEUE)),
        load_default=list,
        metadata={"description": "Bara de här lägena / these states only"},
    )


class ReviewStep(PowerStep):
    """The same, with who and why."""

    action = fields.String(required=True)
    actor_id = fields.UUID(allow_none=True, required=True)
    as_staff = fields.Boolean(required=True)
    note = fields.String(allow_none=True, required=True)


class QueuedPower(PowerOfAttorney):
    """The same as customer service sees it."""

    history = fields.List(fields.Nested(ReviewStep), required=True)
    channel = fields.Enum(Channel, by_value=True, required=True)
    administrator_person_id = fields.UUID(required=True)
    registered_by = fields.UUID(allow_none=True, required=True)
    reviewer_id = fields.UUID(allow_none=True, required=True)
    checked = fields.List(
        fields.String(), required=True, metadata={"description": "Kontrollerade punkter / points checked"}
    )


class Checklist(ma.Schema):
    """FK8: what has been checked, line by line."""

    class Meta:
        """Refuse what we do not know."""

        unknown = ma.RAISE

    organisation = YesOrNo(
        required=True,
        metadata={
            "description": "Finns i registret, eller är av ett slag utan firmatecknare / known, or without signatories"
        },
    )
    signatures = YesOrNo(
        required=True, metadata={"description": "Behöriga ledamöter har skrivit under / signed by who may"}
    )
    dates = YesOrNo(required=True, metadata={"description": "Datumen stämmer / the dates hold"})
    administrator = YesOrNo(
        required=True, metadata={"description": "Administratörens namn stämmer / the administrator's name matches"}
    )


class Approval(Strict):
    """Approve what has been checked; ``ends_on`` is the last day where the paper names one."""

    command = ApprovePower

    checklist = fields.Nested(Checklist, required=True)
    ends_on = fields.Date(load_default=None, allow_none=True)


class Reason(Strict):
    """Why; the administrator reads it."""

    reason = Paragraphs(required=True, max_length=1000)


class Rejection(Reason):
    """Why it is refused."""

    command = RejectPower


class Revocation(Reason):
    """Why it holds no longer."""

    command = RevokePower


class CompletionRequest(Strict):
    """What is missing; the administrator reads it."""

    command = AskForCompletion

    message = Paragraphs(required=True, max_length=1000)

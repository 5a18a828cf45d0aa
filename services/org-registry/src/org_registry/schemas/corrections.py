"""Correcting wrong links: staff only (K16)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.http.schemas import Answer, Instant, Line, Strict
from org_registry.usecases.corrections import CorrectLink, LiftCorrection

WHY = {"description": "Skäl, sparas / reason, kept", "example": "Fel organisationsnummer i kundregistret"}


class LinkCorrectionRequest(Strict):
    """A number that does not belong to the account that has it."""

    command = CorrectLink

    customer_number = fields.String(
        required=True,
        validate=validate.Regexp(r"^[A-Za-z0-9-]{1,20}\Z"),
        metadata={"description": "Kundnummer / customer number", "example": "100200"},
    )
    reason = Line(required=True, metadata=WHY)


class LinkCorrectionLift(Strict):
    """The correction was wrong."""

    command = LiftCorrection

    reason = Line(required=True, metadata=WHY)


class LinkCorrection(Answer):
    """A corrected link."""

    id = fields.UUID(required=True)
    customer_number = fields.String(required=True)
    account_id = fields.UUID(required=True)
    reason = fields.String(required=True)
    corrected_by = fields.UUID(required=True)
    corrected_at = Instant(required=True)
    lift_reason = fields.String(required=True, allow_none=True)
    lifted_by = fields.UUID(required=True, allow_none=True)
    lifted_at = Instant(required=True, allow_none=True)

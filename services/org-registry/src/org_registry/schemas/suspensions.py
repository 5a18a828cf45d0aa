"""Suspending accounts: staff only (B12)."""

from __future__ import annotations

from marshmallow import fields

from chassis.http.schemas import Answer, Instant, Line, Strict
from org_registry.domain.suspensions import SuspensionReason
from org_registry.usecases.suspensions import ResumeAccount, SuspendAccount

NOTE = {"description": "Anteckning, bara för kundservice / note, for customer service only", "example": "Ärende 4711"}
REASON = {"description": "Skäl, visas för den som har kontot / reason, shown to the account's people"}


class SuspensionRequest(Strict):
    """Nobody of the account is to have access."""

    command = SuspendAccount

    account_id = fields.UUID(required=True)
    reason = fields.Enum(SuspensionReason, by_value=True, required=True, metadata=REASON)
    note = Line(required=True, max_length=500, metadata=NOTE)


class Resumption(Strict):
    """Everybody is to have what he had."""

    command = ResumeAccount

    note = Line(required=True, max_length=500, metadata=NOTE)


class Suspension(Answer):
    """A suspension."""

    id = fields.UUID(required=True)
    account_id = fields.UUID(required=True)
    reason = fields.Enum(SuspensionReason, by_value=True, required=True, metadata=REASON)
    note = fields.String(required=True)
    suspended_by = fields.UUID(required=True)
    suspended_at = Instant(required=True)
    resume_note = fields.String(required=True, allow_none=True)
    resumed_by = fields.UUID(required=True, allow_none=True)
    resumed_at = Instant(required=True, allow_none=True)

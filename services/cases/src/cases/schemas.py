"""The form of requests and answers."""

from __future__ import annotations

from marshmallow import fields

from cases.domain import CaseStatus
from cases.usecases import DraftCase as DraftCaseCommand
from chassis.http.schemas import Answer, Instant, Line, Strict


class DraftCase(Strict):
    """Begin a case."""

    command = DraftCaseCommand

    title = Line(max_length=200, required=True, metadata={"description": "Rubrik / title", "example": "Ny brygga"})


class Case(Answer):
    """A case."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    status = fields.Enum(CaseStatus, by_value=True, required=True)
    created_at = Instant(required=True)

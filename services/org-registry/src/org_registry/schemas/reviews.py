"""The yearly review (B-08)."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from chassis.http.schemas import Answer, Instant, Strict
from org_registry.domain.access import RemovalReason
from org_registry.schemas import MemberName
from org_registry.usecases.reviews import AnswerReview

MOST = 500
AREAS = {"description": "Tjänsteområden, null = alla / service areas, null = all"}


class Ids(fields.List[Any]):
    """A list of memberships."""

    def __init__(self, description: str) -> None:
        super().__init__(
            fields.UUID(),
            load_default=(),
            validate=validate.Length(max=MOST),
            metadata={"description": description},
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **kwargs))


class ReviewAnswers(Strict):
    """Whose access stays and whose ends; the rest is answered later."""

    command = AnswerReview

    keep = Ids("Behörigheter som ska vara kvar / to be kept")
    remove = Ids("Behörigheter som ska tas bort, nu / to be removed, now")


class ReviewedMembership(Answer):
    """A delegate of the account."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    name = MemberName()
    read_only = fields.Boolean(required=True)
    services = fields.List(fields.String(), allow_none=True, required=True, metadata=AREAS)
    ends_on = fields.Date(allow_none=True, required=True)
    granted_at = Instant(required=True)
    granted_by = fields.UUID(allow_none=True, required=True)
    invitation_id = fields.UUID(allow_none=True, required=True)
    status = fields.String(required=True, validate=validate.OneOf(["active", "expired", "ended"]))
    ended_at = Instant(allow_none=True, required=True)
    ended_reason = fields.Enum(RemovalReason, by_value=True, allow_none=True, required=True)
    kept = fields.Boolean(
        allow_none=True, required=True, metadata={"description": "Svar i den här genomgången / answer in this review"}
    )


class MembershipReview(Answer):
    """Where the account stands."""

    due = fields.Boolean(required=True, metadata={"description": "Finns något att svara på / something to answer"})
    opened_at = Instant(allow_none=True, required=True)
    next_at = Instant(allow_none=True, required=True)
    memberships = fields.List(fields.Nested(ReviewedMembership), required=True)

"""The form of requests and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate, validates_schema

from activity.usecases.viewing import ListActivities
from chassis.http.problems import Text
from chassis.http.schemas import Answer, Instant, PageQuery


class ActivityQuery(PageQuery):
    """Which activities."""

    command = ListActivities

    after = Instant(
        data_key="from",
        load_default=None,
        metadata={"description": "Från och med / from", "example": "2026-11-01T00:00:00Z"},
    )
    before = Instant(
        data_key="to", load_default=None, metadata={"description": "Före / before", "example": "2026-12-01T00:00:00Z"}
    )

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        after: datetime | None = data.get("after")
        before: datetime | None = data.get("before")
        if after is not None and before is not None and after >= before:
            raise ma.ValidationError(
                Text("Slutet måste vara efter början.", "The end must be after the beginning."), field_name="to"
            )


class Actor(Answer):
    """Who it was."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(["me", "member", "support", "system"]),
        metadata={"description": "support: kundservice / customer service; system: ingen person / nobody"},
    )
    name = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Visningsnamn, om det är känt / name to show, where known"},
    )


class Activity(Answer):
    """Who did what, when, and on whose behalf."""

    id = fields.UUID(required=True)
    at = Instant(required=True)
    actor = fields.Nested(Actor, required=True)
    account_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Kontot det gällde / the account that it was for"}
    )
    service = fields.String(required=True)
    action = fields.String(required=True)
    text = fields.String(
        required=True,
        metadata={"description": "Vad som gjordes, på läsarens språk / what was done, in the reader's language"},
    )
    reason = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Varför, enligt kundservice / why, as customer service said"},
    )


class AccountActivity(Activity):
    """The same, of one account."""

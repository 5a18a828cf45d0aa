"""What somebody did, told by every service alike (ADR 0013).

A routing key belongs to its producer, so there is one event type per service, ``<service>.activity.recorded.v1``, and
one body for all. The catalogue declares the types from its list of services: a new service has its own at once.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from contracts.event import Event, declare_for

Action = Annotated[
    str,
    Meta(pattern="^[a-z][a-z0-9_]{0,79}$", description="Name of the operation, the route's in the producer's API."),
]
ActivityText = Annotated[
    str,
    Meta(min_length=1, max_length=200, description="What was done, in the past tense; the same for everybody."),
]
Reason = Annotated[
    str, Meta(min_length=1, max_length=500, description="Why, as staff wrote it; personal numbers are masked.")
]


class Actor(StrEnum):
    """In what capacity it was done."""

    PERSON = "person"
    SUPPORT = "support"
    """Customer service, looking at an account by the customer's consent."""
    STAFF = "staff"
    """Customer service, by a route of its own."""
    SYSTEM = "system"
    """Nobody: a job, or what followed from an event."""


class ActivityRecorded(Event, frozen=True, kw_only=True):
    """The fields of every ``<service>.activity.recorded.v1``; nothing personal beyond opaque ids."""

    activity_id: UUID
    actor: Actor
    person_id: UUID | None
    """Who did it; null for the system."""
    account_id: UUID | None
    """On whose behalf, or whose account it was about."""
    about_person_id: UUID | None
    """The person whom it was done to, where that is another one."""
    role: Annotated[str, Meta(max_length=30)] | None
    support_view_id: UUID | None
    """The view that customer service had opened (B-22)."""
    action: Action
    text_sv: ActivityText
    text_en: ActivityText
    subject_id: UUID | None
    """Id of the thing that it was done to, in the producer's terms."""
    reason: Reason | None


def type_for(service: str) -> str:
    """``metering`` -> ``metering.activity.recorded.v1``."""
    return f"{service}.activity.recorded.v1"


def declare(service: str) -> type[ActivityRecorded]:
    """The event type of one producer; for the catalogue."""
    return declare_for(
        service,
        ActivityRecorded,
        "ActivityRecordedV1",
        type_for(service),
        consumers=("activity",),
        aggregate="activity",
        summary="Somebody did something that the account's people can see in their activity log.",
    )

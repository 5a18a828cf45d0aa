"""Events of notify."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.event import Event, event


class Channel(StrEnum):
    """How a notice travels."""

    EMAIL = "email"
    SMS = "sms"


@event(
    "notify.address.bounced.v1",
    consumers=("identity",),
    aggregate="person",
    summary="A person's address does not take mail or SMS: show it at the next login (B-04).",
)
class AddressBouncedV1(Event, frozen=True, kw_only=True):
    """Says which channel failed, never the address."""

    person_id: UUID
    channel: Channel
    bounced_at: datetime

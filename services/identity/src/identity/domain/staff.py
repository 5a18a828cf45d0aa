"""The utility's own people: who holds which role, and what they look up about persons (S, D23)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

LOOKUPS_COUNTED_IN = timedelta(hours=1)
MOST_LOOKUPS = 60
"""Persons that one member of staff may look up in that time: enough for a day at the desk, too few for a list."""
REASON_LENGTH = (5, 200)


class StaffRole(StrEnum):
    """What a member of staff may do; services name the role on their routes."""

    CUSTOMER_SERVICE = "customer-service"
    STAFF_ADMIN = "staff-admin"


class StaffAction(StrEnum):
    """What is written down; ``GRANT``, ``REVOKE`` and ``LIFT`` are an operator's commands."""

    GRANT = "grant"
    REVOKE = "revoke"
    LOOKUP = "lookup"
    CREATE = "create"
    LIFT = "lift"
    """The protection of an identity that came by the population register."""


@dataclass(frozen=True, kw_only=True)
class PersonCard:
    """What staff are told of a person: enough to know who it is and to be careful (J9)."""

    person_id: UUID
    name: str
    birth_year: int
    protected_identity: bool

"""Who may let others in, and how much he may give (D4, D6, D22)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from invitations.domain.errors import InvitationEndsInPast, InvitationTooWide

SWEDEN = ZoneInfo("Europe/Stockholm")


class Role(StrEnum):
    """In what capacity a person acts for an account (T41)."""

    OWNER = "owner"
    SIGNATORY = "signatory"
    DELEGATE = "delegate"


HOLDERS = frozenset({Role.OWNER, Role.SIGNATORY})
"""Those who see and decide everything about who has access (D1, D4)."""


def local_date(instant: datetime) -> date:
    """The date in Sweden; end dates are whole Swedish days."""
    return instant.astimezone(SWEDEN).date()


@dataclass(frozen=True, kw_only=True)
class Grant:
    """How much access is given. ``services`` None means all areas, ``ends_on`` None means without end (D22)."""

    read_only: bool = False
    services: frozenset[str] | None = None
    ends_on: date | None = None

    def within(self, held: Grant) -> bool:
        """Whether somebody who holds ``held`` can give this."""
        if held.read_only and not self.read_only:
            return False
        if held.services is not None and (self.services is None or not self.services <= held.services):
            return False
        return held.ends_on is None or (self.ends_on is not None and self.ends_on <= held.ends_on)

    def both(self, other: Grant) -> Grant:
        """The narrower of both in every respect."""
        areas = [grant.services for grant in (self, other) if grant.services is not None]
        ends = [grant.ends_on for grant in (self, other) if grant.ends_on is not None]
        return Grant(
            read_only=self.read_only or other.read_only,
            services=frozenset.intersection(*areas) if areas else None,
            ends_on=min(ends, default=None),
        )


EVERYTHING = Grant()


@dataclass(frozen=True, kw_only=True)
class Member:
    """Our copy of a membership. The truth is org-registry's, which checks again before it grants."""

    membership_id: UUID
    account_id: UUID
    person_id: UUID
    role: Role
    held: Grant
    removed: bool = False

    def is_active(self, today: date) -> bool:
        """Whether it gives access on ``today`` (Swedish date); the last day is included."""
        return not self.removed and (self.held.ends_on is None or self.held.ends_on >= today)

    def may_invite(self, today: date) -> bool:
        """Whether the person may let others in: a read-only membership may not."""
        return self.is_active(today) and not self.held.read_only


def check_grant(grant: Grant, held: Grant, today: date) -> None:
    """Raise ``InvitationTooWide`` or ``InvitationEndsInPast`` unless ``held`` allows to give ``grant`` today."""
    if grant.ends_on is not None and grant.ends_on < today:
        raise InvitationEndsInPast(field="ends_on")
    if not grant.within(held):
        raise InvitationTooWide

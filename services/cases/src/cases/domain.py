"""What a case is and which states it may be in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis import errors
from chassis.ids import new_id


class CaseStatus(StrEnum):
    """Where the case is in its life."""

    DRAFT = "draft"
    DISCARDED = "discarded"


class CaseNotFound(errors.NotFound):
    """No such case for this account."""

    code = "case-not-found"
    sv = ("Finns inte", "Det du söker finns inte, eller så har du inte tillgång till det.")
    en = ("Not found", "What you asked for does not exist, or you do not have access to it.")


class CaseAlreadyDiscarded(errors.InvalidTransition):
    """It is gone already."""

    code = "case-already-discarded"
    sv = ("Redan borttaget", "Utkastet är redan borttaget.")
    en = ("Already removed", "The draft has already been removed.")


@dataclass(eq=False)
class Case:
    """A case of one account."""

    id: UUID
    account_id: UUID
    created_by: UUID
    title: str
    status: CaseStatus
    created_at: datetime
    version: int

    @classmethod
    def draft(cls, *, account_id: UUID, created_by: UUID, title: str, now: datetime) -> Case:
        """Begin a case; nobody but the account sees it."""
        return cls(
            id=new_id(),
            account_id=account_id,
            created_by=created_by,
            title=title,
            status=CaseStatus.DRAFT,
            created_at=now,
            version=1,
        )

    def discard(self) -> None:
        """Throw the draft away; raises ``CaseAlreadyDiscarded``."""
        if self.status is CaseStatus.DISCARDED:
            raise CaseAlreadyDiscarded
        self.status = CaseStatus.DISCARDED

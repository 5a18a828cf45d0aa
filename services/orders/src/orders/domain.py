"""What a order is and which states it may be in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis import errors
from chassis.ids import new_id


class OrderStatus(StrEnum):
    """Where the order is in its life."""

    DRAFT = "draft"
    DISCARDED = "discarded"


class OrderNotFound(errors.NotFound):
    """No such order for this account."""

    code = "order-not-found"
    sv = ("Finns inte", "Det du söker finns inte, eller så har du inte tillgång till det.")
    en = ("Not found", "What you asked for does not exist, or you do not have access to it.")


class OrderAlreadyDiscarded(errors.InvalidTransition):
    """It is gone already."""

    code = "order-already-discarded"
    sv = ("Redan borttaget", "Utkastet är redan borttaget.")
    en = ("Already removed", "The draft has already been removed.")


@dataclass(eq=False)
class Order:
    """A order of one account."""

    id: UUID
    account_id: UUID
    created_by: UUID
    title: str
    status: OrderStatus
    created_at: datetime
    version: int

    @classmethod
    def draft(cls, *, account_id: UUID, created_by: UUID, title: str, now: datetime) -> Order:
        """Begin a order; nobody but the account sees it."""
        return cls(
            id=new_id(),
            account_id=account_id,
            created_by=created_by,
            title=title,
            status=OrderStatus.DRAFT,
            created_at=now,
            version=1,
        )

    def discard(self) -> None:
        """Throw the draft away; raises ``OrderAlreadyDiscarded``."""
        if self.status is OrderStatus.DISCARDED:
            raise OrderAlreadyDiscarded
        self.status = OrderStatus.DISCARDED

"""Customer service's view of an account, by the customer's consent and for as long as it lasts (B-22, FK9, FK10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis import errors

ROLE = "support"
"""What a view makes of a member of staff: it reads, and every page is told to the customer."""
LONGEST_HOURS = 168
"""A week: consent is for an errand, not for ever."""
VIEW = timedelta(hours=1)
"""How long one reason serves; then it is asked for anew."""


class SupportAccessNotFound(errors.NotFound):
    """No such consent for this account."""

    code = "support-access-not-found"
    sv = ("Finns inte", "Medgivandet finns inte, eller så gäller det ett annat konto.")
    en = ("Not found", "The consent does not exist, or it is for another account.")


class SupportAccessMissing(errors.Forbidden):
    """The customer has not consented, or no longer does."""

    code = "support-access-missing"
    sv = ("Kunden har inte gett tillgång", "Be kunden att ge kundservice tillgång under Mina sidor, Kundservice.")
    en = ("The customer has not given access", "Ask the customer to give customer service access in My pages.")


class SupportViewOfOwnAccount(errors.Conflict):
    """Nobody helps himself: he is a customer there."""

    code = "support-view-of-own-account"
    sv = ("Det är ditt eget konto", "Du har behörighet till kontot som kund. Öppna det som kund, eller be en kollega.")
    en = ("It is your own account", "You have access to the account as a customer. Open it as one, or ask a colleague.")


@dataclass(eq=False, kw_only=True)
class SupportAccess:
    """A consent: from when until when, and who ended it before its time."""

    id: UUID
    account_id: UUID
    granted_by: UUID
    granted_at: datetime
    until: datetime
    ended_at: datetime | None = None
    ended_by: UUID | None = None
    version: int = 1

    def holds(self, now: datetime) -> bool:
        """Whether customer service may look, now."""
        return self.ended_at is None and now < self.until

    def end(self, now: datetime, by: UUID) -> None:
        """From here on nobody looks; ending what has ended changes nothing."""
        if self.ended_at is None:
            self.ended_at, self.ended_by = min(now, self.until), by
            self.version += 1


@dataclass(eq=False, kw_only=True)
class SupportView:
    """One member of staff looking at one account for one reason."""

    id: UUID
    access_id: UUID
    account_id: UUID
    staff_person_id: UUID
    staff_name: str
    reason: str
    opened_at: datetime
    until: datetime


def open_view(
    access: SupportAccess | None, *, view_id: UUID, staff_person_id: UUID, staff_name: str, reason: str, now: datetime
) -> SupportView:
    """Begin to look; raises ``SupportAccessMissing`` unless the consent holds."""
    if access is None or not access.holds(now):
        raise SupportAccessMissing
    return SupportView(
        id=view_id,
        access_id=access.id,
        account_id=access.account_id,
        staff_person_id=staff_person_id,
        staff_name=staff_name,
        reason=reason,
        opened_at=now,
        until=min(access.until, now + VIEW),
    )


def shown_name(name: str | None, locale: str = "sv") -> str:
    """What the customer is shown of a member of staff: the first name, and where he works."""
    place = "Customer service" if locale == "en" else "Kundservice"
    first = (name or "").split(" ", 1)[0]
    return f"{first}, {place.lower()}" if first else place

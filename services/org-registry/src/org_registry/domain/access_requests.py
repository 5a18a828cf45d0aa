"""Somebody asks to be let in to an account (FC16): the states, the limits, and what is refused.

sent -> granted, denied, withdrawn or expired. A request for a number that is nobody's here is ``sent`` and then
``expired``, as one that nobody has answered: by asking, nobody learns who is a customer (C30).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.errors import Conflict, InvalidTransition, NotFound, RateLimited

ANSWER_WITHIN = timedelta(days=30)
"""After that nobody can grant it any more."""
PER_PERSON, DAY = 5, timedelta(hours=24)
"""Requests of one person in any stretch of a day, whatever numbers (C32, C44)."""
NOTICES_PER_ACCOUNT = 3
"""Notices that requests make in a day for the people of one account (C28); further requests stand in their list."""
TOLD_AGAIN_AFTER = timedelta(days=7)
"""The same person's next request to the same account makes no notice before that (C28)."""
ASK_AGAIN_AFTER = timedelta(days=30)
"""Who has been denied does not ask for the same number before that."""
KEEP_ENDED = timedelta(days=90)
"""So long its sender sees what became of it; then the row goes."""
LONGEST_MESSAGE = 300


class RequestStatus(StrEnum):
    """Where it is."""

    SENT = "sent"
    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Action(StrEnum):
    """What can happen to it."""

    GRANT = "grant"
    DENY = "deny"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


AFTER: Mapping[Action, RequestStatus] = {
    Action.GRANT: RequestStatus.GRANTED,
    Action.DENY: RequestStatus.DENIED,
    Action.WITHDRAW: RequestStatus.WITHDRAWN,
    Action.EXPIRE: RequestStatus.EXPIRED,
}
"""All of them from ``sent``, and nothing from any of these."""


class NumberKind(StrEnum):
    """By what the account was asked for."""

    ORGANISATION = "organisation"
    CUSTOMER = "customer"


class AccessRequestNotFound(NotFound):
    """Unknown, another person's or account's, or not this reader's to decide."""

    code = "access-request-not-found"
    sv = ("Förfrågan finns inte", "Förfrågan finns inte, eller så kan du inte se den. Läs in sidan igen.")
    en = ("No such request", "The request does not exist, or you cannot see it. Reload the page.")


class AccessRequestSettled(InvalidTransition):
    """Answered, withdrawn or expired before."""

    code = "access-request-settled"
    sv = ("Förfrågan är redan avslutad", "Någon annan hann före, eller så är tiden ute. Läs in sidan igen.")
    en = ("The request is already settled", "Somebody else was first, or the time is out. Reload the page.")


class AccessRequestOpenAlready(Conflict):
    """One open request per person and number, whether or not the number is anybody's."""

    code = "access-request-open-already"
    sv = (
        "Du har redan frågat",
        "Du har redan en förfrågan för numret. Den gäller i 30 dagar om du inte tar tillbaka den.",
    )
    en = (
        "You have already asked",
        "You already have a request for the number. It is valid for 30 days unless withdrawn.",
    )


class AccessRequestDeniedRecently(Conflict):
    """Who was denied waits before asking for the same again (C28)."""

    code = "access-request-denied-recently"
    sv = ("Du har fått nej", "Du har nyligen fått nej på en förfrågan för numret. Prata med den som har kontot.")
    en = ("You were denied", "A request of yours for the number was denied recently. Talk to whoever has the account.")


class AccessRequestOfMember(Conflict):
    """The own accounts are known to oneself: nothing is given away."""

    code = "access-request-of-member"
    sv = ("Du har redan tillgång", "Du har redan tillgång till kontot. Välj det bland dina konton.")
    en = ("You already have access", "You already have access to the account. Choose it among your accounts.")


class TooManyAccessRequests(RateLimited):
    """C32, C44: five a day, whatever numbers."""

    code = "access-request-too-many"
    sv = ("För många förfrågningar", "Du kan be om behörighet {limit} gånger per dygn. Försök igen senare.")
    en = ("Too many requests", "You can ask for access {limit} times in 24 hours. Try again later.")


@dataclass(frozen=True, kw_only=True)
class AccessRequest:
    """A request as it is kept: the number, the message and the name are sealed, the last two gone when it has ended."""

    id: UUID
    person_id: UUID
    number_kind: NumberKind
    number_index: bytes
    number_sealed: bytes = field(repr=False)
    message_sealed: bytes | None = field(default=None, repr=False)
    name_sealed: bytes | None = field(default=None, repr=False)
    """None where the name is not to be shown: a protected person's is not kept."""
    birth_year: int | None = field(default=None, repr=False)
    status: RequestStatus = RequestStatus.SENT
    created_at: datetime
    expires_at: datetime
    account_id: UUID | None = None
    """Whose number it was when it was looked up, after its sender had his answer; never told to him."""
    sought_at: datetime | None = None
    told_at: datetime | None = None
    """When the account's people were sent a notice of it."""
    ended_at: datetime | None = None
    decided_by: UUID | None = None
    membership_id: UUID | None = None

    def status_at(self, now: datetime) -> RequestStatus:
        """The status that holds now, whether or not a job has been there to write it."""
        late = self.status is RequestStatus.SENT and self.expires_at <= now
        return RequestStatus.EXPIRED if late else self.status

    def after(self, action: Action, now: datetime) -> RequestStatus:
        """The status that ``action`` leads to; raises ``AccessRequestSettled`` where it cannot be done any more."""
        present = RequestStatus.SENT if action is Action.EXPIRE else self.status_at(now)
        if self.status is not RequestStatus.SENT or present is not RequestStatus.SENT:
            raise AccessRequestSettled
        if action is Action.EXPIRE and self.expires_at > now:
            raise AccessRequestSettled
        return AFTER[action]


def masked(kind: NumberKind, number: str) -> str:
    """Enough of a number for whoever typed it to know it again; a sole trader's is a personal number (D23)."""
    if kind is NumberKind.ORGANISATION:
        return f"{number[:2]}****-**{number[-2:]}"
    shown = min(3, len(number) // 2)
    return "*" * (len(number) - shown) + number[len(number) - shown :]

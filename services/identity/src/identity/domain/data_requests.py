"""A person's own data: an export or an erasure over all services (GDPR 12.3, 15, 17, 20; B-21, J8; ADR 0014).

export:   collecting -> ready -> expired
erasure:  collecting (objections?) -> refused
collecting (objections?) -> collecting (erasing) -> done
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.errors import Conflict, Gone, NotFound, RateLimited

KEPT = timedelta(days=7)
"""How long a finished export can be fetched."""
WAITS_AT_MOST = timedelta(days=7)
"""So long an export waits for a service that does not answer; then it is told as incomplete."""
MOST_A_DAY = 3
ROWS_KEPT = timedelta(days=365)
"""That somebody asked, and when; for questions about it. What was exported is long gone by then."""
RECEIPTS_KEPT = timedelta(days=3 * 365)


class RequestKind(StrEnum):
    """What is wanted."""

    EXPORT = "export"
    ERASURE = "erasure"


class RequestStatus(StrEnum):
    """Where it is."""

    COLLECTING = "collecting"
    READY = "ready"
    EXPIRED = "expired"
    DONE = "done"
    REFUSED = "refused"


class Step(StrEnum):
    """What the services have been asked; the words are those of the event."""

    EXPORT = "export"
    CHECK = "erasure-check"
    ERASE = "erasure"


FIRST_STEP = {RequestKind.EXPORT: Step.EXPORT, RequestKind.ERASURE: Step.CHECK}


@dataclass(frozen=True, kw_only=True)
class DataRequest:
    """A row of the data_request table."""

    id: UUID
    person_id: UUID | None
    """None once the person has been erased."""
    kind: RequestKind
    status: RequestStatus
    step: Step
    locale: str
    services: list[str]
    """Whose answers are awaited: the services that there were when it was opened."""
    requested_at: datetime
    closed_at: datetime | None
    expires_at: datetime | None
    missing: list[str]
    """Those that had not answered when it was closed."""
    size: int | None
    """Bytes of the file."""
    sealed_recipient: str | None
    """Where the last mail goes, sealed for notify; only while an erasure is at work."""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What one service has said, once it is whole."""

    service: str
    size: int
    """Bytes exported, sealed and in transport form; 0 for other answers."""
    objections: tuple[dict[str, object], ...] = ()
    erased: tuple[dict[str, str], ...] = ()
    kept: tuple[dict[str, object], ...] = ()


class DataExportUnderWay(Conflict):
    """One at a time."""

    code = "data-export-under-way"
    sv = ("En hämtning pågår redan", "Vänta tills den är klar. Du får ett meddelande då.")
    en = ("An export is already under way", "Wait until it is ready. You will be told.")


class ErasureUnderWay(Conflict):
    """One at a time; and no export of what is just being erased."""

    code = "erasure-under-way"
    sv = ("En radering pågår redan", "Vi håller på att undersöka om dina uppgifter kan raderas.")
    en = ("An erasure is already under way", "We are finding out whether your data can be erased.")


class DataRequestsTooMany(RateLimited):
    """Three a day of each kind."""

    code = "data-requests-too-many"
    sv = ("För många beställningar", "Du kan beställa tre gånger per dygn. Försök igen senare.")
    en = ("Too many requests", "You can ask three times in 24 hours. Try again later.")


class DataExportNotFound(NotFound):
    """No such export of this person."""

    code = "data-export-not-found"
    sv = ("Hämtningen finns inte", "Beställ dina uppgifter på nytt.")
    en = ("The export does not exist", "Ask for your data again.")


class DataExportNotReady(Conflict):
    """Not every service has answered."""

    code = "data-export-not-ready"
    sv = ("Filen är inte klar", "Vi samlar in dina uppgifter. Du får ett meddelande när filen är klar.")
    en = ("The file is not ready", "We are collecting your data. You will be told when the file is ready.")


class DataExportExpired(Gone):
    """Older than seven days."""

    code = "data-export-expired"
    sv = ("Filen är borttagen", "En fil finns kvar i sju dagar. Beställ dina uppgifter på nytt.")
    en = ("The file has been removed", "A file is kept for seven days. Ask for your data again.")


class ErasureNotFound(NotFound):
    """No such erasure of this person; nor a receipt of that number."""

    code = "erasure-not-found"
    sv = ("Raderingen finns inte", "Kontrollera länken.")
    en = ("The erasure does not exist", "Check the link.")


NO_ANSWER: dict[str, object] = {
    "code": "no-answer",
    "text": {
        "sv": "Alla delar av Mina sidor har inte svarat inom sju dagar. Ingenting är raderat. Försök igen.",
        "en": "Not every part of Mina sidor answered within seven days. Nothing has been erased. Try again.",
    },
}
"""The objection where nobody else has one and somebody is silent."""

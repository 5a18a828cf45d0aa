"""What the population register (SPAR, kept by Skatteverket) says of a person, and how often it may be asked (FJ3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

ASK_AGAIN_AFTER = timedelta(days=30)
"""After an answer nobody asks about the same person for so long, however often the person logs in."""
TRY_AGAIN_AFTER = timedelta(minutes=10)
"""After a question without an answer; twice as long each time, a day at most."""
LONGEST_WAIT = timedelta(days=1)
MOST_TRIES = 8
"""Then it rests until the person's next login, a day later or more."""
KEPT_MONTHS = 13
"""Who has not been asked about for so long has not logged in: what the register said is forgotten."""


class Outcome(StrEnum):
    """What came of a question that was answered."""

    FOUND = "found"
    PROTECTED = "protected"
    """Sekretessmarkering or skyddad folkbokföring: the register then gives neither name nor address."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class PostalAddress:
    """Where letters go. ``lines`` are the rows above the postal code; a foreign address has all its rows there."""

    lines: tuple[str, ...]
    postal_code: str | None = None
    town: str | None = None
    country: str | None = None


@dataclass(frozen=True, kw_only=True)
class RegisterAnswer:
    """A well-formed answer about exactly the person who was asked about."""

    outcome: Outcome
    name: str | None = None
    """All given names, middle name, family name."""
    address: PostalAddress | None = None
    deregistered: str | None = None
    """Why the person is no longer registered: AV dead, UV emigrated ... None: registered."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """Somebody to ask about now. The number is in clear, in memory, for this one question."""

    person_id: UUID
    personal_number: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class RegisterEntry:
    """What stands in the table of one person."""

    outcome: str | None
    checked_at: datetime | None
    answer_sealed: bytes | None


class NoAnswer(Exception):
    """There is no usable answer about this person. The message is for the log: a word, never what was said."""


class RegisterSilent(NoAnswer):
    """The register as a whole does not answer: nobody else is asked about now (A27)."""

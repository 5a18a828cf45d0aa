"""Asking the register again about those who sign for a company (D12). Plain rules: what an answer means, and when next.

Only the register's own well-formed answer takes a right away. An outage takes none: it is asked again later (D11).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from org_registry.domain.register import Decision, Outcome

RECHECK_EVERY = timedelta(days=30)
"""D12."""
LOST_SOON = timedelta(days=1)
LOST_SOON_FOR = timedelta(days=14)
"""A right that was lost is asked about daily at first: an error in the register is put right within days."""
REMEMBER_LOST = timedelta(days=365)
"""How long a lost right is asked about; then the sealed number is erased."""
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=10), timedelta(hours=24)
"""After an outage: twice as long each time, a day at most."""


class Standing(StrEnum):
    """What the register says of one person by himself."""

    ALONE = "alone"
    TOGETHER = "together"
    NONE = "none"


class RightStatus(StrEnum):
    """What follows for the account."""

    WAITING = "waiting"
    """For the co-signatories of D10; not asked about again."""
    HELD = "held"
    LOST = "lost"


class LossReason(StrEnum):
    """Why somebody is no longer a signatory."""

    NOT_SIGNATORY = "not-signatory"
    NEEDS_COSIGNATORY = "needs-cosignatory"


STANDINGS = {
    Outcome.OPENS: Standing.ALONE,
    Outcome.NEEDS_COSIGNATORY: Standing.TOGETHER,
    Outcome.REFUSED: Standing.NONE,
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The register's answer about one signatory, weighed together with who else has confirmed for the account."""

    standing: Standing
    complete: bool
    """Whether some combination that he signs in is all there (always, alone)."""

    @property
    def holds(self) -> bool:
        """Whether the person is to be a signatory."""
        return self.standing is not Standing.NONE and self.complete

    @property
    def loss(self) -> LossReason:
        """Why not, where he is not."""
        return LossReason.NOT_SIGNATORY if self.standing is Standing.NONE else LossReason.NEEDS_COSIGNATORY


def weigh(decision: Decision, present: Collection[str]) -> Verdict:
    """What an answer means; ``present`` are the numbers of all who may sign and have confirmed, in memory only."""
    standing = STANDINGS[decision.outcome]
    complete = standing is Standing.ALONE or any(group <= set(present) for group in decision.combinations)
    return Verdict(standing=standing, complete=complete)


def next_check(now: datetime, lost_at: datetime | None) -> datetime | None:
    """When the register is to be asked next; None where it need not be any more."""
    if lost_at is None:
        return now + RECHECK_EVERY
    if now - lost_at >= REMEMBER_LOST:
        return None
    return now + (LOST_SOON if now - lost_at < LOST_SOON_FOR else RECHECK_EVERY)


def retry_at(now: datetime, failures: int) -> datetime:
    """When to ask after ``failures`` outages in a row."""
    doubled: int = 1 << min(failures - 1, 10)
    return now + min(LONGEST_RETRY, FIRST_RETRY * doubled)

"""What Bolagsverket's answer to "may this person sign for this organisation?" means for an account (D10, B5).

Being listed is no right: a deputy or an auditor gets NEJ, and only what the register calls JA is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

ALONE, DAY_TO_DAY, TOGETHER = "ENSAM", "LOPANDE", "TILLSAMMANS"
COSIGNATORY_TIME = timedelta(days=90)
"""How long a confirmation waits for the others of its combination (D10)."""


class Outcome(StrEnum):
    """What a person's right to sign gives."""

    OPENS = "opens"
    NEEDS_COSIGNATORY = "needs-cosignatory"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """One way in which the person may sign. ``combinations`` are personal numbers, his own among them: memory only."""

    kind: str
    combinations: tuple[frozenset[str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The answer for one firm of the number; a sole trader may have several."""

    yes: bool
    alternatives: tuple[Alternative, ...] = ()
    reason: str | None = None
    name: str | None = None
    pending_cases: int = 0


@dataclass(frozen=True, kw_only=True)
class RegisterAnswer:
    """A true answer. Without findings: the register does not know the organisation or the person."""

    request_id: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What follows from the answer, with what is kept as evidence of it."""

    outcome: Outcome
    ways: tuple[str, ...]
    reasons: tuple[str, ...]
    pending_cases: int
    name: str | None = None
    combinations: tuple[frozenset[str], ...] = field(default=(), repr=False)


def decide(answer: RegisterAnswer, *, allow_day_to_day: bool) -> Decision:
    """Weigh the answer: alone opens, day-to-day opens where allowed, together waits, everything else refuses."""
    firms = [finding for finding in answer.findings if finding.yes]
    opening = {ALONE, DAY_TO_DAY} if allow_day_to_day else {ALONE}
    outcome, name = Outcome.REFUSED, None
    combinations: tuple[frozenset[str], ...] = ()
    for firm in firms:
        if any(way.kind in opening for way in firm.alternatives):
            outcome, name, combinations = Outcome.OPENS, firm.name, ()
            break
        together = tuple(
            combination
            for way in firm.alternatives
            if way.kind == TOGETHER
            for combination in way.combinations
            if len(combination) > 1
        )
        if together and not combinations:
            outcome, name, combinations = Outcome.NEEDS_COSIGNATORY, firm.name, tuple(dict.fromkeys(together))
    return Decision(
        outcome=outcome,
        ways=tuple(dict.fromkeys(way.kind for firm in firms for way in firm.alternatives)),
        reasons=tuple(finding.reason for finding in answer.findings if finding.reason),
        pending_cases=sum(finding.pending_cases for finding in answer.findings),
        name=name,
        combinations=combinations,
    )

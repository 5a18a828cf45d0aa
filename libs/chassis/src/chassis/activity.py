"""What a route says of the activity log: the texts of what was done, or why it is not logged (ADR 0013)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unlogged:
    """A write that changes nothing anybody would look for."""

    reason: str


Activity = tuple[str, str] | Unlogged
"""Swedish and English, past tense, without a subject: ``("Skickade in en mätarställning", "Submitted a …")``."""


def unlogged(reason: str) -> Unlogged:
    """The activity log does not hold it, for the stated reason."""
    return Unlogged(reason)


def complaint(activity: Activity | None) -> str | None:
    """What is wrong with a declaration, if anything is."""
    match activity:
        case Unlogged(reason=reason):
            return None if len(reason) > 10 else "activity=unlogged() needs its reason"  # noqa: PLR2004
        case (str(swedish), str(english)) if swedish and english:
            return None
        case _:
            return 'activity=("Swedish, past tense", "English") or activity=unlogged("reason") is needed'


__all__ = ["Activity", "Unlogged", "complaint", "unlogged"]

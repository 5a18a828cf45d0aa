"""The yearly "are these still right?" (B-08): who answers for an account goes through whom it has let in."""

from __future__ import annotations

from datetime import timedelta

from chassis.errors import Conflict, Forbidden, Invalid

REVIEW_EVERY = timedelta(days=365)
"""After the last review, or the first time after the oldest delegate was let in."""
REMIND_AFTER = timedelta(days=30)
"""One reminder, then no more: the review stays open until it is answered."""


class ReviewNotYours(Forbidden):
    """Delegates are what is reviewed; they do not answer."""

    code = "membership-review-not-yours"
    sv = ("Du kan inte svara", "Genomgången görs av kontots ägare eller en firmatecknare.")
    en = ("You cannot answer", "The review is made by the owner of the account or a signatory.")


class ReviewNotOpen(Conflict):
    """Answered already, or not due yet."""

    code = "membership-review-not-open"
    sv = ("Genomgången är klar", "Det finns ingen genomgång att svara på just nu.")
    en = ("The review is finished", "There is no review to answer right now.")


class ReviewAnswerUnclear(Invalid):
    """Nobody at all, or somebody both to keep and to remove."""

    code = "membership-review-answer-unclear"
    sv = ("Svaret är otydligt", "Välj för var och en om behörigheten ska vara kvar eller tas bort.")
    en = ("The answer is unclear", "Choose for each person whether the access is to be kept or removed.")

"""The yearly "are these still right?" (B-08)."""

from __future__ import annotations

from typing import Any

from chassis.http.access import requires
from chassis.http.routes import Routes, handed
from chassis.transaction import Tx
from org_registry.domain.errors import AccountNotFound, MembershipNotFound
from org_registry.domain.reviews import ReviewAnswerUnclear, ReviewNotOpen, ReviewNotYours
from org_registry.domain.suspensions import GrantSuspended
from org_registry.schemas import reviews as schemas
from org_registry.usecases import reviews
from org_registry.usecases.vault import NumberVault

routes = Routes("membership-review", "The yearly review of who has access")


@routes.get(
    "/membership-review",
    access=requires("members:read"),
    answer=schemas.MembershipReview,
    prepare=handed("vault"),
    errors=(AccountNotFound, GrantSuspended),
    summary_sv="Årlig genomgång av behörigheter",
    summary_en="Yearly review of who has access",
)
def get_membership_review(tx: Tx, prepared: NumberVault) -> Any:
    """Who has access, whose access has ended since the last review, and when the next one is."""
    return reviews.get_review(tx, prepared)


@routes.post(
    "/membership-review/answers",
    access=requires("members:remove"),
    activity=("Gick igenom vilka som har behörighet", "Reviewed who has access"),
    body=schemas.ReviewAnswers,
    answer=schemas.MembershipReview,
    idempotent=True,
    errors=(
        AccountNotFound,
        GrantSuspended,
        MembershipNotFound,
        ReviewAnswerUnclear,
        ReviewNotOpen,
        ReviewNotYours,
    ),
    summary_sv="Svara på genomgången: behåll eller ta bort",
    summary_en="Answer the review: keep or remove",
)
def answer_membership_review(tx: Tx, body: reviews.AnswerReview) -> Any:
    """All of it or nothing; whom it removes has no access once this has answered."""
    return reviews.answer_review(tx, body)

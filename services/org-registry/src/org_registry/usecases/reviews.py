"""The yearly review of an account's delegates (B-08): opened by a job, answered by owner or signatory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import contracts.org_registry as told
from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.transaction import Tx
from org_registry.domain.access import HOLDERS, Membership, RemovalReason, Role, local_date
from org_registry.domain.errors import AccountNotFound, MembershipNotFound
from org_registry.domain.reviews import (
    REMIND_AFTER,
    REVIEW_EVERY,
    ReviewAnswerUnclear,
    ReviewNotOpen,
    ReviewNotYours,
)
from org_registry.domain.suspensions import GrantSuspended
from org_registry.store import accounts, memberships, reviews
from org_registry.usecases.memberships import end
from org_registry.usecases.naming import names_of
from org_registry.usecases.vault import NumberVault

log = logger(__name__)
SWEEP = 100
NOTE = "yearly review"


@dataclass(frozen=True, kw_only=True)
class AnswerReview:
    """Whose access is to stay, and whose is to end; those not named are answered later."""

    keep: tuple[UUID, ...] = ()
    remove: tuple[UUID, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """A delegate in the review. ``status``: active, expired (its last day has passed) or ended."""

    id: UUID
    person_id: UUID
    read_only: bool
    services: tuple[str, ...] | None
    ends_on: date | None
    granted_at: datetime
    granted_by: UUID | None
    invitation_id: UUID | None
    status: str
    ended_at: datetime | None
    ended_reason: RemovalReason | None
    kept: bool | None
    name: str | None = field(default=None, repr=False)
    """Only where the review is read: the answer to answers is kept with its Idempotency-Key."""


@dataclass(frozen=True, kw_only=True)
class Review:
    """Where the account stands. ``due``: there is something for the reader to answer."""

    due: bool
    opened_at: datetime | None
    next_at: datetime | None
    memberships: Sequence[Reviewed]


def open_reviews(tx: Tx) -> int:
    """Open a batch of reviews whose year has passed, and tell; returns how many."""
    opened = 0
    for account_id in reviews.due(tx, every=REVIEW_EVERY, limit=SWEEP):
        review_id = new_id()
        if not reviews.open_one(tx, review_id, account_id):
            continue
        opened += 1
        tx.emit(
            told.MembershipReviewOpenedV1(review_id=review_id, account_id=account_id, opened_at=tx.now),
            aggregate_id=review_id,
            version=1,
        )
        log.info("membership-review-opened", review_id=str(review_id), account_id=str(account_id))
    return opened


def remind_of_reviews(tx: Tx) -> int:
    """Tell once more of a batch of reviews that nobody has finished; returns how many."""
    reviews.close_finished(tx)
    late = reviews.to_remind(tx, after=REMIND_AFTER, limit=SWEEP)
    for row in late:
        tx.emit(
            told.MembershipReviewRemindedV1(review_id=row.id, account_id=row.account_id, reminded_at=tx.now),
            aggregate_id=row.id,
            version=2,
        )
    return len(late)


def get_review(tx: Tx, vault: NumberVault) -> Review:
    """The review as the principal sees it: a delegate sees his own branch, and has nothing to answer (D1)."""
    account_id, mine = _acting(tx)
    holder = mine.role in HOLDERS
    below = None if holder else memberships.ids_below(tx, mine.membership_id)
    return _review(tx, account_id, below=below, vault=vault)


def answer_review(tx: Tx, cmd: AnswerReview) -> Review:
    """Keep and end what the answers say, all in this transaction or nothing; the last answer closes the review.

    Raises ``ReviewNotYours``, ``ReviewNotOpen``, ``ReviewAnswerUnclear`` or ``MembershipNotFound``.
    """
    account_id, mine = _acting(tx)
    if mine.role not in HOLDERS:
        raise ReviewNotYours
    named = (*cmd.keep, *cmd.remove)
    if not named or len(set(named)) != len(named):
        raise ReviewAnswerUnclear
    account = accounts.lock(tx, account_id)
    person_id = tx.principal.person_id if tx.principal else None
    actor = memberships.of_person(tx, account_id, person_id) if account and person_id else None
    if actor is None or actor.role not in HOLDERS or not actor.is_active(local_date(tx.now)):
        raise ReviewNotYours  # the right went between the gateway's check and our lock (C7)
    review = reviews.is_open(tx, account_id)
    if review is None:
        raise ReviewNotOpen
    _check_known(tx, account_id, cmd)
    tx.note(subject_id=review.id, about_person_id=None)  # each removal has a record of its own
    for member in _members(tx, account_id, cmd.remove):
        end(tx, member, RemovalReason.REMOVED, by=actor.person_id, note=NOTE)
    reviews.answer(tx, review.id, cmd.keep, keep=True, by=actor.person_id)
    reviews.answer(tx, review.id, cmd.remove, keep=False, by=actor.person_id)
    reviews.close_finished(tx, account_id=account_id, by=actor.person_id)
    log.info(
        "membership-review-answered",
        review_id=str(review.id),
        by=str(actor.person_id),
        kept=len(cmd.keep),
        removed=len(cmd.remove),
    )
    return _review(tx, account_id, below=None)


def _check_known(tx: Tx, account_id: UUID, cmd: AnswerReview) -> None:
    # Whom somebody else has removed meanwhile may be named for removal, and not for keeping.
    present = {member.id for member in _members(tx, account_id, cmd.keep)}
    known = memberships.known(tx, account_id, cmd.remove)
    holders = {member.id for member in memberships.of_account(tx, account_id) if member.role in HOLDERS}
    if present != set(cmd.keep) or known != set(cmd.remove) or holders & set(cmd.remove):
        raise MembershipNotFound


def _members(tx: Tx, account_id: UUID, ids: Sequence[UUID]) -> list[Membership]:
    wanted = set(ids)
    return [
        member
        for member in memberships.of_account(tx, account_id)
        if member.id in wanted and member.role is Role.DELEGATE
    ]


def _acting(tx: Tx) -> tuple[UUID, Any]:
    principal = tx.principal
    if principal is None or principal.account_id is None or principal.person_id is None:
        raise AccountNotFound
    mine = accounts.one_of_person(tx, principal.person_id, principal.account_id)
    if mine is None:
        raise AccountNotFound
    if mine.suspended_at is not None:
        raise GrantSuspended
    return principal.account_id, mine


def _review(tx: Tx, account_id: UUID, *, below: Sequence[UUID] | None, vault: NumberVault | None = None) -> Review:
    review = reviews.is_open(tx, account_id)
    since = reviews.last_closed(tx, account_id) or tx.now - REVIEW_EVERY
    base = reviews.base_of(tx, account_id)
    rows = reviews.listed(tx, account_id, review_id=review.id if review else None, since=since, below=below)
    names = names_of(tx, vault, (row.person_id for row in rows)) if vault else {}
    return Review(
        due=review is not None and below is None,
        opened_at=review.opened_at if review else None,
        next_at=None if review is not None or base is None else base + REVIEW_EVERY,
        memberships=[_reviewed(row, names.get(row.person_id)) for row in rows],
    )


def _reviewed(row: Any, name: str | None) -> Reviewed:
    ended = row.removed_at is not None
    status = "active" if row.active else "ended" if ended and row.removal_reason != RemovalReason.EXPIRED else "expired"
    return Reviewed(
        id=row.id,
        person_id=row.person_id,
        read_only=row.read_only,
        services=row.services,
        ends_on=row.ends_on,
        granted_at=row.granted_at,
        granted_by=row.granted_by,
        invitation_id=row.invitation_id,
        status=status,
        ended_at=row.removed_at,
        ended_reason=row.removal_reason,
        kept=row.keep,
        name=name,
    )

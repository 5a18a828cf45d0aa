"""Yearly reviews of an account's delegates, and the answers (B-08)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Row,
    Table,
    Uuid,
    and_,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from chassis.transaction import Tx
from org_registry.domain.access import AccountStatus, Role
from org_registry.store.accounts import active
from org_registry.store.tables import METADATA, accounts, memberships

INSTANT = DateTime(timezone=True)

reviews = Table(
    "membership_review",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("opened_at", INSTANT, nullable=False),
    Column("reminded_at", INSTANT),
    Column("closed_at", INSTANT),
    Column("closed_by", Uuid),
)
answers = Table(
    "membership_review_answer",
    METADATA,
    Column("review_id", Uuid, primary_key=True),
    Column("membership_id", Uuid, primary_key=True),
    Column("keep", Boolean, nullable=False),
    Column("answered_by", Uuid, nullable=False),
    Column("answered_at", INSTANT, nullable=False),
)


def _base(account_id: Any) -> ColumnElement[datetime]:
    """Since when an account's delegates have not been gone through; NULL where it has none."""
    let_in = (
        select(func.min(memberships.c.granted_at))
        .where(memberships.c.account_id == account_id, memberships.c.role == Role.DELEGATE, active())
        .scalar_subquery()
    )
    last = select(func.max(reviews.c.closed_at)).where(reviews.c.account_id == account_id).scalar_subquery()
    return func.greatest(let_in, func.coalesce(last, let_in))


def due(tx: Tx, *, every: timedelta, limit: int) -> Sequence[UUID]:
    """Open accounts with delegates whose last review is ``every`` old, and that have none open."""
    base = _base(accounts.c.id)
    return tx.session.scalars(
        select(accounts.c.id)
        .where(
            accounts.c.status == AccountStatus.OPEN,
            accounts.c.suspended_at.is_(None),
            ~exists().where(reviews.c.account_id == accounts.c.id, reviews.c.closed_at.is_(None)),
            # First what an index can answer: somebody who was let in so long ago.
            exists().where(
                memberships.c.account_id == accounts.c.id,
                memberships.c.role == Role.DELEGATE,
                memberships.c.granted_at <= func.now() - every,
                active(),
            ),
            base <= func.now() - every,
        )
        .order_by(accounts.c.id)
        .limit(limit)
    ).all()


def base_of(tx: Tx, account_id: UUID) -> datetime | None:
    """Since when the account's delegates have not been gone through; None where it has none."""
    found: datetime | None = tx.session.execute(select(_base(account_id))).scalar_one_or_none()
    return found


def open_one(tx: Tx, review_id: UUID, account_id: UUID) -> bool:
    """Open a review; False where one is open."""
    made = tx.session.execute(
        insert(reviews)
        .values(id=review_id, account_id=account_id, opened_at=tx.now)
        .on_conflict_do_nothing(index_elements=[reviews.c.account_id], index_where=text("closed_at IS NULL"))
        .returning(reviews.c.id)
    )
    return made.scalar_one_or_none() is not None


def is_open(tx: Tx, account_id: UUID) -> Row[Any] | None:
    """The account's open review."""
    return tx.session.execute(
        select(*reviews.c).where(reviews.c.account_id == account_id, reviews.c.closed_at.is_(None))
    ).one_or_none()


def last_closed(tx: Tx, account_id: UUID) -> datetime | None:
    """When the latest finished review was finished."""
    found: datetime | None = tx.session.execute(
        select(func.max(reviews.c.closed_at)).where(reviews.c.account_id == account_id)
    ).scalar_one_or_none()
    return found


def to_remind(tx: Tx, *, after: timedelta, limit: int) -> Sequence[Any]:
    """Open reviews of which nobody has been reminded, locked, and marked as reminded."""
    picked = (
        select(reviews.c.id)
        .where(
            reviews.c.closed_at.is_(None), reviews.c.reminded_at.is_(None), reviews.c.opened_at <= func.now() - after
        )
        .order_by(reviews.c.opened_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return tx.session.execute(
        update(reviews).where(reviews.c.id.in_(picked)).values(reminded_at=func.now()).returning(*reviews.c)
    ).all()


def answer(tx: Tx, review_id: UUID, membership_ids: Iterable[UUID], *, keep: bool, by: UUID) -> None:
    """Note an answer; the newest counts."""
    rows = [
        {"review_id": review_id, "membership_id": one, "keep": keep, "answered_by": by, "answered_at": tx.now}
        for one in membership_ids
    ]
    if not rows:
        return
    statement = insert(answers).values(rows)
    tx.session.execute(
        statement.on_conflict_do_update(
            constraint="pk_membership_review_answer",
            set_={name: statement.excluded[name] for name in ("keep", "answered_by", "answered_at")},
        )
    )


def _unanswered() -> ColumnElement[bool]:
    return exists().where(
        memberships.c.account_id == reviews.c.account_id,
        memberships.c.role == Role.DELEGATE,
        memberships.c.granted_at <= reviews.c.opened_at,
        active(),
        ~exists().where(answers.c.review_id == reviews.c.id, answers.c.membership_id == memberships.c.id),
    )


def close_finished(tx: Tx, *, account_id: UUID | None = None, by: UUID | None = None) -> int:
    """Close open reviews in which nobody is left to answer about; returns how many."""
    mine = reviews.c.account_id == account_id if account_id is not None else text("true")
    gone = tx.session.execute(
        update(reviews)
        .where(reviews.c.closed_at.is_(None), mine, ~_unanswered())
        .values(closed_at=func.now(), closed_by=by)
        .returning(reviews.c.id)
    )
    return len(gone.all())


def listed(
    tx: Tx, account_id: UUID, *, review_id: UUID | None, since: datetime, below: Sequence[UUID] | None
) -> Sequence[Any]:
    """The delegates now, and those whose access has ended after ``since``, oldest first, with their answers."""
    query = (
        select(*memberships.c, active().label("active"), answers.c.keep)
        .outerjoin(answers, and_(answers.c.membership_id == memberships.c.id, answers.c.review_id == review_id))
        .where(
            memberships.c.account_id == account_id,
            memberships.c.role == Role.DELEGATE,
            or_(memberships.c.removed_at.is_(None), memberships.c.removed_at > since),
        )
        .order_by(memberships.c.granted_at, memberships.c.id)
    )
    if below is not None:
        query = query.where(memberships.c.id.in_(below))
    return tx.session.execute(query).all()

"""Memberships: the one truth about who may act for which account."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from chassis.transaction import Tx
from org_registry.domain.access import Membership, Role
from org_registry.store.accounts import LOCAL_TODAY, active
from org_registry.store.tables import memberships, refusals


def add(tx: Tx, membership: Membership) -> None:
    """Keep a new membership."""
    tx.session.add(membership)
    tx.session.flush()  # the unique indexes speak here


def of_person(tx: Tx, account_id: UUID, person_id: UUID) -> Membership | None:
    """The person's membership of the account that has not been ended (its last day may have passed)."""
    return tx.session.scalars(
        select(Membership)
        .where(
            memberships.c.account_id == account_id,
            memberships.c.person_id == person_id,
            memberships.c.removed_at.is_(None),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()


def get(tx: Tx, account_id: UUID, membership_id: UUID) -> Membership | None:
    """A membership of this account that has not been ended."""
    return tx.session.scalars(
        select(Membership)
        .where(
            memberships.c.id == membership_id,
            memberships.c.account_id == account_id,
            memberships.c.removed_at.is_(None),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()


def of_account(tx: Tx, account_id: UUID) -> Sequence[Membership]:
    """All that have not been ended."""
    return tx.session.scalars(
        select(Membership)
        .where(memberships.c.account_id == account_id, memberships.c.removed_at.is_(None))
        .order_by(memberships.c.granted_at, memberships.c.id)
        .execution_options(populate_existing=True)
    ).all()


def count_signatories(tx: Tx, account_id: UUID) -> int:
    """How many signatories the account has."""
    return tx.session.execute(
        select(func.count()).where(
            memberships.c.account_id == account_id,
            memberships.c.removed_at.is_(None),
            memberships.c.role == Role.SIGNATORY,
        )
    ).scalar_one()


def invitation_used(tx: Tx, invitation_id: UUID) -> bool:
    """Whether the invitation has given a membership, ended or not."""
    return (
        tx.session.execute(
            select(memberships.c.id).where(memberships.c.invitation_id == invitation_id)
        ).scalar_one_or_none()
        is not None
    )


def is_below(tx: Tx, membership_id: UUID, ancestor_id: UUID) -> bool:
    """Whether the first was invited by the second, or by somebody below it; ended links still count (D1, D6)."""
    above = (
        select(memberships.c.parent_id.label("id"))
        .where(memberships.c.id == membership_id)
        .cte("above", recursive=True)
    )
    above = above.union(select(memberships.c.parent_id).join(above, memberships.c.id == above.c.id))
    return tx.session.execute(select(above.c.id).where(above.c.id == ancestor_id)).scalar_one_or_none() is not None


def known(tx: Tx, account_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Which of the ids are memberships of this account, ended ones too."""
    return set(
        tx.session.scalars(
            select(memberships.c.id).where(memberships.c.account_id == account_id, memberships.c.id.in_(ids))
        )
    )


def ids_below(tx: Tx, membership_id: UUID) -> Sequence[UUID]:
    """All that the membership has let in, and they in turn; ended ones too (D1)."""
    branch = select(memberships.c.id).where(memberships.c.parent_id == membership_id).cte("branch", recursive=True)
    branch = branch.union(select(memberships.c.id).join(branch, memberships.c.parent_id == branch.c.id))
    return tx.session.scalars(select(branch.c.id)).all()


def count_below(tx: Tx, membership_id: UUID) -> int:
    """How many are members now whom this one has let in, or they in turn."""
    branch = select(memberships.c.id).where(memberships.c.parent_id == membership_id).cte("branch", recursive=True)
    branch = branch.union(select(memberships.c.id).join(branch, memberships.c.parent_id == branch.c.id))
    return tx.session.execute(
        select(func.count()).where(memberships.c.id.in_(select(branch.c.id)), active())
    ).scalar_one()


def refusal(tx: Tx, invitation_id: UUID) -> str | None:
    """Why the invitation was refused, if it was."""
    return tx.session.execute(
        select(refusals.c.reason).where(refusals.c.invitation_id == invitation_id)
    ).scalar_one_or_none()


def add_refusal(tx: Tx, invitation_id: UUID, reason: str) -> None:
    """Note that an approved invitation gives nothing, now and for ever."""
    tx.session.execute(insert(refusals).values(invitation_id=invitation_id, reason=reason, refused_at=tx.now))


def page(tx: Tx, account_id: UUID, *, below: UUID | None, limit: int, offset: int) -> tuple[Sequence[Any], int]:
    """The account's members now, oldest first, with the number of all; ``below`` keeps to one branch (D1)."""
    query = select(*memberships.c, func.count().over().label("total")).where(
        memberships.c.account_id == account_id, active()
    )
    if below is not None:
        branch = (
            select(memberships.c.id)
            .where(memberships.c.parent_id == below, memberships.c.account_id == account_id)
            .cte("branch", recursive=True)
        )
        branch = branch.union(select(memberships.c.id).join(branch, memberships.c.parent_id == branch.c.id))
        query = query.where(memberships.c.id.in_(select(branch.c.id)))
    rows = tx.session.execute(
        query.order_by(memberships.c.granted_at, memberships.c.id).limit(limit).offset(offset)
    ).all()
    return rows, rows[0].total if rows else 0


def past_their_end(tx: Tx, *, limit: int) -> Sequence[Membership]:
    """Memberships whose last day has passed, locked; those that somebody else is at are left to him."""
    return tx.session.scalars(
        select(Membership)
        .where(memberships.c.removed_at.is_(None), memberships.c.ends_on < LOCAL_TODAY)
        .order_by(memberships.c.ends_on)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()

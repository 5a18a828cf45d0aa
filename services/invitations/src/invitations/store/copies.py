"""Our copy of accounts and memberships, kept by org-registry's events.

Each fact is one row under its own id; the newest version of a grant wins and an end is final, so the rows do not depend
on the order in which the events arrive, nor on how often.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.transaction import Tx
from invitations.domain import Grant, Member, Role
from invitations.store.tables import account, invitation, membership


def put_account(tx: Tx, account_id: UUID, opened_at: datetime, display_name: str) -> None:
    """Note an account that has opened."""
    tx.session.execute(
        insert(account)
        .values(account_id=account_id, opened_at=opened_at, display_name=display_name)
        .on_conflict_do_nothing()
    )


def is_open(tx: Tx, account_id: UUID) -> bool:
    """Whether we have been told that the account is open."""
    return (
        tx.session.execute(select(account.c.account_id).where(account.c.account_id == account_id)).first() is not None
    )


def account_name(tx: Tx, account_id: UUID) -> str | None:
    """What the account is called; None where we were told of it before names were kept."""
    return tx.session.execute(
        select(account.c.display_name).where(account.c.account_id == account_id)
    ).scalar_one_or_none()


def put_member(tx: Tx, member: Member, *, invitation_id: UUID | None, version: int) -> None:
    """Note the whole state of a membership, unless we know a newer one."""
    values = {
        "membership_id": member.membership_id,
        "account_id": member.account_id,
        "person_id": member.person_id,
        "role": member.role.value,
        "read_only": member.held.read_only,
        "services": None if member.held.services is None else sorted(member.held.services),
        "ends_on": member.held.ends_on,
        "invitation_id": invitation_id,
        "version": version,
    }
    statement = insert(membership).values(**values)
    tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["membership_id"],
            set_={name: statement.excluded[name] for name in values if name != "membership_id"},
            where=membership.c.version < statement.excluded.version,
        )
    )


def put_removal(
    tx: Tx, membership_id: UUID, account_id: UUID, person_id: UUID, role: Role, removed_at: datetime
) -> None:
    """Note that a membership has ended, also one of which we have not heard yet. It never comes back."""
    statement = insert(membership).values(
        membership_id=membership_id, account_id=account_id, person_id=person_id, role=role.value, removed_at=removed_at
    )
    tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["membership_id"],
            set_={"removed_at": func.coalesce(membership.c.removed_at, statement.excluded.removed_at)},
        )
    )


def lock_member(tx: Tx, membership_id: UUID) -> Member | None:
    """The membership, held still: it cannot end before this transaction has (C7). None: we have not been told of it."""
    row = tx.session.execute(
        select(membership).where(membership.c.membership_id == membership_id).with_for_update(read=True)
    ).one_or_none()
    return _member(row) if row else None


def lock_members(
    tx: Tx, account_id: UUID, *, membership_id: UUID, person_id: UUID | None
) -> tuple[Member | None, list[Member]]:
    """The membership with this id, and all that the person has had in the account; held still, in one statement."""
    wanted: Collection[Any] = [membership.c.membership_id == membership_id]
    if person_id is not None:
        wanted = [*wanted, membership.c.person_id == person_id]
    rows = tx.session.execute(
        select(membership)
        .where(membership.c.account_id == account_id, or_(*wanted))
        .order_by(membership.c.membership_id)
        .with_for_update(read=True)
    ).all()
    members = [_member(row) for row in rows]
    one = next((member for member in members if member.membership_id == membership_id), None)
    return one, [member for member in members if member.person_id == person_id]


def forget_name_of_removed(tx: Tx, membership_id: UUID) -> None:
    """Erase the name of a person who was let in and is out again: nobody has to judge whom to approve any more."""
    tx.session.execute(
        update(invitation)
        .where(
            invitation.c.id == membership.c.invitation_id,
            membership.c.membership_id == membership_id,
            membership.c.removed_at.is_not(None),
            invitation.c.status == "approved",
        )
        .values(acceptor_name_sealed=None, acceptor_birth_year=None)
    )


def hide_name(tx: Tx, person_id: UUID) -> None:
    """Erase the kept name of a person wherever it is, and keep the year: it says that there was a name."""
    tx.session.execute(
        update(invitation)
        .where(invitation.c.acceptor_id == person_id, invitation.c.acceptor_name_sealed.is_not(None))
        .values(acceptor_name_sealed=None)
    )


def _member(row: Row[Any]) -> Member:
    return Member(
        membership_id=row.membership_id,
        account_id=row.account_id,
        person_id=row.person_id,
        role=Role(row.role),
        held=Grant(
            read_only=row.read_only,
            services=None if row.services is None else frozenset(row.services),
            ends_on=row.ends_on,
        ),
        removed=row.removed_at is not None,
    )

"""Consents to customer service's view, the views, and finding a customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Integer, String, Table, Uuid, func, or_, select
from sqlalchemy.orm import registry

from chassis.transaction import Tx
from org_registry.domain.access import AccountStatus
from org_registry.domain.support import SupportAccess, SupportView
from org_registry.store.accounts import active
from org_registry.store.tables import METADATA, accounts, customers, memberships, organisations

INSTANT = DateTime(timezone=True)
MOST_FOUND = 50

accesses = Table(
    "support_access",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("granted_by", Uuid, nullable=False),
    Column("granted_at", INSTANT, nullable=False),
    Column("until", INSTANT, nullable=False),
    Column("ended_at", INSTANT),
    Column("ended_by", Uuid),
    Column("version", Integer, nullable=False),
)
views = Table(
    "support_view",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("access_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("staff_person_id", Uuid, nullable=False),
    Column("staff_name", String(200), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("opened_at", INSTANT, nullable=False),
    Column("until", INSTANT, nullable=False),
)

_mapping = registry()
_mapping.map_imperatively(SupportAccess, accesses, version_id_col=accesses.c.version, version_id_generator=False)
_mapping.map_imperatively(SupportView, views)


def add(tx: Tx, made: SupportAccess | SupportView) -> None:
    """Keep a consent or a view."""
    tx.session.add(made)
    tx.session.flush()


def standing(tx: Tx, account_id: UUID) -> SupportAccess | None:
    """The account's consent that nobody has ended, locked; its time may have run out."""
    return tx.session.scalars(
        select(SupportAccess)
        .where(accesses.c.account_id == account_id, accesses.c.ended_at.is_(None))
        .with_for_update(key_share=True)
    ).one_or_none()


def get(tx: Tx, account_id: UUID, access_id: UUID) -> SupportAccess | None:
    """A consent of this account, locked."""
    return tx.session.scalars(
        select(SupportAccess)
        .where(accesses.c.id == access_id, accesses.c.account_id == account_id)
        .with_for_update(key_share=True)
    ).one_or_none()


def page(tx: Tx, account_id: UUID, *, limit: int, offset: int) -> tuple[Sequence[Any], int]:
    """The account's consents, newest first, with the number of all."""
    rows = tx.session.execute(
        select(*accesses.c, func.count().over().label("total"))
        .where(accesses.c.account_id == account_id)
        .order_by(accesses.c.granted_at.desc(), accesses.c.id)
        .limit(limit)
        .offset(offset)
    ).all()
    return rows, rows[0].total if rows else 0


def views_of(tx: Tx, access_ids: Sequence[UUID]) -> Sequence[Any]:
    """Who has looked under these consents, oldest first."""
    return tx.session.execute(
        select(views.c.access_id, views.c.opened_at, views.c.staff_name, views.c.reason)
        .where(views.c.access_id.in_(access_ids))
        .order_by(views.c.opened_at, views.c.id)
    ).all()


def open_view(tx: Tx, staff_person_id: UUID, account_id: UUID) -> Any:
    """The view that this member of staff has of the account now: the consent and the hour both last (FK9)."""
    now = func.clock_timestamp()
    return tx.session.execute(
        select(views.c.id, views.c.account_id, accounts.c.kind, accounts.c.display_name, accounts.c.opened_at)
        .join(accesses, accesses.c.id == views.c.access_id)
        .join(accounts, accounts.c.id == views.c.account_id)
        .where(
            views.c.staff_person_id == staff_person_id,
            views.c.account_id == account_id,
            views.c.until > now,
            accesses.c.ended_at.is_(None),
            accesses.c.until > now,
            accounts.c.status == AccountStatus.OPEN,
        )
        .order_by(views.c.opened_at.desc())
        .limit(1)
    ).one_or_none()


def find_accounts(
    tx: Tx, *, customer_number: str | None, organisation_index: bytes | None, person_id: UUID | None, now: datetime
) -> Sequence[Any]:
    """Accounts of a customer number, an organisation or a person, with what is needed to go on."""
    conditions = []
    if customer_number is not None:
        conditions.append(
            accounts.c.id.in_(select(customers.c.account_id).where(customers.c.customer_number == customer_number))
        )
    if organisation_index is not None:
        conditions.append(
            accounts.c.organisation_id.in_(
                select(organisations.c.id).where(organisations.c.number_index == organisation_index)
            )
        )
    if person_id is not None:
        mine = select(memberships.c.account_id).where(memberships.c.person_id == person_id, active())
        conditions.append(accounts.c.id.in_(mine))
    numbers = (
        select(func.array_agg(customers.c.customer_number))
        .where(customers.c.account_id == accounts.c.id)
        .correlate(accounts)
        .scalar_subquery()
    )
    consent = (
        select(accesses.c.until)
        .where(accesses.c.account_id == accounts.c.id, accesses.c.ended_at.is_(None), accesses.c.until > now)
        .correlate(accounts)
        .scalar_subquery()
    )
    return tx.session.execute(
        select(
            accounts.c.id.label("account_id"),
            accounts.c.kind,
            accounts.c.display_name.label("name"),
            numbers.label("customer_numbers"),
            consent.label("support_access_until"),
        )
        .where(or_(*conditions), accounts.c.status == AccountStatus.OPEN)
        .order_by(accounts.c.display_name, accounts.c.id)
        .limit(MOST_FOUND)
    ).all()


__all__ = ["add", "find_accounts", "get", "open_view", "page", "standing", "views_of"]

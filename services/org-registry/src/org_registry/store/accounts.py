"""Accounts, and what a person can choose among."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, cast, exists, func, or_, select

from chassis.transaction import Tx
from org_registry.domain.access import Account, AccountStatus
from org_registry.store.tables import accounts, agreements, customers, memberships

LOCAL_TODAY = cast(func.timezone("Europe/Stockholm", func.now()), Date)
"""The Swedish date by the database's clock."""


def active() -> ColumnElement[bool]:
    """A membership that gives access now."""
    return and_(
        memberships.c.removed_at.is_(None),
        or_(memberships.c.ends_on.is_(None), memberships.c.ends_on >= LOCAL_TODAY),
    )


def add(tx: Tx, account: Account) -> None:
    """Keep a new account."""
    tx.session.add(account)
    tx.session.flush()  # its constraints speak here, and what refers to it can follow


def lock(tx: Tx, account_id: UUID) -> Account | None:
    """The account, locked: everything that decides about its memberships happens one at a time."""
    return _locked(tx, accounts.c.id == account_id)


def of_customer(tx: Tx, customer_number: str) -> Account | None:
    """The private account of a customer number, locked."""
    return _locked(tx, accounts.c.customer_number == customer_number)


def of_organisation(tx: Tx, organisation_id: UUID) -> Account | None:
    """The organisation's account, locked."""
    return _locked(tx, accounts.c.organisation_id == organisation_id)


def _locked(tx: Tx, condition: ColumnElement[bool]) -> Account | None:
    return tx.session.scalars(
        select(Account).where(condition).with_for_update(key_share=True).execution_options(populate_existing=True)
    ).one_or_none()


def open_id_of_organisation(tx: Tx, organisation_id: UUID) -> UUID | None:
    """The id of the organisation's account, if it is open."""
    return tx.session.execute(
        select(accounts.c.id).where(
            accounts.c.organisation_id == organisation_id, accounts.c.status == AccountStatus.OPEN
        )
    ).scalar_one_or_none()


IN_FORCE = and_(
    agreements.c.started_version > 0,
    or_(
        agreements.c.ends_on.is_(None),
        agreements.c.ends_on >= LOCAL_TODAY,
        agreements.c.ended_version < agreements.c.started_version,
    ),
)
"""An agreement that has started and not ended."""
ACTIVE_AGREEMENT = exists().where(
    customers.c.account_id == accounts.c.id,
    agreements.c.customer_number == customers.c.customer_number,
    IN_FORCE,
)

_CHOICE = (
    accounts.c.id,
    accounts.c.kind,
    accounts.c.display_name,
    accounts.c.opened_at,
    accounts.c.suspended_at,
    accounts.c.suspension_reason,
    memberships.c.id.label("membership_id"),
    memberships.c.role,
    memberships.c.read_only,
    memberships.c.services,
)


def of_person(tx: Tx, person_id: UUID) -> Sequence[Any]:
    """Every account that the person may act for now, private ones first (T20); suspended ones too, to say so (B12)."""
    return tx.session.execute(
        select(*_CHOICE, ACTIVE_AGREEMENT.label("has_services"))
        .join(accounts, accounts.c.id == memberships.c.account_id)
        .where(memberships.c.person_id == person_id, accounts.c.status == AccountStatus.OPEN, active())
        .order_by(accounts.c.kind.desc(), accounts.c.display_name, accounts.c.id)
    ).all()


def one_of_person(tx: Tx, person_id: UUID, account_id: UUID) -> Any:
    """One account and the person's membership of it: one statement by ``uq_membership_active``."""
    return tx.session.execute(
        select(*_CHOICE)
        .join(accounts, accounts.c.id == memberships.c.account_id)
        .where(
            memberships.c.account_id == account_id,
            memberships.c.person_id == person_id,
            accounts.c.status == AccountStatus.OPEN,
            active(),
        )
    ).one_or_none()

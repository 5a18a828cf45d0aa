"""Where the private accounts are: the street of the newest agreement in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from chassis.transaction import Tx
from org_registry.domain.access import AccountKind
from org_registry.store.accounts import IN_FORCE, LOCAL_TODAY
from org_registry.store.tables import accounts, agreements, customers, names


def of_accounts(tx: Tx, account_ids: Sequence[UUID]) -> Sequence[Any]:
    """One row for each private account whose place is known: the sealed street, and whether its person is protected.

    An agreement that has begun goes before one that begins later.
    """
    person = customers.alias("person")
    protected = or_(
        exists().where(person.c.person_id == customers.c.person_id, person.c.protected_identity),
        exists().where(names.c.person_id == customers.c.person_id, names.c.protected_identity),
    )
    return tx.session.execute(
        select(
            accounts.c.id,
            agreements.c.customer_number,
            agreements.c.agreement_number,
            agreements.c.street_sealed,
            protected.label("protected"),
        )
        .join(
            customers,
            (customers.c.customer_number == accounts.c.customer_number) & (customers.c.account_id == accounts.c.id),
        )
        .join(agreements, agreements.c.customer_number == customers.c.customer_number)
        .where(
            accounts.c.id.in_(account_ids),
            accounts.c.kind == AccountKind.PRIVATE,
            IN_FORCE,
            agreements.c.street_sealed.is_not(None),
        )
        .ext(distinct_on(accounts.c.id))
        .order_by(
            accounts.c.id,
            (agreements.c.starts_on <= LOCAL_TODAY).desc(),
            agreements.c.starts_on.desc(),
            agreements.c.agreement_number,
        )
    ).all()


def streets_of(tx: Tx, person_id: UUID, account_ids: Sequence[UUID]) -> Sequence[Any]:
    """Every street that is kept of a person, sealed, with its agreement (B-21)."""
    mine = or_(customers.c.person_id == person_id, customers.c.account_id.in_(account_ids))
    return tx.session.execute(
        select(agreements.c.customer_number, agreements.c.agreement_number, agreements.c.street_sealed)
        .join(customers, customers.c.customer_number == agreements.c.customer_number)
        .where(mine, agreements.c.street_sealed.is_not(None))
        .order_by(agreements.c.agreement_number, agreements.c.customer_number)
    ).all()

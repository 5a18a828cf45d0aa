"""What other systems tell: accounts, links, agreements. The newest version wins, in whatever order they come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from billing.store.tables import account, account_link, agreement, invoice
from chassis.transaction import Tx


def lock(tx: Tx, *keys: str) -> None:
    """Take advisory locks until the commit: of two facts that meet, the second one sees the first.

    A payment and its invoice meet, an account and its link. Callers lock accounts, then customers, then references.
    """
    for key in keys:
        tx.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


def put_account(tx: Tx, account_id: UUID, opened_at: datetime) -> None:
    """Note that the account can be chosen at login."""
    tx.session.execute(insert(account).values(account_id=account_id, opened_at=opened_at).on_conflict_do_nothing())


def customers_of(tx: Tx, account_id: UUID) -> list[str]:
    """The customer numbers of an account, sorted."""
    return list(
        tx.session.scalars(
            select(account_link.c.customer_number)
            .where(account_link.c.account_id == account_id)
            .order_by(account_link.c.customer_number)
        )
    )


def put_link(tx: Tx, customer_number: str, account_id: UUID | None, version: int) -> None:
    """Note whose customer number it is (None: nobody's), and give the account its invoices; the newest version wins."""
    statement = insert(account_link).values(customer_number=customer_number, account_id=account_id, version=version)
    tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["customer_number"],
            set_={"account_id": statement.excluded.account_id, "version": statement.excluded.version},
            where=account_link.c.version < statement.excluded.version,
        )
    )
    tx.session.execute(
        update(invoice)
        .where(
            invoice.c.customer_number == account_link.c.customer_number,
            account_link.c.customer_number == customer_number,
            invoice.c.account_id.is_distinct_from(account_link.c.account_id),
        )
        .values(account_id=account_link.c.account_id)
    )


def account_of(tx: Tx, customer_number: str) -> UUID | None:
    """Whose customer number it is, as far as is known."""
    return tx.session.execute(
        select(account_link.c.account_id).where(account_link.c.customer_number == customer_number)
    ).scalar()


def put_agreement(tx: Tx, values: dict[str, Any], version: int) -> None:
    """Note an agreement's start."""
    statement = insert(agreement).values(**values, started_version=version)
    names = [name for name in values if name != "agreement_number"] + ["started_version"]
    tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["agreement_number"],
            set_={name: statement.excluded[name] for name in names},
            where=agreement.c.started_version < statement.excluded.started_version,
        )
    )


def put_end(tx: Tx, agreement_number: str, customer_number: str, ends_on: date, version: int) -> None:
    """Note an agreement's last day, also of an agreement whose start is still to come."""
    statement = insert(agreement).values(
        agreement_number=agreement_number, customer_number=customer_number, ends_on=ends_on, ended_version=version
    )
    tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["agreement_number"],
            set_={"ends_on": statement.excluded.ends_on, "ended_version": statement.excluded.ended_version},
            where=agreement.c.ended_version < statement.excluded.ended_version,
        )
    )


def agreements_page(
    tx: Tx, account_id: UUID, areas: Iterable[str] | None, *, limit: int, offset: int
) -> tuple[list[Any], int]:
    """The account's agreements, newest first, and how many there are."""
    query = (
        select(agreement, func.count().over().label("total"))
        .join(account_link, account_link.c.customer_number == agreement.c.customer_number)
        .where(account_link.c.account_id == account_id, agreement.c.started_version > 0)
        .order_by(agreement.c.starts_on.desc(), agreement.c.agreement_number)
    )
    if areas is not None:
        query = query.where(agreement.c.service_area.in_(areas))
    rows = list(tx.session.execute(query.limit(limit).offset(offset)).all())
    if not rows and offset:
        first = tx.session.execute(query.limit(1)).first()
        return [], first.total if first else 0
    return rows, rows[0].total if rows else 0

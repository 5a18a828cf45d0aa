"""What the billing system and identity have told about customers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.transaction import Tx
from org_registry.store.tables import agreements, corrections, customers


def lock(tx: Tx, customer_number: str) -> Row[Any]:
    """The customer, made where nobody has told of it yet, and locked.

    Of two facts that arrive at once the second sees the first. Lock order: organisation, customer, account, membership;
    always ``FOR NO KEY UPDATE``, so that a foreign key elsewhere never waits for it and closes a circle.
    """
    tx.session.execute(insert(customers).values(customer_number=customer_number).on_conflict_do_nothing())
    return tx.session.execute(_one(customer_number).with_for_update(key_share=True)).one()


def lock_known(tx: Tx, customer_number: str) -> Row[Any] | None:
    """The customer, locked; None where nobody has told of it."""
    return tx.session.execute(_one(customer_number).with_for_update(key_share=True)).one_or_none()


def get(tx: Tx, customer_number: str) -> Row[Any]:
    """The customer as it is now; locked before."""
    return tx.session.execute(_one(customer_number)).one()


def _one(customer_number: str) -> Select[Any]:
    return select(*customers.c).where(customers.c.customer_number == customer_number)


def of_organisation(tx: Tx, organisation_id: UUID) -> Sequence[Row[Any]]:
    """All customers that are this organisation, locked."""
    return tx.session.execute(
        select(*customers.c)
        .where(customers.c.organisation_id == organisation_id)
        .order_by(customers.c.customer_number)
        .with_for_update(key_share=True)
    ).all()


def set_person(tx: Tx, customer_number: str, *, person_id: UUID, protected_identity: bool, version: int) -> None:
    """The person behind the number."""
    tx.session.execute(
        update(customers)
        .where(customers.c.customer_number == customer_number)
        .values(person_id=person_id, protected_identity=protected_identity, identified_version=version)
    )


def set_organisation(tx: Tx, customer_number: str, *, organisation_id: UUID, version: int) -> None:
    """The organisation behind the number."""
    tx.session.execute(
        update(customers)
        .where(customers.c.customer_number == customer_number)
        .values(organisation_id=organisation_id, organisation_version=version)
    )


def link(tx: Tx, customer_number: str, account_id: UUID | None) -> int:
    """Join the number to an account (or to none); returns the version of the link."""
    version: int = tx.session.execute(
        update(customers)
        .where(customers.c.customer_number == customer_number)
        .values(account_id=account_id, link_version=customers.c.link_version + 1)
        .returning(customers.c.link_version)
    ).scalar_one()
    return version


def record_start(
    tx: Tx,
    agreement_number: str,
    customer_number: str,
    *,
    service_area: str,
    starts_on: date,
    version: int,
    street_sealed: bytes | None = None,
) -> None:
    """An agreement has started; an older version of the same fact changes nothing."""
    said = {
        "service_area": service_area,
        "starts_on": starts_on,
        "started_version": version,
        "street_sealed": street_sealed,
    }
    statement = insert(agreements).values(agreement_number=agreement_number, customer_number=customer_number, **said)
    tx.session.execute(
        statement.on_conflict_do_update(
            constraint="pk_agreement",
            set_=said,
            where=agreements.c.started_version < version,
        )
    )


def record_end(tx: Tx, agreement_number: str, customer_number: str, *, ends_on: date, version: int) -> None:
    """An agreement has ended; an older version of the same fact changes nothing."""
    statement = insert(agreements).values(
        agreement_number=agreement_number, customer_number=customer_number, ends_on=ends_on, ended_version=version
    )
    tx.session.execute(
        statement.on_conflict_do_update(
            constraint="pk_agreement",
            set_={"ends_on": ends_on, "ended_version": version},
            where=agreements.c.ended_version < version,
        )
    )


def has_agreement(tx: Tx, customer_number: str) -> bool:
    """Whether any agreement of the customer has started, ended or not: old invoices stay readable (T6)."""
    return bool(
        tx.session.execute(
            select(exists().where(agreements.c.customer_number == customer_number, agreements.c.started_version > 0))
        ).scalar_one()
    )


def is_awaited(tx: Tx, person_id: UUID) -> bool:
    """Whether the person is a known customer whose first agreement has not come yet (T19).

    A number that customer service says is not his (K16) is not waited for.
    """
    refused = exists().where(
        corrections.c.customer_number == customers.c.customer_number,
        corrections.c.person_id == person_id,
        corrections.c.lifted_at.is_(None),
    )
    return bool(
        tx.session.execute(
            select(exists().where(customers.c.person_id == person_id, customers.c.account_id.is_(None), ~refused))
        ).scalar_one()
    )

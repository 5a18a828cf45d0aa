"""Statements on persons, customers and terms."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.transaction import Tx
from identity.domain.persons import Person
from identity.store.tables import customer, person, terms, terms_acceptance

COLUMNS = [person.c[spec.name] for spec in fields(Person)]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms in force."""

    version: str
    text_sv: str
    text_en: str


def get(tx: Tx, person_id: UUID) -> Person | None:
    """The person."""
    return _one(tx, sa.select(*COLUMNS).where(person.c.id == person_id))


def lock(tx: Tx, person_id: UUID) -> Person | None:
    """The person, held until the commit."""
    return _one(tx, sa.select(*COLUMNS).where(person.c.id == person_id).with_for_update())


def lock_by_index(tx: Tx, index: bytes) -> Person | None:
    """The person with this blind index, held until the commit."""
    return _one(tx, sa.select(*COLUMNS).where(person.c.personal_number_index == index).with_for_update())


def get_by_index(tx: Tx, index: bytes) -> Person | None:
    """The person with this blind index."""
    return _one(tx, sa.select(*COLUMNS).where(person.c.personal_number_index == index))


def id_by_index(tx: Tx, index: bytes) -> UUID | None:
    """Who has this blind index, if anybody."""
    return tx.session.execute(
        sa.select(person.c.id).where(person.c.personal_number_index == index)
    ).scalar_one_or_none()


def _one(tx: Tx, statement: sa.Select[Any]) -> Person | None:
    row = tx.session.execute(statement).one_or_none()
    return Person(**row._mapping) if row is not None else None  # noqa: SLF001 - SQLAlchemy's public name for it


def add(tx: Tx, values: dict[str, Any]) -> bool:
    """Insert a person unless the number is known; False where it is (then ``lock_by_index`` finds the row)."""
    statement = (
        insert(person)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["personal_number_index"])
        .returning(person.c.id)
    )
    return tx.session.execute(statement).one_or_none() is not None


def change(tx: Tx, person_id: UUID, **values: Any) -> None:
    """Set columns."""
    tx.session.execute(sa.update(person).where(person.c.id == person_id).values(**values))


def register(tx: Tx, person_id: UUID, terms_version: str, locale: str) -> datetime | None:
    """Confirm the registration; None where it was confirmed before."""
    statement = (
        sa.update(person)
        .where(person.c.id == person_id, person.c.registered_at.is_(None))
        .values(registered_at=sa.func.now(), terms_version=terms_version, locale=locale)
        .returning(person.c.registered_at)
    )
    return tx.session.execute(statement).scalar_one_or_none()


def accept_terms(tx: Tx, person_id: UUID, version: str, locale: str) -> None:
    """Keep who accepted which text when."""
    tx.session.execute(sa.insert(terms_acceptance).values(person_id=person_id, version=version, locale=locale))


def next_version(tx: Tx, person_id: UUID) -> int:
    """Count the person's version up: one per event about the person."""
    statement = (
        sa.update(person)
        .where(person.c.id == person_id)
        .values(version=person.c.version + 1)
        .returning(person.c.version)
    )
    version: int = tx.session.execute(statement).scalar_one()
    return version


def current_terms(tx: Tx) -> Terms:
    """The newest terms that are in force by the database's clock."""
    statement = (
        sa.select(terms.c.version, terms.c.text_sv, terms.c.text_en)
        .where(terms.c.valid_from <= sa.func.now())
        .order_by(terms.c.valid_from.desc())
        .limit(1)
    )
    return Terms(**tx.session.execute(statement).one()._mapping)  # noqa: SLF001


def put_customer(tx: Tx, customer_number: str, person_id: UUID, *, protected_identity: bool) -> int | None:
    """Join a customer number to a person; returns the customer's new version, or None where nothing changed."""
    new = insert(customer).values(
        customer_number=customer_number, person_id=person_id, protected_identity=protected_identity, version=1
    )
    statement = new.on_conflict_do_update(
        index_elements=["customer_number"],
        set_={
            "person_id": new.excluded.person_id,
            "protected_identity": new.excluded.protected_identity,
            "version": customer.c.version + 1,
            "changed_at": sa.func.now(),
        },
        where=sa.or_(
            customer.c.person_id != new.excluded.person_id,
            customer.c.protected_identity != new.excluded.protected_identity,
        ),
    ).returning(customer.c.version)
    return tx.session.execute(statement).scalar_one_or_none()


def protect_by_register(tx: Tx, person_id: UUID) -> bool:
    """Note that the population register has the person marked; True where that is news."""
    statement = (
        sa.update(person)
        .where(person.c.id == person_id, person.c.protected_by_register_at.is_(None))
        .values(protected_by_register_at=sa.func.now())
        .returning(person.c.id)
    )
    return tx.session.execute(statement).one_or_none() is not None


def lift_by_register(tx: Tx, person_id: UUID) -> bool:
    """Take that note away; True where there was one."""
    statement = (
        sa.update(person)
        .where(person.c.id == person_id, person.c.protected_by_register_at.is_not(None))
        .values(protected_by_register_at=None)
        .returning(person.c.id)
    )
    return tx.session.execute(statement).one_or_none() is not None


def refresh_protection(tx: Tx, person_id: UUID) -> None:
    """A person is protected while any customer row says so, or since the population register has said so."""
    protected = sa.or_(
        person.c.protected_by_register_at.is_not(None),
        sa.exists().where(customer.c.person_id == person_id, customer.c.protected_identity),
    )
    tx.session.execute(sa.update(person).where(person.c.id == person_id).values(protected_identity=protected))

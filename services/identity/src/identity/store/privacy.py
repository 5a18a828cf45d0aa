"""What is kept of a person, and how it goes (B-21, J10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.privacy import rows
from chassis.transaction import Tx
from identity.store import data_requests
from identity.store.tables import (
    contact_change,
    customer,
    evidence,
    login,
    login_record,
    oidc_login,
    person,
    person_binding,
    population_register,
    session,
    sign_order,
    staff_access,
    terms_acceptance,
)

INNER = frozenset(
    {"token_hash", "pre_hash", "nonce_hash", "state_hash", "device_hash", "code_mac", "document_sha256"}
    | {"auto_start_token", "qr_start_token", "qr_start_secret", "secrets_sealed", "order_ref"}
    | {"personal_number_index", "version", "staff_person_id"}
)
"""Secrets, hashes, counters, and who of the staff it was."""


def person_of(tx: Tx, person_id: UUID) -> dict[str, Any]:
    """The row, with what is sealed still sealed; empty where the person is not here."""
    found = _rows(tx, person, person.c.id == person_id)
    return found[0] if found else {}


def customers(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """The customer numbers that the billing system has named the person by."""
    return _rows(tx, customer, customer.c.person_id == person_id)


def register_entries(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """What the population register has said, sealed."""
    return _rows(tx, population_register, population_register.c.person_id == person_id)


def terms(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """Which terms were accepted when."""
    return _rows(tx, terms_acceptance, terms_acceptance.c.person_id == person_id, hidden=INNER - {"version"})


def login_records(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """The login history."""
    return _rows(tx, login_record, login_record.c.person_id == person_id)


def sessions(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """Sessions, also those that are over."""
    return _rows(tx, session, session.c.person_id == person_id)


def attempts(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """The ways through BankID of the last day, with the address they came from."""
    shown = [
        sa.func.host(column).label(column.name) if column.name == "start_address" else column
        for column in login.c
        if column.name not in INNER
    ]
    statement = sa.select(*shown).where(login.c.person_id == person_id).order_by(login.c.created_at)
    return rows(tx.session.execute(statement))


def other_attempts(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """The ways through another e-ID of the last day."""
    return _rows(tx, oidc_login, oidc_login.c.person_id == person_id)


def evidences(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """What BankID has signed, sealed."""
    return _rows(tx, evidence, evidence.c.person_id == person_id)


def contact_changes(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """Changes of address or number of the last day, sealed."""
    return _rows(tx, contact_change, contact_change.c.person_id == person_id)


def signatures(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """What the person was asked to sign; the text is sealed."""
    return _rows(tx, sign_order, sign_order.c.person_id == person_id)


def bindings(tx: Tx, person_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Bindings that the person made, and when somebody has bound an invitation to the person; who is another's data."""
    mine = sa.select(person_binding.c.id, person_binding.c.created_at, person_binding.c.expires_at).where(
        person_binding.c.made_by == person_id
    )
    about = sa.select(person_binding.c.created_at, person_binding.c.expires_at).where(_bound_to(person_id))
    return {
        "made_by_you": rows(tx.session.execute(mine.order_by(person_binding.c.created_at))),
        "for_you": rows(tx.session.execute(about.order_by(person_binding.c.created_at))),
    }


def _bound_to(person_id: UUID) -> sa.ColumnElement[bool]:
    own = sa.select(person.c.personal_number_index).where(person.c.id == person_id)
    return person_binding.c.personal_number_index == own.scalar_subquery()


def staff_accesses(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """When staff have looked the person up, and why (sealed); who it was is another's data."""
    return _rows(tx, staff_access, staff_access.c.person_id == person_id)


HANGING = (
    *(evidence, login, sign_order, session, login_record, oidc_login),
    *(contact_change, population_register, terms_acceptance, customer),
)
"""Tables whose rows go with the person, in an order that their foreign keys allow."""


def forget(tx: Tx, person_id: UUID, request_id: UUID) -> bool:
    """Delete the person and everything that hangs on the row; True where staff's log still tells of lookups.

    The erasure itself (``request_id``) stays, as the receipt.
    """
    mine = sa.select(sign_order.c.id).where(sign_order.c.person_id == person_id)
    for table in HANGING:
        condition = table.c.person_id == person_id
        if "sign_order_id" in table.c:
            condition = sa.or_(condition, table.c.sign_order_id.in_(mine))
        tx.session.execute(sa.delete(table).where(condition))
    bound = sa.or_(person_binding.c.made_by == person_id, _bound_to(person_id))
    tx.session.execute(sa.delete(person_binding).where(bound))
    data_requests.forget_exports(tx, person_id, besides=request_id)
    about = sa.update(staff_access).where(staff_access.c.person_id == person_id).values(person_id=None)
    logged = tx.session.execute(about.returning(staff_access.c.id)).all()
    tx.session.execute(sa.delete(person).where(person.c.id == person_id))
    return bool(logged)


def has_looked_up(tx: Tx, person_id: UUID) -> bool:
    """Whether the log of staff tells of lookups by this person."""
    found = sa.select(sa.exists().where(staff_access.c.staff_person_id == person_id))
    return bool(tx.session.execute(found).scalar_one())


def forget_staff_access(tx: Tx, months: int) -> int:
    """Delete what staff did longer ago than so many calendar months."""
    limit = sa.func.now() - sa.func.make_interval(0, months)
    gone = sa.delete(staff_access).where(staff_access.c.at < limit).returning(staff_access.c.id)
    return len(tx.session.execute(gone).all())


def _rows(
    tx: Tx, table: sa.Table, condition: sa.ColumnElement[bool], *, hidden: frozenset[str] = INNER
) -> list[dict[str, Any]]:
    shown = [column for column in table.c if column.name not in hidden]
    return rows(tx.session.execute(sa.select(*shown).where(condition).order_by(*table.primary_key)))

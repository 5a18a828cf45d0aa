"""Statements on sign orders. An order ends by one ``UPDATE ... WHERE status = 'pending' RETURNING``: one winner."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.transaction import Tx
from identity.domain.signing import SignFailure, SignOrder, SignStatus
from identity.store.tables import evidence, login, person, sign_order

COLUMNS = [sign_order.c[spec.name] for spec in fields(SignOrder)]


@dataclass(frozen=True, kw_only=True)
class StoredProof:
    """A sealed proof and what it must agree with."""

    evidence_id: UUID
    attempt_id: UUID
    sealed: bytes
    outcome: str
    at: datetime
    order: SignOrder
    personal_number_sealed: bytes


def _order(row: Any) -> SignOrder | None:
    return SignOrder(**row._mapping) if row is not None else None  # noqa: SLF001 - SQLAlchemy's public name for it


def add(tx: Tx, values: dict[str, Any], *, lasts: timedelta) -> SignOrder | None:
    """Insert an order; None where the id is taken."""
    statement = (
        insert(sign_order)
        .values(**values, status=SignStatus.PENDING, expires_at=sa.func.now() + lasts)
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(*COLUMNS)
    )
    return _order(tx.session.execute(statement).one_or_none())


def get(tx: Tx, sign_order_id: UUID) -> SignOrder | None:
    """The order, whoever it is for."""
    return _order(tx.session.execute(sa.select(*COLUMNS).where(sign_order.c.id == sign_order_id)).one_or_none())


def get_of_person(tx: Tx, sign_order_id: UUID, person_id: UUID) -> SignOrder | None:
    """The order, if this person is to sign it."""
    statement = sa.select(*COLUMNS).where(sign_order.c.id == sign_order_id, sign_order.c.person_id == person_id)
    return _order(tx.session.execute(statement).one_or_none())


def _open(sign_order_id: UUID) -> sa.ColumnElement[bool]:
    return sa.and_(
        sign_order.c.id == sign_order_id,
        sign_order.c.status == SignStatus.PENDING,
        sign_order.c.expires_at > sa.func.now(),
    )


def count_attempt(tx: Tx, sign_order_id: UUID) -> SignOrder | None:
    """Count one start; None where the order has ended."""
    statement = (
        sa.update(sign_order).where(_open(sign_order_id)).values(attempts=sign_order.c.attempts + 1).returning(*COLUMNS)
    )
    return _order(tx.session.execute(statement).one_or_none())


def complete(tx: Tx, sign_order_id: UUID) -> SignOrder | None:
    """End an open order with its signature; None where it has ended otherwise."""
    statement = (
        sa.update(sign_order)
        .where(_open(sign_order_id))
        .values(status=SignStatus.COMPLETED, ended_at=sa.func.now())
        .returning(*COLUMNS)
    )
    return _order(tx.session.execute(statement).one_or_none())


def fail(tx: Tx, sign_order_id: UUID, reason: SignFailure) -> SignOrder | None:
    """End a pending order without a signature; None where it has ended already."""
    statement = (
        sa.update(sign_order)
        .where(sign_order.c.id == sign_order_id, sign_order.c.status == SignStatus.PENDING)
        .values(status=SignStatus.FAILED, reason=reason, ended_at=sa.func.now())
        .returning(*COLUMNS)
    )
    return _order(tx.session.execute(statement).one_or_none())


def expire(tx: Tx, *, most: int) -> list[SignOrder]:
    """End orders whose time has run out, the oldest first."""
    over = (
        sa.select(sign_order.c.id)
        .where(sign_order.c.status == SignStatus.PENDING, sign_order.c.expires_at <= sa.func.now())
        .order_by(sign_order.c.expires_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    statement = (
        sa.update(sign_order)
        .where(sign_order.c.id.in_(over))
        .values(status=SignStatus.FAILED, reason=SignFailure.EXPIRED, ended_at=sa.func.now())
        .returning(*COLUMNS)
    )
    return [SignOrder(**row._mapping) for row in tx.session.execute(statement)]  # noqa: SLF001


def delete_unsigned_older_than(tx: Tx, age: timedelta) -> int:
    """Remove orders that failed ``age`` ago; one that has left a proof (of another person, of a risk) stays."""
    kept = sa.exists().where(evidence.c.sign_order_id == sign_order.c.id)
    tried = sa.exists().where(login.c.sign_order_id == sign_order.c.id)
    result: Any = tx.session.execute(
        sa.delete(sign_order).where(
            sign_order.c.status == SignStatus.FAILED, sign_order.c.ended_at < sa.func.now() - age, ~kept, ~tried
        )
    )
    count: int = result.rowcount
    return count


def completed_ids(tx: Tx) -> list[UUID]:
    """Every order that has been signed, the oldest first."""
    statement = sa.select(sign_order.c.id).where(sign_order.c.status == SignStatus.COMPLETED)
    return list(tx.session.execute(statement.order_by(sign_order.c.ended_at)).scalars())


def accepted_proofs(tx: Tx, sign_order_id: UUID) -> list[StoredProof]:
    """The proofs of an order that were accepted: one, unless something is wrong."""
    statement = (
        sa.select(
            evidence.c.id,
            evidence.c.login_id,
            evidence.c.sealed,
            evidence.c.outcome,
            evidence.c.created_at,
            person.c.personal_number_sealed,
            *(column.label(f"order_{column.name}") for column in COLUMNS),
        )
        .join(sign_order, sign_order.c.id == evidence.c.sign_order_id)
        .join(person, person.c.id == sign_order.c.person_id)
        .where(evidence.c.sign_order_id == sign_order_id, evidence.c.outcome == "accepted")
        .order_by(evidence.c.created_at)
    )
    return [
        StoredProof(
            evidence_id=row.id,
            attempt_id=row.login_id,
            sealed=bytes(row.sealed),
            outcome=row.outcome,
            at=row.created_at,
            personal_number_sealed=bytes(row.personal_number_sealed),
            order=SignOrder(**{spec.name: row._mapping[f"order_{spec.name}"] for spec in fields(SignOrder)}),  # noqa: SLF001
        )
        for row in tx.session.execute(statement)
    ]

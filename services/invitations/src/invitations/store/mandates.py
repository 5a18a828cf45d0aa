"""Ordered signatures: named queries. An order ends once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.transaction import Tx
from invitations.domain import Mandate, MandateStatus
from invitations.store.tables import mandate


def add_mandate(tx: Tx, made: Mandate) -> bool:
    """Keep a new order; False where the approver has an open one for the invitation."""
    values = {column.name: getattr(made, column.name) for column in mandate.c} | {"status": made.status.value}
    added = insert(mandate).values(**values).on_conflict_do_nothing().returning(mandate.c.sign_order_id)
    return tx.session.execute(added).first() is not None


def open_mandate(tx: Tx, invitation_id: UUID, approver_id: UUID, *, locked: bool = False) -> Mandate | None:
    """The approver's order that identity has told no end of."""
    query = select(mandate).where(
        mandate.c.invitation_id == invitation_id,
        mandate.c.approver_id == approver_id,
        mandate.c.status == MandateStatus.ORDERED.value,
    )
    row = tx.session.execute(query.with_for_update() if locked else query).one_or_none()
    return _mandate(row) if row else None


def lock_mandate(tx: Tx, sign_order_id: UUID) -> Mandate | None:
    """An order by what identity knows it by, locked."""
    row = tx.session.execute(
        select(mandate).where(mandate.c.sign_order_id == sign_order_id).with_for_update()
    ).one_or_none()
    return _mandate(row) if row else None


def end_mandate(tx: Tx, sign_order_id: UUID, status: MandateStatus, reason: str | None, at: datetime) -> None:
    """Write down what has become of a locked order."""
    tx.session.execute(
        update(mandate)
        .where(mandate.c.sign_order_id == sign_order_id)
        .values(status=status.value, reason=reason, ended_at=at)
    )


def open_orders(tx: Tx, invitation_id: UUID) -> list[UUID]:
    """Every order that could still be signed for an invitation, whoever it is for."""
    found = select(mandate.c.sign_order_id).where(
        mandate.c.invitation_id == invitation_id, mandate.c.status == MandateStatus.ORDERED.value
    )
    return list(tx.session.execute(found.order_by(mandate.c.ordered_at)).scalars())


def newest_mandates(tx: Tx, approver_id: UUID, invitation_ids: Sequence[UUID]) -> dict[UUID, Mandate]:
    """The newest order of one approver for each invitation that has any."""
    if not invitation_ids:
        return {}
    rows = tx.session.execute(
        select(mandate)
        .where(mandate.c.approver_id == approver_id, mandate.c.invitation_id.in_(invitation_ids))
        .order_by(mandate.c.ordered_at)
    ).all()
    return {row.invitation_id: _mandate(row) for row in rows}


def _mandate(row: Row[Any]) -> Mandate:
    return Mandate(**dict(row._mapping) | {"status": MandateStatus(row.status)})  # noqa: SLF001 - SQLAlchemy's public name

"""Tables and named queries."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Column, DateTime, Enum, Integer, Row, String, Table, Uuid, func, select
from sqlalchemy.orm import registry

from chassis.db import metadata_for
from chassis.transaction import Tx
from orders.domain import Order, OrderStatus

METADATA = metadata_for("orders")

orders = Table(
    "order",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("created_by", Uuid, nullable=False),
    Column("title", String(200), nullable=False),
    Column(
        "status",
        Enum(
            OrderStatus,
            native_enum=False,
            length=20,
            create_constraint=False,
            values_callable=lambda kinds: [kind.value for kind in kinds],
        ),
        nullable=False,
    ),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
)

registry().map_imperatively(Order, orders, version_id_col=orders.c.version)


def add(tx: Tx, order: Order) -> None:
    """Keep a new order."""
    tx.session.add(order)


def get(tx: Tx, account_id: UUID, order_id: UUID) -> Order | None:
    """The order of this account, or nothing: one of another account does not exist here."""
    return tx.session.scalars(
        select(Order).where(orders.c.id == order_id, orders.c.account_id == account_id)
    ).one_or_none()


def page(tx: Tx, account_id: UUID, *, limit: int, offset: int) -> tuple[Sequence[Row[tuple[object, ...]]], int]:
    """Newest first, with the number of all, in one statement."""
    columns = (orders.c.id, orders.c.title, orders.c.status, orders.c.created_at)
    rows = tx.session.execute(
        select(*columns, func.count().over().label("total"))
        .where(orders.c.account_id == account_id, orders.c.status != OrderStatus.DISCARDED)
        .order_by(orders.c.created_at.desc(), orders.c.id)
        .limit(limit)
        .offset(offset)
    ).all()
    return rows, rows[0].total if rows else 0

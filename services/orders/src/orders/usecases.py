"""What can be done, one function per verb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.errors import Forbidden
from chassis.transaction import Principal, Tx
from orders import store
from orders.domain import Order, OrderNotFound


@dataclass(frozen=True, kw_only=True)
class DraftOrder:
    """Begin a order with this title."""

    title: str


def draft_order(tx: Tx, cmd: DraftOrder) -> Order:
    """Begin a order for the account that the person acts for."""
    account_id, person_id = _acting(tx.principal)
    order = Order.draft(account_id=account_id, created_by=person_id, title=cmd.title, now=tx.now)
    store.add(tx, order)
    return order


def discard_order(tx: Tx, order_id: UUID) -> None:
    """Throw a draft away; raises ``OrderNotFound`` or ``OrderAlreadyDiscarded``."""
    get_order(tx, order_id).discard()


def get_order(tx: Tx, order_id: UUID) -> Order:
    """One order of the account; raises ``OrderNotFound``."""
    account_id, _ = _acting(tx.principal)
    order = store.get(tx, account_id, order_id)
    if order is None:
        raise OrderNotFound
    return order


def list_orders(tx: Tx, *, limit: int, page: int) -> tuple[Sequence[Any], int]:
    """The account's orders, newest first, and how many there are."""
    account_id, _ = _acting(tx.principal)
    return store.page(tx, account_id, limit=limit, offset=(page - 1) * limit)


def _acting(principal: Principal | None) -> tuple[UUID, UUID]:
    if principal is None or principal.account_id is None or principal.person_id is None:
        raise Forbidden
    return principal.account_id, principal.person_id

"""The routes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.http.access import requires
from chassis.http.routes import Page, Reply, Routes
from chassis.transaction import Tx
from orders import schemas, usecases
from orders.domain import Order, OrderAlreadyDiscarded, OrderNotFound

routes = Routes("orders", "Products, slots, orders, bookings and rebookings")


@routes.post(
    "/orders",
    access=requires("orders:write"),
    activity=("Skapade ett utkast till beställning", "Created a draft of an order"),
    body=schemas.DraftOrder,
    answer=schemas.Order,
    status=201,
    idempotent=True,
    summary_sv="Skapa ett utkast",
    summary_en="Create a draft",
)
def create_order(tx: Tx, body: usecases.DraftOrder) -> Reply:
    """Begin a order."""
    made = usecases.draft_order(tx, body)
    return Reply(made, headers={"Location": f"/api/orders/v1/orders/{made.id}"})


@routes.get(
    "/orders",
    access=requires("orders:read"),
    answer=Page(schemas.Order),
    summary_sv="Lista",
    summary_en="List",
)
def list_orders(tx: Tx, query: dict[str, Any]) -> Any:
    """The account's orders, newest first."""
    return usecases.list_orders(tx, limit=query["limit"], page=query["page"])


@routes.get(
    "/orders/<uuid:order_id>",
    access=requires("orders:read"),
    answer=schemas.Order,
    errors=(OrderNotFound,),
    summary_sv="Visa",
    summary_en="Show",
)
def get_order(tx: Tx, order_id: UUID) -> Order:
    """One order."""
    return usecases.get_order(tx, order_id)


@routes.delete(
    "/orders/<uuid:order_id>",
    access=requires("orders:write"),
    activity=("Tog bort ett utkast till beställning", "Removed a draft of an order"),
    errors=(OrderNotFound, OrderAlreadyDiscarded),
    summary_sv="Ta bort utkastet",
    summary_en="Remove the draft",
)
def discard_order(tx: Tx, order_id: UUID) -> None:
    """Throw a draft away."""
    usecases.discard_order(tx, order_id)

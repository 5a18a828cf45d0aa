"""The form of requests and answers."""

from __future__ import annotations

from marshmallow import fields

from chassis.http.schemas import Answer, Instant, Line, Strict
from orders.domain import OrderStatus
from orders.usecases import DraftOrder as DraftOrderCommand


class DraftOrder(Strict):
    """Begin a order."""

    command = DraftOrderCommand

    title = Line(max_length=200, required=True, metadata={"description": "Rubrik / title", "example": "Ny brygga"})


class Order(Answer):
    """A order."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    status = fields.Enum(OrderStatus, by_value=True, required=True)
    created_at = Instant(required=True)

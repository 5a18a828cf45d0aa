from datetime import UTC, datetime

import pytest

from chassis.ids import new_id
from orders.domain import Order, OrderAlreadyDiscarded, OrderStatus


def a_order() -> Order:
    return Order.draft(
        account_id=new_id(), created_by=new_id(), title="Ny brygga", now=datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    )


def test_a_new_one_is_a_draft():
    assert a_order().status is OrderStatus.DRAFT


def test_a_draft_is_discarded_once_and_a_second_time_is_refused():
    made = a_order()
    made.discard()
    assert made.status is OrderStatus.DISCARDED
    with pytest.raises(OrderAlreadyDiscarded):
        made.discard()

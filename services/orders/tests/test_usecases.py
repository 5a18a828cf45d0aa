import pytest

from chassis.ids import new_id
from chassis.testing import principal
from orders import usecases
from orders.domain import OrderNotFound
from orders.usecases import DraftOrder


def test_a_draft_is_found_again_by_its_account_and_by_no_other(database):
    me, somebody_else = principal(), principal()
    with database.transaction(principal=me) as tx:
        made = usecases.draft_order(tx, DraftOrder(title="Ny brygga"))
    with database.read(principal=me) as tx:
        assert usecases.get_order(tx, made.id).title == "Ny brygga"
    with database.read(principal=somebody_else) as tx, pytest.raises(OrderNotFound):
        usecases.get_order(tx, made.id)


def test_the_list_is_newest_first_without_what_was_discarded(database):
    me = principal()
    made = []
    for title in ("första", "andra", "tredje"):
        with database.transaction(principal=me) as tx:
            made.append(usecases.draft_order(tx, DraftOrder(title=title)))
    with database.transaction(principal=me) as tx:
        usecases.discard_order(tx, made[1].id)
    with database.read(principal=me) as tx:
        rows, total = usecases.list_orders(tx, limit=1, page=1)
    assert [row.title for row in rows] == ["tredje"]
    assert total == 2


def test_what_does_not_exist_is_not_found(database):
    with database.transaction(principal=principal()) as tx, pytest.raises(OrderNotFound):
        usecases.discard_order(tx, new_id())

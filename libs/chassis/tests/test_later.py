"""``Tx.later``: writes that nobody waits for go to the database together, and never too late."""

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

NOTE = text("INSERT INTO effect (what) VALUES (:what)")
OTHER = text("INSERT INTO effect (what) VALUES ('other ' || :what)")
READ = text("SELECT what FROM effect ORDER BY seq")


def later(tx, message, _meta=None):
    tx.later(NOTE, {"what": message.display_name})


def batch(kit, *names):
    return [kit.delivery(kit.opened(name), tag=tag) for tag, name in enumerate(names, 1)]


def test_many_writes_are_one_batch_in_their_order(subscriber, kit):
    batches = []
    event.listen(
        subscriber.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, sql, values, _context, many: batches.append((sql, len(values), many)),
    )
    with subscriber.transaction() as tx:
        for name in "abc":
            tx.later(NOTE, {"what": name})
        assert batches == []
    assert [(count, many) for sql, count, many in batches if "effect" in sql] == [(3, True)]
    assert kit.effects(subscriber) == ["a", "b", "c"]


def test_each_statement_is_a_batch_of_its_own(subscriber, kit):
    with subscriber.transaction() as tx:
        tx.later(NOTE, {"what": "a"})
        tx.later(OTHER, {"what": "b"})
        tx.later(NOTE, {"what": "c"})
    assert kit.effects(subscriber) == ["a", "c", "other b"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda session: session.execute(READ).scalars().all(),
        lambda session: session.scalars(READ).all(),
        lambda session: [session.scalar(READ)],
        lambda session: session.connection().execute(READ).scalars().all(),
    ],
    ids=["execute", "scalars", "scalar", "connection"],
)
def test_whatever_is_asked_next_sees_them(subscriber, ask):
    with subscriber.transaction() as tx:
        tx.later(NOTE, {"what": "a"})
        assert ask(tx.session) == ["a"]


def test_a_savepoint_that_is_rolled_back_does_not_take_them_along(subscriber, kit):
    def fail(session):
        with session.begin_nested():
            raise ZeroDivisionError

    with subscriber.transaction() as tx:
        tx.later(NOTE, {"what": "a"})
        with pytest.raises(ZeroDivisionError):
            fail(tx.session)
    assert kit.effects(subscriber) == ["a"]


def test_they_are_rolled_back_with_the_rest(subscriber, kit):
    def fail():
        with subscriber.transaction() as tx:
            tx.later(NOTE, {"what": "a"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert kit.effects(subscriber) == []


def test_one_that_the_database_refuses_fails_the_transaction(subscriber, kit):
    def write():
        with subscriber.transaction() as tx:
            tx.later(NOTE, {"what": "a"})
            tx.later(NOTE, {"what": "forbidden"})

    with pytest.raises(IntegrityError):
        write()
    assert kit.effects(subscriber) == []


def test_in_a_consumer_only_the_event_that_is_refused_is_held_back(subscriber, kit):
    handled = kit.Handled(subscriber, kit.table(later))
    deliveries = batch(kit, "a", "b", "forbidden", "c", "d", "e")
    handled(*deliveries)
    assert kit.effects(subscriber) == ["a", "b", "c", "d", "e"]
    assert [delivery.tag for delivery, _ in handled.held] == [3]
    assert {delivery.tag for delivery in handled.settled} == {1, 2, 4, 5, 6}


def test_the_event_that_made_others_be_written_is_not_blamed_for_them(subscriber, kit):
    def reads_or_writes(tx, message, _meta):
        if message.display_name == "reads":
            tx.session.execute(READ)
        later(tx, message)

    handled = kit.Handled(subscriber, kit.table(reads_or_writes))
    handled(*batch(kit, "a", "forbidden", "reads", "b"))
    assert sorted(kit.effects(subscriber)) == ["a", "b", "reads"]
    assert [delivery.tag for delivery, _ in handled.held] == [2]

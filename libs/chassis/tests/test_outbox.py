"""The outbox: rows, their order, who is woken, and the life of its partitions."""

from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import event, text

from chassis import outbox, partitions
from chassis.telemetry import traced


def rows(database):
    with database.read() as tx:
        return tx.session.execute(text("SELECT * FROM outbox ORDER BY seq")).mappings().all()


def test_a_transaction_writes_all_its_events_in_their_order_by_one_statement(producer, kit):
    statements = []
    event.listen(producer.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with traced("cause-1", "00-" + "a" * 32 + "-" + "b" * 16 + "-01"):
        kit.emit(producer, *(str(number) for number in range(50)))
    assert len([statement for statement in statements if "INSERT INTO outbox" in statement]) == 1
    written = rows(producer)
    assert [row["version"] for row in written] == list(range(1, 51))
    assert {row["type"] for row in written} == {"org-registry.account.opened.v1"}
    assert {row["correlation_id"] for row in written} == {"cause-1"}
    assert all(row["traceparent"].startswith("00-" + "a" * 32) for row in written)
    assert all(row["published_at"] is None for row in written)


def test_what_is_rolled_back_was_never_told(producer, kit):
    def tell_and_fail():
        with producer.transaction() as tx:
            tx.emit(kit.opened(), aggregate_id="x", version=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tell_and_fail()
    assert rows(producer) == []


@pytest.mark.parametrize(("asleep", "woken"), [(True, 1), (False, 0)])
def test_a_commit_notifies_only_while_the_relay_sleeps(producer, kit, asleep, woken):
    with producer.engine.begin() as connection:
        connection.execute(text("UPDATE relay_state SET asleep = :asleep"), {"asleep": asleep})
    with psycopg.connect(producer.settings.database_url, autocommit=True) as listener:
        listener.execute(f"LISTEN {outbox.CHANNEL}")
        kit.emit(producer, "a")
        listener.execute("SELECT 1")
        assert len(list(listener.notifies(timeout=0.2, stop_after=1))) == woken


def test_partitions_are_made_a_week_ahead_and_making_them_again_does_nothing(producer):
    with producer.transaction() as tx:
        connection = tx.session.connection()
        assert partitions.make_ahead(connection) == []
        assert len(partitions.make_ahead(connection, days=9)) == 2
        tx.session.rollback()


def test_a_row_without_a_day_is_kept_and_moved_when_its_day_is_made(producer, kit):
    with producer.transaction() as tx:
        connection = tx.session.connection()
        day = connection.exec_driver_sql("SELECT (now() AT TIME ZONE 'UTC')::date + 8").scalar_one()
        connection.exec_driver_sql(
            "INSERT INTO outbox (id, type, subject, version, body, created_at)"
            " VALUES (gen_random_uuid(), 't', 's', 1, 'x', now() + interval '8 days')"
        )
        assert connection.exec_driver_sql("SELECT count(*) FROM outbox_default").scalar_one() == 1
        assert partitions.make_ahead(connection, days=8) == [f"outbox_{day:%Y%m%d}"]
        assert connection.exec_driver_sql("SELECT count(*) FROM outbox_default").scalar_one() == 0
        found = connection.exec_driver_sql("SELECT tableoid::regclass::text FROM outbox").scalar_one()
        assert found == f"outbox_{day:%Y%m%d}"
        tx.session.rollback()


def test_only_old_days_with_nothing_unpublished_are_dropped(producer):
    with producer.transaction() as tx:
        connection = tx.session.connection()
        today = connection.exec_driver_sql("SELECT (now() AT TIME ZONE 'UTC')::date").scalar_one()
        days = {age: today - timedelta(days=age) for age in (13, 16, 17)}
        for day in days.values():
            partitions._attach(connection, day)
        for age, published in ((13, True), (16, True), (17, False)):
            connection.exec_driver_sql(
                "INSERT INTO outbox (id, type, subject, version, body, created_at, published_at)"
                " VALUES (gen_random_uuid(), 't', 's', 1, 'x', %s, %s)",
                (days[age], days[age] if published else None),
            )
        assert partitions.drop_old(connection) == [f"outbox_{days[16]:%Y%m%d}"]
        left = connection.exec_driver_sql("SELECT created_at::date FROM outbox ORDER BY 1").scalars().all()
        assert left == [days[17], days[13]]
        tx.session.rollback()

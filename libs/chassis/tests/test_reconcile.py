"""What was never published, and what was published and never arrived, is found and sent again."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from chassis import reconcile
from chassis.ids import utcnow


def publish_all(producer):
    with producer.engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET published_at = now()"))


def ids(producer):
    with producer.read() as tx:
        return list(tx.session.execute(text("SELECT id FROM outbox ORDER BY seq")).scalars())


def soon():
    return utcnow() + timedelta(minutes=1)


def arrive(subscriber, kit, event_id):
    kit.Handled(subscriber, kit.table())(kit.delivery(event_id=event_id))


def test_what_did_not_arrive_is_named_and_marked_for_publishing_again(producer, subscriber, kit):
    kit.emit(producer, "a", "b", "c")
    publish_all(producer)
    first, second, third = ids(producer)
    arrive(subscriber, kit, first)
    arrive(subscriber, kit, third)
    both = {"org-registry": producer, "invitations": subscriber}
    report = reconcile.reconcile(both, until=soon())
    assert report.missing == {("org-registry", "invitations"): [second]}
    assert set(report.unreachable) == {"billing", "metering", "notify"}
    assert not report.clean
    assert kit.scalar(producer, "SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0
    reconcile.reconcile(both, until=soon(), heal=True)
    with producer.read() as tx:
        again = tx.session.execute(text("SELECT id FROM outbox WHERE published_at IS NULL")).scalars().all()
    assert again == [second]
    arrive(subscriber, kit, second)
    publish_all(producer)
    assert reconcile.reconcile(both, until=soon()).clean


def test_a_dead_letter_has_arrived(producer, subscriber, kit):
    kit.emit(producer, "a")
    publish_all(producer)
    [event_id] = ids(producer)
    kit.Handled(subscriber, kit.table())(kit.delivery(event_id=event_id, body=b"{}"))
    assert reconcile.missing(subscriber, [event_id]) == []


def test_what_waits_for_more_than_a_minute_is_overdue(producer, subscriber, kit):
    kit.emit(producer, "a", "b")
    with producer.engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET created_at = now() - interval '2 minutes' WHERE version = 1"))
    assert reconcile.overdue(producer) == 1
    assert reconcile.reconcile({"org-registry": producer}).overdue == {"org-registry": 1}


def test_a_replay_is_chosen_by_id_time_or_type_and_by_nothing_never(producer, kit):
    kit.emit(producer, "a", "b")
    publish_all(producer)
    first, _ = ids(producer)
    with pytest.raises(ValueError, match="say which"):
        reconcile.replay(producer)
    assert reconcile.replay(producer, event_ids=[first], dry_run=True) == 1
    assert kit.scalar(producer, "SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0
    assert reconcile.replay(producer, event_ids=[first]) == 1
    assert reconcile.replay(producer, event_ids=[first]) == 0
    assert reconcile.replay(producer, since=utcnow() + timedelta(hours=1)) == 0
    assert reconcile.replay(producer, event_type="org-registry.account.opened.v1") == 1

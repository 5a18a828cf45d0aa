"""What the services tell: once each, in whatever order, by whatever number of consumers."""

import threading
from datetime import UTC, datetime, timedelta

from sqlalchemy import event as hooks
from sqlalchemy import text

from activity.consumers import SUBSCRIPTIONS, recorded
from chassis.ids import new_id
from chassis.subscriptions import Meta
from chassis.transaction import Database
from contracts.activities import Actor
from contracts.catalogue import ACTIVITIES, SERVICES


def meta(service, at=None):
    return Meta(
        event_id=new_id(),
        type=f"{service}.activity.recorded.v1",
        source=service,
        time=at or datetime.now(UTC),
        subject="",
        version=1,
        correlation_id=None,
    )


def an_act(service, account_id, activity_id=None):
    return ACTIVITIES[service](
        activity_id=activity_id or new_id(),
        actor=Actor.SYSTEM,
        person_id=None,
        account_id=account_id,
        about_person_id=None,
        role=None,
        support_view_id=None,
        action="expire",
        text_sv="Gick ut",
        text_en="Expired",
        subject_id=None,
        reason=None,
    )


def chain(database, chain_id):
    with database.read() as tx:
        return tx.session.execute(
            text("SELECT seq, activity_id, hash FROM ledger.entry WHERE chain_id = :id ORDER BY seq"), {"id": chain_id}
        ).all()


def test_every_service_is_listened_to_and_a_new_one_would_be_too():
    assert {
        subscription.spec.producer for subscription in SUBSCRIPTIONS if "activity.recorded" in subscription.spec.type
    } == set(SERVICES)


def test_an_act_stands_in_the_chain_of_its_account_or_of_whom_it_concerns_or_of_who_did_it(database, act):
    account, person, somebody = new_id(), new_id(), new_id()
    act(account_id=account, person_id=person, about_person_id=somebody)
    act(about_person_id=somebody, person_id=person)
    act(person_id=person)
    assert [len(chain(database, chain_id)) for chain_id in (account, somebody, person)] == [1, 1, 1]


def test_the_same_act_twice_is_one_entry(database, act):
    account, event_id, activity_id = new_id(), new_id(), new_id()
    for _ in range(2):
        act(account_id=account, event_id=event_id, activity_id=activity_id)
    assert len(chain(database, account)) == 1


def test_C37_an_act_that_comes_late_stands_at_the_end_and_keeps_its_time(database, act):
    account, late = new_id(), new_id()
    act(account_id=account)
    earlier = datetime.now(UTC) - timedelta(days=3)
    with database.transaction() as tx:
        recorded(tx, an_act("billing", account, late), meta("billing", earlier))
    entries = chain(database, account)
    assert [entry.seq for entry in entries] == [1, 2]
    assert entries[1].activity_id == late
    with database.read() as tx:
        at = tx.session.execute(text("SELECT at FROM ledger.entry WHERE activity_id = :id"), {"id": late}).scalar_one()
    assert at == earlier


def test_C37_consumers_at_once_make_one_chain_without_holes(database, settings):
    account, each = new_id(), 20
    start = threading.Barrier(3)

    def consume(service):
        own = Database(settings, "worker")
        start.wait()
        for _ in range(5):
            with own.transaction() as tx:
                for _ in range(each // 5):
                    recorded(tx, an_act(service, account), meta(service))
        own.dispose()

    threads = [threading.Thread(target=consume, args=(name,)) for name in ("billing", "metering", "identity")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    entries = chain(database, account)
    assert [entry.seq for entry in entries] == list(range(1, 3 * each + 1))


def test_a_batch_is_one_round_trip_however_many_acts(database):
    statements = []
    hooks.listen(
        database.engine, "before_cursor_execute", lambda *arguments: statements.append((arguments[2], arguments[5]))
    )
    with database.transaction() as tx:
        for _ in range(50):
            recorded(tx, an_act("orders", new_id()), meta("orders"))
    appends = [many for statement, many in statements if "ledger.append" in statement]
    assert appends == [True]

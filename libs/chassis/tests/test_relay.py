"""The relay: everything that was committed is published, as it was written, and marked only when confirmed."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import text

from chassis import relay as relays
from chassis.messaging import Receiver
from chassis.relay import Relay
from chassis.telemetry import traced
from chassis.testing import wait_for
from contracts.envelope import Envelope


@contextmanager
def running(*relays_):
    threads = [threading.Thread(target=relay.run) for relay in relays_]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for relay in relays_:
            relay.stop()
        for thread in threads:
            thread.join(15)
        assert not any(thread.is_alive() for thread in threads)


@pytest.fixture
def settings(producer, broker):
    return replace(producer.settings, amqp_url=broker.url("org-registry"))


def unpublished(producer, kit):
    return kit.scalar(producer, "SELECT count(*) FROM outbox WHERE published_at IS NULL")


def received(broker, count):
    got = []
    with Receiver(broker.url("invitations"), "invitations", prefetch=5000, name="test") as receiver:
        wait_for(lambda: got.extend(receiver.receive(0.1, 5000)) or len(got) >= count, 20)
        receiver.settle(got)
        wait_for(lambda: broker.count("invitations") == 0)
    return got


def test_events_are_published_byte_for_byte_with_their_attributes(producer, settings, broker, kit):
    with traced("cause-1", "00-" + "a" * 32 + "-" + "b" * 16 + "-01"):
        kit.emit(producer, "Åsa & Co", version=4)
    with running(Relay(settings)):
        [got] = received(broker, 1)
        wait_for(lambda: unpublished(producer, kit) == 0)
    with producer.read() as tx:
        row = tx.session.execute(text("SELECT * FROM outbox")).mappings().one()
    envelope = Envelope.from_headers(got.headers)
    assert got.body == bytes(row["body"])
    assert (envelope.id, envelope.type, envelope.source) == (row["id"], row["type"], "org-registry")
    assert (envelope.subject, envelope.version, envelope.time) == (row["subject"], 4, row["created_at"])
    assert (envelope.correlation_id, envelope.traceparent) == ("cause-1", row["traceparent"])
    assert (got.routing_key, got.sender) == (row["type"], "org-registry")


def test_a_backlog_of_many_batches_goes_out_in_order(producer, settings, broker, kit):
    for start in range(0, 3000, 600):
        kit.emit(producer, *(str(number) for number in range(start, start + 600)))
    with running(Relay(settings)):
        got = received(broker, 3000)
        wait_for(lambda: unpublished(producer, kit) == 0)
    assert [b'"%d"' % number in delivery.body for number, delivery in enumerate(got)] == [True] * 3000


def test_a_commit_wakes_a_sleeping_relay_at_once(producer, settings, broker, kit, monkeypatch):
    monkeypatch.setattr(relays, "POLL_SECONDS", 30)
    monkeypatch.setattr(relays, "LOOKS", (0.0, 30))
    relay = Relay(settings)
    with running(relay):
        wait_for(lambda: relay._asleep)
        for number in range(5):
            kit.emit(producer, str(number))
            received(broker, 1)
        # ... and only the wake-up ends the wait: stop is seen at the next one.
        relay.stop()
        kit.emit(producer, "last")


@pytest.mark.slow
def test_a_lost_notification_costs_a_second_and_no_event(producer, settings, broker, kit):
    relay = Relay(settings)
    with running(relay):
        wait_for(lambda: relay._asleep)
        with producer.engine.begin() as connection:
            connection.execute(text("UPDATE relay_state SET asleep = false"))
        for number in range(2):
            fallen_asleep = time.monotonic()
            wait_for(lambda begun=fallen_asleep: time.monotonic() - begun > 0.5)
            kit.emit(producer, f"unheard {number}")
            assert len(received(broker, 1)) == 1


def test_a_transaction_that_commits_after_later_ones_is_published_too(producer, settings, broker, kit):
    with running(Relay(settings)):
        with producer.transaction() as late:
            late.emit(kit.opened("late"), aggregate_id="late", version=1)
            from chassis import outbox

            outbox.write(late.session.connection(), late.events)
            late.events.clear()
            kit.emit(producer, *(str(number) for number in range(20)))
            assert len(received(broker, 20)) == 20
        [got] = received(broker, 1)
    assert b'"late"' in got.body


def test_writers_need_not_notify_while_the_relay_is_busy(producer, settings, broker, kit):
    relay = Relay(settings)
    said = []
    relay._say = lambda connection, *, asleep: (said.append(asleep), Relay._say(relay, connection, asleep=asleep))
    kit.emit(producer, *(str(number) for number in range(500)))
    with running(relay):
        received(broker, 500)
        wait_for(lambda: relay._asleep)
    assert said[:1] == [False]
    assert said[-1] is True
    assert kit.scalar(producer, "SELECT asleep FROM relay_state") is True


def test_of_two_relays_one_works_and_the_other_takes_over(producer, settings, broker, kit):
    first, second = Relay(settings), Relay(settings)
    with running(second):
        with running(first):
            wait_for(lambda: {first.state, second.state} == {"active", "standby"})
            active = first if first.state == "active" else second
            kit.emit(producer, "a")
            assert len(received(broker, 1)) == 1
            if active is second:
                second.stop()
                wait_for(lambda: first.state == "active")
        survivor = first if active is second else second
        if survivor is second:
            wait_for(lambda: second.state == "active")
            kit.emit(producer, "b")
            assert len(received(broker, 1)) == 1


def test_a_relay_whose_database_connection_dies_begins_again(producer, settings, broker, kit):
    relay = Relay(settings)
    with running(relay):
        wait_for(lambda: relay.state == "active")
        with producer.engine.begin() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name"
                    " AND datname = current_database()"
                ),
                {"name": "org-registry-relay"},
            )
        kit.emit(producer, "after")
        assert len(received(broker, 1)) == 1


def test_events_that_the_broker_gives_back_stay_and_the_others_pass(producer, settings, broker, kit, monkeypatch):
    from chassis.messaging import Operator

    with Operator(broker.url("operator")) as operator:
        operator.ask(lambda channel, done: channel.exchange_declare("plain", "topic", durable=True, callback=done))
        operator.ask(
            lambda channel, done: channel.queue_bind("invitations", "plain", "org-registry.account.*.v1", callback=done)
        )
    monkeypatch.setattr(relays, "EXCHANGE", "plain")
    monkeypatch.setattr(relays, "REFUSED_SECONDS", 0.3)
    with producer.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO outbox (id, type, subject, version, body) SELECT gen_random_uuid(),"
                " 'org-registry.nobody.asked.v1', 's', 1, '{}' FROM generate_series(1, 30)"
            )
        )
    kit.emit(producer, "a", "b")
    with running(Relay(replace(settings, amqp_url=broker.url("operator")), batch=10)):
        assert len(received(broker, 2)) == 2
        wait_for(lambda: unpublished(producer, kit) == 30)
        with Operator(broker.url("operator")) as operator:
            operator.ask(lambda channel, done: channel.queue_bind("invitations", "plain", "#", callback=done))
        wait_for(lambda: unpublished(producer, kit) == 0)
    with Operator(broker.url("operator")) as operator:
        operator.ask(lambda channel, done: channel.exchange_delete("plain", callback=done))

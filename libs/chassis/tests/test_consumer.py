"""The consumer on a real queue: reconnects, stops in order, waits out trouble."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import text

from chassis.consumer import Consumer, apply
from chassis.errors import NotFound
from chassis.ids import new_id
from chassis.messaging import Message, Publisher
from chassis.testing import wait_for
from contracts.catalogue import EXCHANGE


@contextmanager
def running(*consumers):
    threads = [threading.Thread(target=consumer.run) for consumer in consumers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for consumer in consumers:
            consumer.stop()
        for thread in threads:
            thread.join(15)
        assert not any(thread.is_alive() for thread in threads)


@pytest.fixture
def settings(subscriber, broker):
    return replace(subscriber.settings, amqp_url=broker.url("invitations"))


@pytest.fixture
def publish(broker):
    with Publisher(broker.url("org-registry"), EXCHANGE, name="test") as publisher:

        def send(*deliveries):
            messages = [Message(delivery.routing_key, "m", delivery.headers, delivery.body) for delivery in deliveries]
            publisher.wait(publisher.submit(messages))

        yield send


def test_what_is_published_has_its_effect_and_is_acknowledged(subscriber, settings, broker, publish, kit):
    with running(Consumer(subscriber, settings, kit.table())):
        publish(*(kit.delivery(kit.opened(str(number))) for number in range(1500)))
        wait_for(lambda: len(kit.effects(subscriber)) == 1500, 20)
    assert kit.effects(subscriber) == [str(number) for number in range(1500)]
    assert broker.count("invitations") == 0


def test_two_consumers_share_a_queue_and_do_nothing_twice(subscriber, settings, publish, kit):
    settings = replace(settings, prefetch=50)
    deliveries = [kit.delivery(kit.opened(str(number))) for number in range(400)]
    with running(*(Consumer(subscriber, settings, kit.table()) for _ in range(2))):
        publish(*deliveries, *deliveries[::-1])
        wait_for(lambda: len(kit.effects(subscriber)) == 400, 20)
    assert sorted(map(int, kit.effects(subscriber))) == list(range(400))


@pytest.mark.slow
def test_one_that_fails_is_tried_five_times_while_others_pass_and_then_buried(subscriber, settings, publish, kit):
    tries = []

    def fail(tx, event, meta):
        if event.display_name == "bad":
            tries.append(time.monotonic())
            raise RuntimeError
        kit.effect(tx, event, meta)

    with running(Consumer(subscriber, settings, kit.table(fail))):
        publish(kit.delivery(kit.opened("bad")), *(kit.delivery(kit.opened(str(number))) for number in range(100)))
        wait_for(lambda: len(kit.effects(subscriber)) == 100)
        assert kit.scalar(subscriber, "SELECT count(*) FROM dead_letter") == 0
        wait_for(lambda: kit.scalar(subscriber, "SELECT count(*) FROM dead_letter") == 1)
    assert len(tries) == 6  # once in the batch, then five counted attempts
    assert tries[-1] - tries[0] < 5


def test_a_refused_event_does_not_hold_up_its_neighbours(subscriber, settings, publish, kit):
    def refuse(tx, event, meta):
        if int(event.display_name) % 50 == 0:
            raise NotFound
        kit.effect(tx, event, meta)

    with running(Consumer(subscriber, settings, kit.table(refuse))):
        publish(*(kit.delivery(kit.opened(str(number))) for number in range(200)))
        wait_for(lambda: len(kit.effects(subscriber)) == 196)
        wait_for(lambda: kit.scalar(subscriber, "SELECT count(*) FROM dead_letter") == 4)


@pytest.mark.slow
def test_while_the_database_is_away_nothing_is_lost_or_counted(subscriber, settings, broker, publish, kit):
    consumer = Consumer(subscriber, settings, kit.table())
    with running(consumer):
        wait_for(lambda: consumer.connected)
        with subscriber.engine.begin() as connection:
            connection.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
            publish(*(kit.delivery(kit.opened(str(number))) for number in range(10)))
            # Longer than the lock time-out: the batch has failed at least once.
            wait_for(lambda: consumer._pending and time.monotonic() - consumer.last_progress > 0.5, 20)
        wait_for(lambda: len(kit.effects(subscriber)) == 10, 20)
    assert kit.scalar(subscriber, "SELECT count(*) FROM inbox_attempt") == 0
    assert kit.scalar(subscriber, "SELECT count(*) FROM dead_letter") == 0


@pytest.mark.slow
def test_a_lost_connection_is_made_again_and_the_work_goes_on(subscriber, settings, publish, kit):
    consumer = Consumer(subscriber, settings, kit.table())
    with running(consumer):
        publish(kit.delivery(kit.opened("before")))
        wait_for(lambda: kit.effects(subscriber) == ["before"])
        consumer._receiver.hang_up()
        publish(kit.delivery(kit.opened("after")))
        wait_for(lambda: kit.effects(subscriber) == ["before", "after"])


@pytest.mark.slow
def test_a_handler_slower_than_the_heartbeat_keeps_its_connection(
    subscriber, settings, broker, publish, kit, monkeypatch
):
    from chassis import consumer as consumers

    monkeypatch.setattr(consumers, "Receiver", lambda *args, **kwargs: Receiver(*args, **kwargs, heartbeat=1))
    from chassis.messaging import Receiver

    let = threading.Event()

    def slow(tx, event, meta):
        let.wait(10)
        kit.effect(tx, event, meta)

    consumer = Consumer(subscriber, settings, kit.table(slow))
    with running(consumer):
        publish(kit.delivery(kit.opened("slow")))
        begun = time.monotonic()
        wait_for(lambda: time.monotonic() - begun > 4)
        let.set()
        wait_for(lambda: kit.effects(subscriber) == ["slow"])
        wait_for(lambda: broker.count("invitations") == 0)
    assert kit.scalar(subscriber, "SELECT count(*) FROM inbox") == 1


def test_stopping_finishes_what_was_received_and_leaves_the_rest_to_the_broker(
    subscriber, settings, broker, publish, kit
):
    begun, let = threading.Event(), threading.Event()

    def wait(tx, event, meta):
        begun.set()
        let.wait(10)
        kit.effect(tx, event, meta)

    consumer = Consumer(subscriber, replace(settings, prefetch=20), kit.table(wait))
    publish(*(kit.delivery(kit.opened(str(number))) for number in range(50)))
    with running(consumer):
        begun.wait(10)
        consumer.stop()
        let.set()
    done = len(kit.effects(subscriber))
    assert done >= 20
    assert broker.count("invitations") == 50 - done


def test_apply_goes_through_the_inbox_and_raises_what_the_handler_raises(subscriber, kit):
    event_id = new_id()
    for _ in range(2):
        apply(subscriber, kit.table(), kit.opened("once"), event_id=event_id)
    assert kit.effects(subscriber) == ["once"]

    def refuse(_tx, _event, _meta):
        raise NotFound

    with pytest.raises(NotFound):
        apply(subscriber, kit.table(refuse), kit.opened("never"))

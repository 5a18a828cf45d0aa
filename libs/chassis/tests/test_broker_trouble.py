"""A broker that stops, is killed, blocks its publishers or answers nothing: a private node, so nobody else suffers."""

import os
import signal
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest

from chassis.consumer import Consumer
from chassis.messaging import BrokerDown, Message, Publisher
from chassis.relay import Relay
from chassis.testing import wait_for
from contracts.catalogue import EXCHANGE
from devservers.rabbitmq import Rabbitmq

pytestmark = [pytest.mark.slow, pytest.mark.failure]


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    with Rabbitmq(tmp_path_factory.mktemp("node")) as made:
        yield made


@pytest.fixture
def broker(node, kit):
    made = kit.Broker(node, "trouble")
    made.purge()
    return made


@contextmanager
def running(*works):
    threads = [threading.Thread(target=work.run) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for work in works:
            work.stop()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads)


@pytest.fixture
def relay(producer, broker):
    return Relay(replace(producer.settings, amqp_url=broker.url("org-registry")))


@pytest.fixture
def consumer(subscriber, broker, kit):
    return Consumer(subscriber, replace(subscriber.settings, amqp_url=broker.url("invitations")), kit.table())


def names(start, count):
    return [str(number) for number in range(start, start + count)]


def arrived(subscriber, kit, count):
    wait_for(lambda: len(kit.effects(subscriber)) >= count, 40)
    assert sorted(map(int, kit.effects(subscriber))) == list(range(count))


def test_a_stopped_broker_costs_time_and_no_event(node, relay, consumer, producer, subscriber, kit):
    with running(relay, consumer):
        kit.emit(producer, *names(0, 300))
        arrived(subscriber, kit, 300)
        node.stop_app()
        kit.emit(producer, *names(300, 300))
        wait_for(lambda: relay.state == "waiting" and not consumer.connected)
        assert kit.scalar(producer, "SELECT count(*) FROM outbox WHERE published_at IS NULL") == 300
        node.start_app()
        arrived(subscriber, kit, 600)


def test_a_killed_broker_has_kept_what_it_confirmed(node, relay, consumer, producer, subscriber, kit):
    kit.emit(producer, *names(0, 300))
    with running(relay):
        wait_for(lambda: kit.scalar(producer, "SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0)
        node.kill()
        kit.emit(producer, *names(300, 50))
        node.start()
        with running(consumer):
            arrived(subscriber, kit, 350)


def test_a_broker_in_alarm_blocks_the_relay_for_a_bounded_time_and_no_consumer(
    node, broker, relay, consumer, producer, subscriber, kit
):
    kit.emit(producer, *names(0, 100))
    with running(relay):
        wait_for(lambda: kit.scalar(producer, "SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0)
    node.set_disk_free_limit("1000000GB")
    try:
        kit.emit(producer, *names(100, 100))
        with running(relay_again := Relay(relay._settings), consumer):
            arrived(subscriber, kit, 100)
            wait_for(lambda: relay_again.state == "waiting", 15)
            assert kit.scalar(producer, "SELECT count(*) FROM outbox WHERE published_at IS NULL") == 100
            node.set_disk_free_limit("50MB")
            arrived(subscriber, kit, 200)
    finally:
        node.set_disk_free_limit("50MB")


def test_a_frozen_broker_runs_into_the_confirm_deadline(node, broker):
    group = os.getpgid(node._node.pid)
    with Publisher(broker.url("org-registry"), EXCHANGE, name="test") as publisher:
        message = Message("org-registry.account.opened.v1", "1", {}, b"{}")
        publisher.wait(publisher.submit([message]))
        os.killpg(group, signal.SIGSTOP)
        try:
            with pytest.raises(BrokerDown, match="no confirm in time"):
                publisher.wait(publisher.submit([message]), deadline=0.5)
            publisher._thread.join(5)
            assert not publisher._thread.is_alive()
        finally:
            os.killpg(group, signal.SIGCONT)


def test_a_wiped_broker_is_healed_by_reconciliation(node, broker, relay, consumer, producer, subscriber, kit):
    from chassis import reconcile
    from chassis.ids import utcnow

    kit.emit(producer, *names(0, 100))
    with running(relay):
        wait_for(lambda: kit.scalar(producer, "SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0)
        broker.purge()  # what the broker had confirmed is gone
        both = {"org-registry": producer, "invitations": subscriber}
        report = reconcile.reconcile(both, until=utcnow(), heal=True)
        assert len(report.missing["org-registry", "invitations"]) == 100
        with running(consumer):
            arrived(subscriber, kit, 100)
        assert reconcile.reconcile(both, until=utcnow()).clean

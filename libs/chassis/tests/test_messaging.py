"""The AMQP layer against a real broker: what is confirmed, refused, returned; what one acknowledgement covers."""

import os
import threading
import types

import pytest
from pika.spec import Basic, BasicProperties

from chassis.messaging import (
    CONFIRMED,
    REFUSED,
    RETURNED,
    BrokerDown,
    Message,
    Operator,
    Publisher,
    Receiver,
    Waits,
    backoff,
)
from chassis.messaging.publisher import Flight, _Properties
from chassis.testing import wait_for
from contracts.catalogue import EXCHANGE

TYPE = "org-registry.account.opened.v1"


def message(number, key=TYPE, **headers):
    return Message(key, str(number), {"number": number} | headers, b'{"n": %d}' % number)


@pytest.fixture
def publisher(broker):
    with Publisher(broker.url("org-registry"), EXCHANGE, name="test") as made:
        yield made


@pytest.fixture
def receiver(broker):
    with Receiver(broker.url("invitations"), "invitations", prefetch=100, name="test") as made:
        yield made


def receive(receiver, count):
    got = []
    wait_for(lambda: got.extend(receiver.receive(0.1, 1000)) or len(got) >= count)
    return got


def test_our_encoding_of_properties_is_read_by_pika_as_its_own():
    sent = Message("key", "id-å", {"text": "åäö" * 200, "big": 2**40, "cloudEvents:id": "x"}, b"")
    encoded = b"".join(_Properties(sent, "org-registry").encode())
    read = BasicProperties()
    read.decode(encoded)
    assert (read.content_type, read.delivery_mode, read.message_id) == ("application/json", 2, "id-å")
    assert (read.user_id, read.headers) == ("org-registry", sent.headers)


def test_batches_are_confirmed_and_arrive_in_order_as_they_were_sent(publisher, receiver):
    flights = [publisher.submit([message(start + place) for place in range(250)]) for start in range(0, 1000, 250)]
    assert all(set(publisher.wait(flight)) == {CONFIRMED} for flight in flights)
    got = []
    while len(got) < 1000:
        some = receive(receiver, 1)
        receiver.settle(some)
        got += some
    assert [delivery.headers["number"] for delivery in got] == list(range(1000))
    assert got[7].body == b'{"n": 7}'
    assert {delivery.sender for delivery in got} == {"org-registry"}
    assert not any(delivery.redelivered for delivery in got)


def test_no_more_than_the_prefetch_is_in_flight_and_nothing_is_waited_for(publisher, receiver):
    publisher.wait(publisher.submit([message(number) for number in range(150)]))
    first = receive(receiver, 100)
    assert len(first) == 100
    assert receiver.receive(0.2, 1000) == []
    receiver.settle(first)
    assert len(receive(receiver, 50)) == 50


def test_what_is_not_acknowledged_comes_back_marked(publisher, broker):
    publisher.wait(publisher.submit([message(number) for number in range(10)]))
    with Receiver(broker.url("invitations"), "invitations", prefetch=100, name="first") as first:
        got = receive(first, 10)
        first.settle(got[:4])
    with Receiver(broker.url("invitations"), "invitations", prefetch=100, name="second") as second:
        again = receive(second, 6)
    assert [delivery.headers["number"] for delivery in again] == list(range(4, 10))
    assert all(delivery.redelivered for delivery in again)


def test_a_held_delivery_is_not_acknowledged_with_later_ones(publisher, broker):
    publisher.wait(publisher.submit([message(number) for number in range(10)]))
    with Receiver(broker.url("invitations"), "invitations", prefetch=100, name="first") as first:
        got = receive(first, 10)
        first.hold(got[3])
        first.settle(got[:3])
        first.settle(got[4:9])
        first.hold(got[9])
        first.settle([got[9]])
    with Receiver(broker.url("invitations"), "invitations", prefetch=100, name="second") as second:
        assert [delivery.headers["number"] for delivery in receive(second, 1)] == [3]


def test_a_message_that_no_queue_wants_goes_to_the_alternate_exchange_and_counts_as_taken(publisher, broker):
    states = publisher.wait(publisher.submit([message(1, "org-registry.nobody.asked.v1")]))
    assert list(states) == [CONFIRMED]
    assert broker.count("minasidor.unrouted") == 1


def test_without_an_alternate_exchange_it_comes_back(broker):
    with Operator(broker.url("operator")) as operator:
        operator.ask(lambda channel, done: channel.exchange_declare("plain", "topic", durable=True, callback=done))
        operator.ask(lambda channel, done: channel.queue_bind("invitations", "plain", "known", callback=done))
    with Publisher(broker.url("operator"), "plain", name="test") as publisher:
        states = publisher.wait(publisher.submit([message(1, "known"), message(2, "stranger"), message(3, "known")]))
    assert list(states) == [CONFIRMED, RETURNED, CONFIRMED]


def test_a_queue_that_takes_no_more_refuses(broker):
    full = {"x-queue-type": "classic", "x-max-length": 3, "x-overflow": "reject-publish"}
    with Operator(broker.url("operator")) as operator:
        operator.ask(lambda channel, done: channel.queue_declare("full", durable=True, arguments=full, callback=done))
        operator.ask(lambda channel, done: channel.queue_purge("full", callback=done))
    with Publisher(broker.url("operator"), "", name="test") as publisher:
        states = publisher.wait(publisher.submit([message(number, "full") for number in range(10)]))
    assert list(states).count(CONFIRMED) == 3
    assert list(states).count(REFUSED) == 7


def test_another_service_s_events_cannot_be_published_nor_its_queue_read(broker):
    with Publisher(broker.url("billing"), EXCHANGE, name="test") as publisher, pytest.raises(BrokerDown):
        publisher.wait(publisher.submit([message(1)]))
    with pytest.raises(BrokerDown), Receiver(broker.url("billing"), "invitations", prefetch=1, name="test"):
        pass


def test_a_wrong_password_and_a_closed_port_are_said_at_once(broker):
    for url in (broker.url("billing").replace("billing:billing", "billing:wrong"), "amqp://a:b@127.0.0.1:1/x"):
        with pytest.raises(BrokerDown), Publisher(url, EXCHANGE, name="test"):
            pass


def test_a_connection_that_ends_wakes_whoever_waits(receiver):
    failed = threading.Event()

    def wait():
        with pytest.raises(BrokerDown):
            receiver.receive(30, 1)
        failed.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    receiver.hang_up()
    waiting.join(5)
    assert failed.is_set()


def test_a_connection_refuses_to_work_in_a_forked_child(publisher):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            publisher.submit([message(1)])
        except RuntimeError as error:
            os.write(write, str(error).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        assert b"does not survive fork" in answer.read()


def frame(kind, tag, *, multiple=False):
    return types.SimpleNamespace(method=kind(tag, multiple))


def test_every_tag_is_counted_once_whatever_the_broker_groups():
    publisher = Publisher("amqp://a:b@127.0.0.1:1/x", EXCHANGE, name="never connected")
    flights = [
        Flight([message(number) for number in range(start, start + 5)], bytearray(5), 5, first=start)
        for start in (1, 6)
    ]
    publisher._flights.extend(flights)
    publisher._on_return(None, None, BasicProperties(message_id="2"), b"")
    publisher._on_confirm(frame(Basic.Ack, 2))
    publisher._on_confirm(frame(Basic.Nack, 7))
    publisher._on_confirm(frame(Basic.Ack, 4, multiple=True))
    assert not flights[0].done.is_set()
    publisher._on_confirm(frame(Basic.Ack, 8, multiple=True))
    assert flights[0].done.is_set()
    assert not flights[1].done.is_set()
    publisher._on_confirm(frame(Basic.Ack, 10))
    publisher._on_confirm(frame(Basic.Ack, 9))
    assert flights[1].done.is_set()
    assert list(flights[0].state) == [CONFIRMED, RETURNED, CONFIRMED, CONFIRMED, CONFIRMED]
    assert list(flights[1].state) == [CONFIRMED, REFUSED, CONFIRMED, CONFIRMED, CONFIRMED]
    publisher._loop.close()


def test_waits_grow_with_jitter_from_a_fifth_of_a_second_to_four():
    waits = backoff()
    many = [next(waits) for _ in range(200)]
    assert all(0.2 <= wait <= 4 for wait in many)
    assert many[0] <= 0.4
    assert max(many[10:]) > 3
    assert len(set(many)) > 190


def test_after_a_connection_that_has_lasted_the_waits_begin_anew(monkeypatch):
    """Found by row A10: a relay that had lost five connections in its life waited up to five seconds ever after."""
    clock = [0.0]
    monkeypatch.setattr("chassis.messaging.connection.time.monotonic", lambda: clock[0])
    waits = Waits()
    short_lived = []
    for _ in range(50):
        waits.begin()
        clock[0] += 1
        short_lived.append(waits.next())
    assert max(short_lived) > 2
    for _ in range(50):
        waits.begin()
        clock[0] += 6
        assert waits.next() <= 0.4

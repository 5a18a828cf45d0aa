"""The private RabbitMQ node: definitions, control, and that nothing stays behind."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

import pika
import psutil
import pytest
from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection

from devservers import ports, rabbitmq_files
from devservers.errors import ServerError
from devservers.rabbitmq import Rabbitmq
from devservers.rabbitmq_control import RabbitmqControl

DEFINITIONS = {
    "vhosts": [{"name": "/house"}],
    "users": [
        {
            "name": "writer",
            "password_hash": rabbitmq_files.password_hash("only-writes"),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": [],
        }
    ],
    "permissions": [{"user": "writer", "vhost": "/house", "configure": "^$", "write": "^news$", "read": "^$"}],
    "exchanges": [{"name": "news", "vhost": "/house", "type": "topic", "durable": True, "auto_delete": False}],
    "queues": [
        {
            "name": "reader",
            "vhost": "/house",
            "durable": True,
            "auto_delete": False,
            "arguments": {"x-queue-type": "quorum"},
        }
    ],
    "bindings": [
        {
            "source": "news",
            "vhost": "/house",
            "destination": "reader",
            "destination_type": "queue",
            "routing_key": "#",
            "arguments": {},
        }
    ],
}


def opened(url: str) -> tuple[BlockingConnection, BlockingChannel]:
    connection = BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.confirm_delivery()
    return connection, channel


def publish(url: str, body: bytes) -> None:
    connection, channel = opened(url)
    persistent = pika.BasicProperties(delivery_mode=2)
    channel.basic_publish("news", "a.b", body, properties=persistent, mandatory=True)
    connection.close()


def take(url: str) -> bytes | None:
    connection, channel = opened(url)
    _, _, body = channel.basic_get("reader", auto_ack=True)
    connection.close()
    return body


def alive_in(home: str) -> list[str]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("HOME") == home:
                found.append(process.name())
    return found


@pytest.mark.slow
def test_definitions_are_in_before_the_first_connection_and_bind_the_user(
    private_rabbitmq: Callable[..., Rabbitmq],
) -> None:
    node = private_rabbitmq(definitions=DEFINITIONS, vhost="/house")
    writer = node.url_for("writer", "only-writes", "/house")
    publish(writer, b"hej")
    connection, channel = opened(writer)
    with pytest.raises(pika.exceptions.ChannelClosedByBroker) as refused:
        channel.queue_declare("mine")
    connection.close()
    assert refused.value.reply_code == 403
    assert take(node.url) == b"hej"


@pytest.mark.slow
def test_a_killed_node_comes_back_with_its_confirmed_messages(
    private_rabbitmq: Callable[..., Rabbitmq],
) -> None:
    node = private_rabbitmq(definitions=DEFINITIONS, vhost="/house")
    publish(node.url, b"survives")
    node.kill()
    assert not node.ready()
    node.start()
    assert take(node.url) == b"survives"


@pytest.mark.slow
def test_nothing_is_left_after_a_stop(tmp_path: Path) -> None:
    node = Rabbitmq(tmp_path / "node with blanks")
    with node:
        home = node.environment()["HOME"]
        assert " " not in home
        assert alive_in(home)
        for port in (node.ports.amqp, node.ports.epmd, node.ports.distribution):
            assert ports.answers(port)
            own = socket.gethostbyname(socket.gethostname())
            assert own.startswith("127.") or not ports.answers(port, own)
    assert alive_in(home) == []
    assert all(ports.is_free(p) for p in (node.ports.amqp, node.ports.epmd))
    assert ports.is_free(node.ports.distribution)
    node.wipe()
    assert not Path(home).exists()


@pytest.mark.slow
def test_the_application_stops_and_starts_and_the_disk_alarm_blocks(
    private_rabbitmq: Callable[..., Rabbitmq],
) -> None:
    node = private_rabbitmq(definitions=DEFINITIONS, vhost="/house")
    node.stop_app()
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        publish(node.url, b"closed")
    node.start_app()
    node.set_disk_free_limit("1000000GB")
    blocked = pika.URLParameters(node.url)
    blocked.blocked_connection_timeout = 0.2
    connection = BlockingConnection(blocked)
    channel = connection.channel()
    channel.confirm_delivery()
    with pytest.raises(pika.exceptions.ConnectionBlockedTimeout):
        channel.basic_publish("news", "a", b"blocked")
    node.set_disk_free_limit("50MB")
    publish(node.url, b"free again")
    connection, channel = opened(node.url)
    node.close_connections()
    with pytest.raises(pika.exceptions.ConnectionClosedByBroker):
        connection.process_data_events(time_limit=10)


def test_virtual_hosts_come_and_go_on_the_shared_server(rabbitmq_server: RabbitmqControl) -> None:
    url = rabbitmq_server.create_vhost("devservers-test")
    connection, channel = opened(url)
    channel.queue_declare("q", durable=True)
    connection.close()
    assert rabbitmq_server.queues("devservers-test") == {"q": 0}
    rabbitmq_server.delete_vhost("devservers-test")
    with pytest.raises(pika.exceptions.AMQPError):
        opened(url)


def test_a_failing_tool_says_why(rabbitmq_server: RabbitmqControl) -> None:
    with pytest.raises(ServerError, match="no-such-vhost"):
        rabbitmq_server.delete_vhost("no-such-vhost")

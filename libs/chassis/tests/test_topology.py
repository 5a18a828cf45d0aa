"""The topology of an existing broker is compared with the catalogue, and completed; nothing is deleted or changed."""

import pytest

from chassis import topology
from chassis.messaging import Operator
from chassis.testing import wait_for
from chassis.topology import Difference, Management
from contracts import rabbitmq
from devservers.rabbitmq import Rabbitmq


def on_queue(broker, call):
    with Operator(broker.url("operator")) as operator:
        assert operator.ask(call) == 0


def test_a_broker_with_all_definitions_has_no_differences(broker):
    assert topology.verify(broker.url("operator")) == []
    assert topology.declare(broker.url("operator")) == []


def test_what_is_missing_is_named_and_made(broker):
    on_queue(broker, lambda channel, done: channel.queue_delete("cases.dead", callback=done))
    assert topology.verify(broker.url("operator")) == [Difference("queue", "cases.dead", "missing")]
    assert topology.declare(broker.url("operator")) == []
    assert topology.verify(broker.url("operator")) == []


def test_what_is_different_is_named_and_left_alone(broker):
    url = broker.url("operator")
    on_queue(broker, lambda channel, done: channel.queue_delete("cases.dead", callback=done))
    on_queue(broker, lambda channel, done: channel.queue_declare("cases.dead", durable=True, callback=done))
    try:
        assert topology.declare(url) == [Difference("queue", "cases.dead", "different")]
        assert topology.verify(url) == [Difference("queue", "cases.dead", "different")]
    finally:
        on_queue(broker, lambda channel, done: channel.queue_delete("cases.dead", callback=done))
        topology.declare(url)


@pytest.mark.slow
def test_the_management_api_makes_users_and_shows_every_right(tmp_path):
    passwords = {name: f"password of {name}" for name in (rabbitmq.OPERATOR, *rabbitmq.participants())}
    with Rabbitmq(tmp_path, management=True) as node:
        api = Management(f"http://{node.user}:{node.password}@127.0.0.1:{node.ports.management}")
        assert api.differences() == [Difference("permission", rabbitmq.VHOST, "missing")]
        api.provision(passwords)
        url = node.url_for(rabbitmq.OPERATOR, passwords[rabbitmq.OPERATOR], rabbitmq.VHOST)
        assert all(difference.problem == "missing" for difference in topology.verify(url, api))
        assert topology.declare(url) == []
        assert topology.verify(url, api) == []
        unrouted = f"queues/{rabbitmq.VHOST}/{rabbitmq.UNROUTED}"
        effective = wait_for(lambda: api._request("GET", unrouted).get("effective_policy_definition"), timeout=20)
        assert effective["max-length-bytes"] == rabbitmq.UNROUTED_BYTES
        api._request("DELETE", f"policies/{rabbitmq.VHOST}/{rabbitmq.UNROUTED}")
        assert topology.verify(url, api) == [Difference("policy", rabbitmq.UNROUTED, "missing")]
        api.provision({})
        assert topology.verify(url, api) == []
        api._request("PUT", f"permissions/{rabbitmq.VHOST}/billing", {"configure": ".*", "write": ".*", "read": ".*"})
        api._request("PUT", "users/stranger", {"password": "x", "tags": ""})
        api._request("PUT", f"permissions/{rabbitmq.VHOST}/stranger", {"configure": "", "write": "", "read": ".*"})
        api._request("POST", f"bindings/{rabbitmq.VHOST}/e/{rabbitmq.EXCHANGE}/q/cases", {"routing_key": "#"})
        assert topology.verify(url, api) == [
            Difference("binding", "minasidor.events -> cases (#)", "unexpected"),
            Difference("permission", "billing", "different"),
            Difference("permission", "stranger", "unexpected"),
        ]

"""A broker that is given by its URL alone: the topology is declared over AMQP, and all share one login.

For development only: without users of their own the broker cannot keep one service from sending as another.
"""

from __future__ import annotations

import pika

from contracts import rabbitmq
from devservers.errors import ServerError


def declare(url: str) -> None:
    """Declare exchanges, queues and bindings in the virtual host of ``url``; idempotent.

    Raises:
        ServerError: when the broker does not answer or refuses.

    """
    topology = rabbitmq.topology()
    try:
        connection = pika.BlockingConnection(pika.URLParameters(url))
        channel = connection.channel()
        for exchange in topology["exchanges"]:
            channel.exchange_declare(
                exchange["name"], exchange["type"], durable=True, arguments=exchange["arguments"] or None
            )
        for queue in topology["queues"]:
            channel.queue_declare(queue["name"], durable=True, arguments=queue["arguments"])
        for binding in topology["bindings"]:
            channel.queue_bind(binding["destination"], binding["source"], binding["routing_key"])
        connection.close()
    except pika.exceptions.AMQPError as error:
        raise ServerError(f"the broker that MINASIDOR_AMQP_URL names: {error!r}") from error

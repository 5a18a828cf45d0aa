"""The only package that speaks AMQP: connections, publishing with confirms, receiving in batches.

A connection lives on an I/O thread of its own, which alone touches it (pika is not thread-safe); heartbeats go on
while a handler works. A ``Publisher`` or ``Receiver`` is used from one other thread. Publishing and receiving never
share a connection: a broker in alarm blocks publishers and must not block consumers. Nothing here reconnects: whoever
uses it gets ``BrokerDown``, throws the object away and makes a new one (``backoff``). BlockingConnection, which pika
1.5 deprecates, is not used; a later pika changes these files and no other.
"""

from chassis.messaging.connection import BrokerDown, Waits, backoff
from chassis.messaging.operator import Operator
from chassis.messaging.publisher import CONFIRMED, REFUSED, RETURNED, Flight, Message, Publisher
from chassis.messaging.receiver import Receiver

__all__ = [
    "CONFIRMED",
    "REFUSED",
    "RETURNED",
    "BrokerDown",
    "Flight",
    "Message",
    "Operator",
    "Publisher",
    "Receiver",
    "Waits",
    "backoff",
]

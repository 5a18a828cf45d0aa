"""From what the broker handed over to an event that follows its schema and comes from its producer."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis import inbox
from chassis.inbox import Delivery
from chassis.subscriptions import Subscription, Subscriptions
from contracts.envelope import Envelope, InvalidEnvelope
from contracts.event import Event, InvalidEvent


class Refused(Exception):
    """It will never be right: bury it. ``code`` says why, ``detail`` holds places and never values."""

    def __init__(self, code: str, detail: str = "", *, event_id: UUID | None = None) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.event_id = event_id


@dataclass(slots=True, eq=False)
class Work:
    """A delivery that was understood."""

    delivery: Delivery
    envelope: Envelope
    event: Event
    subscription: Subscription
    digest: bytes


def understand(delivery: Delivery, subscriptions: Subscriptions, *, trust_sender: bool) -> Work:
    """Check ``delivery`` against envelope, catalogue and schema; raises ``Refused``."""
    try:
        envelope = Envelope.from_headers(delivery.headers)
    except InvalidEnvelope as error:
        raise Refused("bad-envelope", str(error)) from error
    subscription = subscriptions.get(envelope.type)
    if subscription is None:
        known = subscriptions.has_other_version(envelope.type)
        raise Refused("unknown-version" if known else "unknown-type", event_id=envelope.id)
    producer = subscription.spec.producer
    if envelope.source != producer or not (trust_sender or delivery.sender == producer):
        raise Refused("wrong-sender", event_id=envelope.id)
    try:
        event = subscription.spec.decode(delivery.body)
    except InvalidEvent as error:
        raise Refused("bad-body", str(error), event_id=envelope.id) from error
    return Work(delivery, envelope, event, subscription, inbox.digest(delivery.body))

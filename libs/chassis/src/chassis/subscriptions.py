"""A service's consumer as a table: event class -> handler.

``SUBSCRIPTIONS = Subscriptions(on(AgreementStartedV1, agreement_started), …)`` in ``consumers.py``. The table is
checked against the catalogue when it is made: the broker's bindings come from the catalogue, so an event that is
bound but not handled would fill the dead letters, and one handled but not bound would never come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from contracts.catalogue import consumed_by
from contracts.event import Event, EventSpec
from contracts.rabbitmq import participants

if TYPE_CHECKING:
    from chassis.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """The attributes of the event that a handler is given."""

    event_id: UUID
    type: str
    source: str
    """The producing service; validated against the broker's ``user_id``."""
    time: datetime
    """When it happened: the producer's database clock, UTC."""
    subject: str
    """Id of the aggregate that it is about."""
    version: int
    """Version of that aggregate after the event."""
    correlation_id: str | None


Handler = Callable[["Tx", Any, Meta], None]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One line of the table."""

    spec: EventSpec
    handler: Handler
    ordered: bool


def on(event: type[Event], handler: Handler, *, ordered: bool = False) -> Subscription:
    """Call ``handler(tx, event, meta)`` once for each ``event``.

    ``ordered``: an event whose aggregate version is lower than or equal to the last one applied (per source and
    subject, over all ordered subscriptions) is ignored. Use it for events that carry state; leave it for deltas.
    """
    return Subscription(event.spec, handler, ordered)


class SubscriptionError(ValueError):
    """The table and the catalogue disagree."""


class Subscriptions:
    """All events that one service takes.

    Raises ``SubscriptionError`` unless the types are exactly those that the catalogue gives to one service
    (to ``service``, where it is named; the worker checks its own name in any case).
    """

    def __init__(self, *subscriptions: Subscription, service: str | None = None) -> None:
        self._by_type = {subscription.spec.type: subscription for subscription in subscriptions}
        if len(self._by_type) != len(subscriptions):
            message = "an event is subscribed to twice"
            raise SubscriptionError(message)
        if service is not None:
            self.check(service)
        elif self._by_type and not any(self._differences(name) == ([], []) for name in participants()):
            nearest = min(participants(), key=lambda name: sum(map(len, self._differences(name))))
            self.check(nearest)

    def _differences(self, service: str) -> tuple[list[str], list[str]]:
        catalogued = {spec.type for spec in consumed_by(service)}
        own = set(self._by_type)
        return sorted(catalogued - own), sorted(own - catalogued)

    def check(self, service: str) -> None:
        """Raise ``SubscriptionError`` unless these are exactly the events catalogued for ``service``."""
        unhandled, uncatalogued = self._differences(service)
        if unhandled or uncatalogued:
            message = (
                f"subscriptions of {service} differ from the catalogue:"
                f" not handled {unhandled or 'none'}, not catalogued {uncatalogued or 'none'}"
            )
            raise SubscriptionError(message)

    def get(self, type_: str) -> Subscription | None:
        """The line for ``type_``, if there is one."""
        return self._by_type.get(type_)

    def has_other_version(self, type_: str) -> bool:
        """Whether another major version of the same event is subscribed to."""
        stem = type_.rpartition(".")[0]
        return any(known.rpartition(".")[0] == stem for known in self._by_type)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(self._by_type.values())

    def __len__(self) -> int:
        return len(self._by_type)

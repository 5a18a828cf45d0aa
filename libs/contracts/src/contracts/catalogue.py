"""All events, who sends them and who takes them. Importing this module completes the registry."""

from __future__ import annotations

from contracts import (
    batch_billing,
    billing,
    identity,
    invitations,
    metering,
    notify,
    org_registry,
)
from contracts.event import REGISTRY, EventSpec

MODULES = (batch_billing, billing, identity, invitations, metering, notify, org_registry)

EXCHANGE = "minasidor.events"
"""The topic exchange; the routing key is the event type."""

SERVICES = (
    "identity",
    "org-registry",
    "invitations",
    "billing",
    "metering",
    "notify",
    "cases",
    "orders",
    # new services above
)
"""The services of the suite, by folder name. Each has a queue and a broker user of its own."""

OUTSIDERS = ("batch-billing",)
"""Systems of others that take part through events alone."""

CATALOGUE: dict[str, EventSpec] = dict(sorted(REGISTRY.items()))


def consumed_by(service: str) -> list[EventSpec]:
    """The event types that the queue of ``service`` is bound to."""
    return [spec for spec in CATALOGUE.values() if service in spec.consumers]


def produced_by(service: str) -> list[EventSpec]:
    """The event types that only ``service`` may publish."""
    return [spec for spec in CATALOGUE.values() if spec.producer == service]

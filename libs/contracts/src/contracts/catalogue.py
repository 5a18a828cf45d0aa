"""All events, who sends them and who takes them. Importing this module completes the registry."""

from __future__ import annotations

from contracts import (
    activities,
    activity,
    batch_billing,
    billing,
    data_requests,
    identity,
    invitations,
    metering,
    notify,
    org_registry,
)
from contracts.event import REGISTRY, EventSpec

MODULES = (activity, batch_billing, billing, identity, invitations, metering, notify, org_registry)

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
    "activity",
    # new services above
)
"""The services of the suite, by folder name. Each has a queue and a broker user of its own."""

OWNED_APART = ("activity",)
"""Services whose tables belong to a second database role, ``<name>_owner``, that only migrations log in as: their own
role cannot change what it may only add to (ADR 0013)."""

OUTSIDERS = ("batch-billing",)
"""Systems of others that take part through events alone."""

ACTIVITIES = {service: activities.declare(service) for service in SERVICES}
"""What somebody did: one body, one event type per service."""

data_requests.declare_scoped(SERVICES)
ANSWERS = {service: data_requests.declare(service) for service in SERVICES if service != data_requests.COORDINATOR}
"""What a service answers where a person's data is asked for: one body, one event type per service."""

CATALOGUE: dict[str, EventSpec] = dict(sorted(REGISTRY.items()))


def consumed_by(service: str) -> list[EventSpec]:
    """The event types that the queue of ``service`` is bound to."""
    return [spec for spec in CATALOGUE.values() if service in spec.consumers]


def produced_by(service: str) -> list[EventSpec]:
    """The event types that only ``service`` may publish."""
    return [spec for spec in CATALOGUE.values() if spec.producer == service]

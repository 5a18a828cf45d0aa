"""The broker's whole topology and its users, generated from the catalogue.

``definitions`` is what RabbitMQ's ``load_definitions`` takes: one file serves the laptop, compose
and the cluster. Nobody but an operator may declare anything (ADR 0006).
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import Any

from contracts.catalogue import EXCHANGE, OUTSIDERS, SERVICES, consumed_by

VHOST = "minasidor"
DEAD_EXCHANGE = "minasidor.dead"
UNROUTED = "minasidor.unrouted"
OPERATOR = "operator"
DELIVERY_LIMIT = 50
"""The broker's own net. Services give up on a message long before, by their attempt counter."""
UNROUTED_BYTES = 256 * 1024 * 1024
"""Events that nobody takes yet all end in ``minasidor.unrouted``: the oldest go, the broker's disk stays."""


def queue_arguments() -> dict[str, Any]:
    """A service's queue: quorum, bounded redelivery, dead letters without loss."""
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-overflow": "reject-publish",
        "x-dead-letter-exchange": DEAD_EXCHANGE,
        "x-dead-letter-strategy": "at-least-once",
    }


def _queue(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"vhost": VHOST, "name": name, "durable": True, "auto_delete": False, "arguments": arguments}


def _exchange(name: str, kind: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "vhost": VHOST,
        "name": name,
        "type": kind,
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": arguments or {},
    }


def _binding(source: str, queue: str, key: str) -> dict[str, Any]:
    return {
        "vhost": VHOST,
        "source": source,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
    }


def participants() -> tuple[str, ...]:
    """Everybody with a queue and a user: the services and the outsiders."""
    return (*SERVICES, *OUTSIDERS)


def topology() -> dict[str, list[dict[str, Any]]]:
    """Exchanges, queues and bindings; no secrets in it."""
    queues, bindings = [], []
    for name in participants():
        arguments = queue_arguments() | {"x-dead-letter-routing-key": name}
        queues += [_queue(name, arguments), _queue(f"{name}.dead", {"x-queue-type": "quorum"})]
        bindings += [_binding(EXCHANGE, name, spec.type) for spec in consumed_by(name)]
        bindings.append(_binding(DEAD_EXCHANGE, f"{name}.dead", name))
    queues.append(_queue(UNROUTED, {"x-queue-type": "quorum"}))
    bindings.append(_binding(UNROUTED, UNROUTED, ""))
    return {
        "exchanges": [
            _exchange(EXCHANGE, "topic", {"alternate-exchange": UNROUTED}),
            _exchange(DEAD_EXCHANGE, "direct"),
            _exchange(UNROUTED, "fanout"),
        ],
        "queues": queues,
        "bindings": bindings,
    }


def policies() -> list[dict[str, Any]]:
    """What may be changed on a queue that exists already, as its arguments may not."""
    return [
        {
            "vhost": VHOST,
            "name": UNROUTED,
            "pattern": f"^{re.escape(UNROUTED)}$",
            "apply-to": "queues",
            "priority": 0,
            "definition": {"max-length-bytes": UNROUTED_BYTES, "overflow": "drop-head"},
        }
    ]


def permissions() -> dict[str, list[dict[str, str]]]:
    """Who may do what: write only the own keys, read only the own queue, declare nothing."""
    plain = [{"user": OPERATOR, "vhost": VHOST, "configure": ".*", "write": ".*", "read": ".*"}]
    topic = []
    for name in participants():
        own = re.escape(name).replace("\\-", "-")
        plain.append(
            {
                "user": name,
                "vhost": VHOST,
                "configure": "^$",
                "write": f"^{re.escape(EXCHANGE)}$",
                "read": f"^{own}$",
            }
        )
        topic.append({"user": name, "vhost": VHOST, "exchange": EXCHANGE, "write": rf"^{own}\.", "read": ".*"})
    return {"permissions": plain, "topic_permissions": topic}


def hash_password(password: str, salt: bytes | None = None) -> str:
    """RabbitMQ's ``rabbit_password_hashing_sha256``: base64 of salt + SHA-256(salt + password)."""
    salt = salt or secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def definitions(passwords: dict[str, str]) -> dict[str, Any]:
    """Everything a fresh broker needs. ``passwords`` holds one per participant and ``operator``."""
    users = [
        {
            "name": name,
            "password_hash": hash_password(passwords[name]),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": "administrator" if name == OPERATOR else "",
        }
        for name in (OPERATOR, *participants())
    ]
    return {"users": users, "vhosts": [{"name": VHOST}], **permissions(), "policies": policies(), **topology()}

"""AsyncAPI 3.0, generated from the catalogue: what a Java or .NET team integrates from."""

from __future__ import annotations

from typing import Any

from contracts.catalogue import CATALOGUE, EXCHANGE, OUTSIDERS, SERVICES
from contracts.envelope import CONTENT_TYPE, PREFIX
from contracts.event import EventSpec
from contracts.examples import passing
from contracts.rabbitmq import VHOST

DESCRIPTION = """\
Händelserna i Minasidor. / The events of Minasidor.

**Transport.** RabbitMQ (AMQP 0-9-1), topic exchange `minasidor.events`, routing key = event type. Publish persistent
(`delivery_mode` 2) with publisher confirms and `mandatory`; set `user_id` to your own user name, the broker checks
it. Every participant reads one queue that has its own name; queues and bindings exist already, nobody may declare any.

**Envelope.** CloudEvents 1.0, binary mode: attributes are AMQP headers with the prefix `cloudEvents:`, the body is
JSON in UTF-8. `id` is a UUID, unique per event: a repeated `id` is ignored. `aggregateversion` counts up per
`subject`: an older version is ignored where order matters.

**Delivery.** At least once, in no guaranteed order. Acknowledge after your own commit. What cannot be handled goes
to `<name>.dead` and is reported.

**Compatibility.** Unknown fields are to be ignored. Inside a version only optional fields are added. A change of
meaning is a new version (`.v2`), and both are sent for 14 days.
"""


def _message(spec: EventSpec) -> dict[str, Any]:
    return {
        "name": spec.type,
        "title": spec.type,
        "summary": spec.summary,
        "contentType": CONTENT_TYPE,
        "headers": {"$ref": "#/components/schemas/Envelope"},
        "payload": {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": _inline(spec.schema())},
        "examples": [{"name": "example", "payload": passing(spec.type)}],
        "x-producer": spec.producer,
        "x-consumers": list(spec.consumers),
    }


def _inline(schema: dict[str, Any]) -> dict[str, Any]:
    # Inside AsyncAPI a "#/$defs" reference would point into the whole document: put the definitions in place.
    definitions = schema.get("$defs", {})

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            reference = node.get("$ref", "")
            if reference.startswith("#/$defs/"):
                rest = {key: walk(value) for key, value in node.items() if key != "$ref"}
                return walk(definitions[reference.rsplit("/", 1)[1]]) | rest
            return {key: walk(value) for key, value in node.items() if key not in {"$defs", "$id", "$schema"}}
        if isinstance(node, list):
            return [walk(item) for item in node]
        return node

    result: dict[str, Any] = walk(schema)
    return result


def _envelope() -> dict[str, Any]:
    properties = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid"},
        "source": {"type": "string", "description": "The producer's name, the same as its broker user"},
        "type": {"type": "string"},
        "subject": {"type": "string", "description": "Id of what the event is about"},
        "aggregateversion": {"type": "integer", "minimum": 1},
        "time": {"type": "string", "format": "date-time"},
        "dataschema": {"type": "string", "description": "`urn:minasidor:event:<type>`"},
        "correlationid": {"type": "string"},
        "traceparent": {"type": "string", "description": "W3C Trace Context"},
    }
    optional = {"correlationid", "traceparent", "dataschema"}
    return {
        "type": "object",
        "required": [PREFIX + name for name in properties if name not in optional],
        "properties": {PREFIX + name: schema for name, schema in properties.items()},
    }


def document() -> dict[str, Any]:
    """Return the whole document."""
    channels, operations, messages = {}, {}, {}
    for type_, spec in CATALOGUE.items():
        messages[type_] = _message(spec)
        channels[type_] = {
            "address": type_,
            "summary": spec.summary,
            "messages": {type_: {"$ref": f"#/components/messages/{type_}"}},
            "bindings": {
                "amqp": {
                    "is": "routingKey",
                    "exchange": {"name": EXCHANGE, "type": "topic", "durable": True, "vhost": VHOST},
                }
            },
        }
        for action, names in (("send", (spec.producer,)), ("receive", spec.consumers)):
            for name in names:
                operations[f"{name}.{action}.{type_}"] = {
                    "action": action,
                    "title": f"{name} {action}s {type_}",
                    "channel": {"$ref": f"#/channels/{type_}"},
                    "messages": [{"$ref": f"#/channels/{type_}/messages/{type_}"}],
                    "tags": [{"name": name}],
                }
    return {
        "asyncapi": "3.0.0",
        "id": "urn:minasidor:events",
        "info": {
            "title": "Minasidor events",
            "version": "1.0.0",
            "description": DESCRIPTION,
            "license": {"name": "EUPL-1.2"},
            "tags": [{"name": name} for name in (*SERVICES, *OUTSIDERS)],
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {"Envelope": _envelope()}},
    }

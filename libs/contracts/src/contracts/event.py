"""What an event is: a frozen msgspec struct plus the facts that the catalogue needs.

One declaration gives the JSON Schema, the validating decoder and the encoder (ADR 0004).
Decoding is tolerant: unknown fields are ignored, missing or wrong ones raise ``InvalidEvent``.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, TypeVar

import msgspec

TYPE_PATTERN = re.compile(
    r"^(?P<producer>[a-z][a-z-]*)\.(?P<noun>[a-z][a-z-]*)\.(?P<verb>[a-z][a-z-]*)\.v(?P<version>[1-9][0-9]*)$"
)


class InvalidEvent(ValueError):
    """The body does not follow its schema. The message names the place, never the value."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every event. Subclasses are declared with ``@event``."""

    spec: ClassVar[EventSpec]


@dataclass(frozen=True, kw_only=True)
class EventSpec:
    """The catalogue's entry for one event type."""

    type: str
    """Event type, routing key and schema name, for example ``metering.reading.submitted.v1``."""
    cls: builtins.type[Event]
    producer: str
    """The service (folder name) that alone may publish it; the broker enforces this."""
    consumers: tuple[str, ...]
    """The services whose queue is bound to it."""
    aggregate: str
    """What the CloudEvents ``subject`` is the id of; versions count up per subject."""
    summary: str

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[Any]:
        """A compiled decoder for the body of this type."""
        return msgspec.json.Decoder(self.cls)

    def decode(self, body: bytes) -> Event:
        """Return the event in ``body``; raises ``InvalidEvent`` where it breaks the schema."""
        try:
            event: Event = self.decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidEvent(_without_values(str(error))) from error
        return event

    def schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of the body."""
        (schema,), components = msgspec.json.schema_components([self.cls], ref_template="#/$defs/{name}")
        name = schema["$ref"].rsplit("/", 1)[1]
        body = dict(components.pop(name))
        document: dict[str, Any] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:minasidor:event:{self.type}",
            "title": self.type,
            "description": self.summary,
            **{key: value for key, value in body.items() if key not in {"title", "description"}},
        }
        if components:
            document["$defs"] = components
        return document


def _without_values(message: str) -> str:
    # msgspec quotes an offending enum value; everything else it says is about places and types.
    return re.sub(r"'[^']*'|\"[^\"]*\"", "…", message)


REGISTRY: dict[str, EventSpec] = {}
"""Every declared event by type; complete only once ``contracts.catalogue`` has been imported."""

B = TypeVar("B", bound=Event)
E = TypeVar("E", bound=type[Event])


def event(type_: str, *, consumers: tuple[str, ...], aggregate: str, summary: str) -> Callable[[E], E]:
    """Declare the struct below as the event ``type_`` (``<producer>.<noun>.<verb>.v<n>``)."""
    match = TYPE_PATTERN.match(type_)
    if match is None:
        message = f"{type_!r} is not <producer>.<noun>.<verb>.v<n>"
        raise ValueError(message)

    def declare(cls: E) -> E:
        if type_ in REGISTRY:
            message = f"{type_} is declared twice"
            raise ValueError(message)
        cls.spec = EventSpec(
            type=type_,
            cls=cls,
            producer=match["producer"],
            consumers=consumers,
            aggregate=aggregate,
            summary=summary,
        )
        REGISTRY[type_] = cls.spec
        return cls

    return declare


def declare_for(
    service: str, body: type[B], name: str, type_: str, *, consumers: tuple[str, ...], aggregate: str, summary: str
) -> type[B]:
    """One producer's own event type with a ``body`` that several services tell alike: a routing key has one producer.

    ``name`` is the class's, in the module of that producer.
    """
    made: Any = msgspec.defstruct(
        name,
        [],
        bases=(body,),
        module=f"contracts.{service.replace('-', '_')}",
        namespace={"__doc__": body.__doc__},
        frozen=True,
        kw_only=True,
    )
    declared: type[B] = event(type_, consumers=consumers, aggregate=aggregate, summary=summary)(made)
    return declared


def encode(instance: Event) -> bytes:
    """JSON bytes of the body."""
    return msgspec.json.encode(instance)

"""My data: an export or an erasure over all services, as one saga of events (GDPR 15, 17, 20; B-21, ADR 0014).

identity opens a request, org-registry says which accounts are the person's own, every service answers identity. A
routing key belongs to its producer, so there is one event type per service, ``<service>.data-request.answered.v1``, and
one body for all; the catalogue declares the types from its list of services.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.event import Event, declare_for, event

COORDINATOR = "identity"
"""Keeps the requests and takes the answers; its own part it answers to itself."""

REGISTRY_OF_ACCOUNTS = "org-registry"
"""Alone knows whose an account is."""

SealedPart = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){4}$",
        max_length=100_000,
        description="JWE (ECDH-ES+A256KW, X25519) that only identity can open: a piece of what is kept of a person.",
    ),
]
Code = Annotated[str, Meta(pattern="^[a-z][a-z-]{0,59}$")]
Sentence = Annotated[str, Meta(min_length=1, max_length=500, description="Says what kind of data, never whose.")]


class DataRequestKind(StrEnum):
    """What is asked of every service."""

    EXPORT = "export"
    ERASURE_CHECK = "erasure-check"
    """Is there anything that stands against erasing? Nothing is changed."""
    ERASURE = "erasure"
    """Nothing did: erase what may go, and say what is kept."""


class BothLanguages(msgspec.Struct, frozen=True, kw_only=True):
    """A text for the person."""

    sv: Sentence
    en: Sentence

    def text(self, locale: str) -> str:
        """In the reader's language."""
        return self.en if locale == "en" else self.sv


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """Why a person cannot be erased now."""

    code: Code
    text: BothLanguages


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure leaves, by what right, and to what last day."""

    what: BothLanguages
    why: BothLanguages
    until: date | None = None


class DataRequestAnswered(Event, frozen=True, kw_only=True):
    """The fields of every ``<service>.data-request.answered.v1``.

    An export comes in ``parts`` pieces, each in ``sealed``; everything else in one piece. Of several answers to one
    request the first that is whole counts, so they may come twice, late and in any order.
    """

    request_id: UUID
    kind: DataRequestKind
    answer_id: UUID
    """The same in all pieces of one answer."""
    part: Annotated[int, Meta(ge=1, le=10_000)]
    parts: Annotated[int, Meta(ge=1, le=10_000)]
    sealed: SealedPart | None
    objections: Annotated[tuple[Objection, ...], Meta(max_length=50)]
    erased: Annotated[tuple[BothLanguages, ...], Meta(max_length=50)]
    kept: Annotated[tuple[Kept, ...], Meta(max_length=50)]


class DataRequestScopedV1(Event, frozen=True, kw_only=True):
    """Of a person, to be answered by every service.

    ``account_ids`` are the person's own private accounts: not a company's, and none that he is only a delegate of.
    """

    request_id: UUID
    kind: DataRequestKind
    person_id: UUID
    account_ids: Annotated[tuple[UUID, ...], Meta(max_length=1000)]


def declare_scoped(services: tuple[str, ...]) -> type[DataRequestScopedV1]:
    """Make the event that asks everybody; for the catalogue."""
    return event(
        f"{REGISTRY_OF_ACCOUNTS}.data-request.scoped.v1",
        consumers=tuple(service for service in services if service != REGISTRY_OF_ACCOUNTS),
        aggregate="data-request",
        summary="Whose data is asked for, and which accounts are the person's own. Every service answers identity.",
    )(DataRequestScopedV1)


def type_for(service: str) -> str:
    """``metering`` -> ``metering.data-request.answered.v1``."""
    return f"{service}.data-request.answered.v1"


def declare(service: str) -> type[DataRequestAnswered]:
    """The event type of one producer; for the catalogue."""
    return declare_for(
        service,
        DataRequestAnswered,
        "DataRequestAnsweredV1",
        type_for(service),
        consumers=(COORDINATOR,),
        aggregate="data-request",
        summary="A service's part of a person's export or erasure.",
    )

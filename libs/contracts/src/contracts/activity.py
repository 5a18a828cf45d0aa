"""Events of activity, which keeps who did what, when and on whose behalf."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.event import Event, event


class ChainHead(msgspec.Struct, frozen=True, kw_only=True):
    """Where a chain of the activity log stands; the hash covers everything before it."""

    chain_id: UUID
    seq: Annotated[int, Meta(ge=1)]
    hash: Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256, hexadecimal.")]


@event(
    "activity.chain.anchored.v1",
    consumers=("org-registry",),
    aggregate="anchor",
    summary="Heads of the activity log's chains, to be kept out of reach of whoever could rewrite the log (C37).",
)
class ChainAnchoredV1(Event, frozen=True, kw_only=True):
    """Sent each minute for the chains that have grown, and for each checkpoint before old entries are dropped."""

    anchor_id: UUID
    heads: Annotated[tuple[ChainHead, ...], Meta(min_length=1, max_length=500)]

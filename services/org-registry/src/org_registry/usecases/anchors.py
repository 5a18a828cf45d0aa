"""Keeping the anchors of the activity log, and handing them to its verifier (C37)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

from chassis.transaction import Tx
from org_registry.store import anchors


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """The hash at one place of one chain."""

    chain_id: UUID
    seq: int
    hash: bytes


def keep_anchors(tx: Tx, heads: Sequence[Anchor]) -> None:
    """Add anchors; never changes or removes one."""
    anchors.keep(tx, [{"chain_id": head.chain_id, "seq": head.seq, "hash": head.hash} for head in heads])


def export_anchors(tx: Tx) -> Iterator[dict[str, Any]]:
    """Every anchor in the verifier's form and order."""
    for row in anchors.all_of_them(tx):
        yield {
            "chain_id": str(row.chain_id),
            "seq": row.seq,
            "hash": bytes(row.hash).hex(),
            "received_at": row.received_at.astimezone(UTC).isoformat(),
        }

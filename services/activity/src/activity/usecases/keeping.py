"""Anchoring the chains in another service, and letting the oldest entries go behind anchored checkpoints (C37)."""

from __future__ import annotations

from collections.abc import Sequence

from activity.domain import Head
from activity.store import ledger
from chassis.ids import new_id
from chassis.transaction import Tx
from contracts.activity import ChainAnchoredV1, ChainHead

BATCH = 500
"""Heads in one event."""


def anchor(tx: Tx) -> int:
    """Tell a batch of heads that have moved; returns how many."""
    heads = ledger.not_anchored(tx, BATCH)
    if heads:
        _tell(tx, heads)
        ledger.note_anchored(tx, heads)
    return len(heads)


def make_checkpoints(tx: Tx) -> int:
    """Keep, and anchor, where the chains stood at the end of every month that is to go; returns how many are new."""
    made = 0
    for month in ledger.old_months(tx):
        heads = ledger.make_checkpoints(tx, month)
        for start in range(0, len(heads), BATCH):
            _tell(tx, heads[start : start + BATCH])
        made += len(heads)
    return made


def drop_oldest(tx: Tx) -> int:
    """Let the oldest month go, if its checkpoints are anchored since a day; returns how many entries, or -1."""
    months = ledger.old_months(tx)
    return ledger.drop_month(tx, months[0]) if months else -1


def _tell(tx: Tx, heads: Sequence[Head]) -> None:
    anchor_id = new_id()
    told = tuple(ChainHead(chain_id=head.chain_id, seq=head.seq, hash=head.hash.hex()) for head in heads)
    tx.emit(ChainAnchoredV1(anchor_id=anchor_id, heads=told), aggregate_id=anchor_id, version=1)

"""Heads of the activity log's chains, kept here because nobody who can rewrite the log can reach them (C37)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, Row, Table, Uuid, func, select
from sqlalchemy.dialects.postgresql import insert

from chassis.transaction import Tx
from org_registry.store.tables import METADATA

anchors = Table(
    "activity_anchor",
    METADATA,
    Column("chain_id", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("received_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
)
# The hash is part of the key: a second one for the same place is evidence, and is kept beside the first.
_KEEP = insert(anchors).on_conflict_do_nothing()


def keep(tx: Tx, heads: Sequence[Mapping[str, Any]]) -> None:
    """Add them; those that are here stay as they are."""
    tx.session.execute(_KEEP, list(heads))


def all_of_them(tx: Tx) -> Iterator[Row[Any]]:
    """Every anchor, by chain and place."""
    query = select(*anchors.c).order_by(anchors.c.chain_id, anchors.c.seq, anchors.c.received_at)
    yield from tx.session.execute(query, execution_options={"yield_per": 1000})

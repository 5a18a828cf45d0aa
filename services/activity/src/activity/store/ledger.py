"""Adding to the chains, telling their heads, letting the oldest go, and reading all of it for the verifier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from activity.domain import Entry, Head
from activity.store.tables import anchored, chains, checkpoints, entries
from chassis.transaction import Tx

_APPEND = text("SELECT ledger.append(:chain_id, :activity_id, :at, :person_id, :account_id, :about_person_id, :body)")
_NOTE = insert(anchored).on_conflict_do_update(
    index_elements=["chain_id"], set_={"seq": func.greatest(anchored.c.seq, insert(anchored).excluded.seq)}
)
ROWS_AT_A_TIME = 1000


def append(
    tx: Tx,
    *,
    chain_id: UUID,
    activity_id: UUID,
    at: datetime,
    person_id: UUID | None,
    account_id: UUID | None,
    about_person_id: UUID | None,
    body: bytes,
) -> None:
    """Put an entry at the end of its chain; a batch of them goes in one round trip."""
    tx.later(
        _APPEND,
        {
            "chain_id": chain_id,
            "activity_id": activity_id,
            "at": at,
            "person_id": person_id,
            "account_id": account_id,
            "about_person_id": about_person_id,
            "body": body,
        },
    )


def make_month(tx: Tx, day: date) -> bool:
    """Make the partition that ``day`` falls in; whether it was missing."""
    return bool(tx.session.execute(text("SELECT ledger.make_month(:day)"), {"day": day}).scalar_one())


def not_anchored(tx: Tx, limit: int) -> Sequence[Head]:
    """Heads that have moved since they were last anchored, those that wait longest first."""
    rows = tx.session.execute(
        select(chains.c.chain_id, chains.c.seq, chains.c.hash)
        .outerjoin(anchored, anchored.c.chain_id == chains.c.chain_id)
        .where(chains.c.seq > func.coalesce(anchored.c.seq, 0))
        .order_by(chains.c.moved_at, chains.c.chain_id)
        .limit(limit)
    )
    return [Head(chain_id=row.chain_id, seq=row.seq, hash=bytes(row.hash)) for row in rows]


def note_anchored(tx: Tx, heads: Sequence[Head]) -> None:
    """These have been told."""
    tx.session.execute(_NOTE, [{"chain_id": head.chain_id, "seq": head.seq} for head in heads])


def old_months(tx: Tx) -> Sequence[date]:
    """Months past their retention, oldest first; the database knows how long that is."""
    return tx.session.execute(text("SELECT ledger.old_months()")).scalars().all()


def make_checkpoints(tx: Tx, month: date) -> Sequence[Head]:
    """Keep where each chain stood when ``month`` ended; returns the new ones."""
    rows = tx.session.execute(text("SELECT * FROM ledger.make_checkpoints(:month)"), {"month": month})
    return [Head(chain_id=row.chain_id, seq=row.seq, hash=bytes(row.hash)) for row in rows]


def drop_month(tx: Tx, month: date) -> int:
    """Let the entries of ``month`` go; how many, or -1 while their checkpoints are younger than a day."""
    return int(tx.session.execute(text("SELECT ledger.drop_month(:month)"), {"month": month}).scalar_one())


def hold_still(tx: Tx) -> None:
    """From here on the transaction sees one moment, however long it reads; its first statement, or it is refused."""
    tx.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    tx.session.execute(text("SET LOCAL statement_timeout = 0"))


def heads(tx: Tx) -> Iterator[Head]:
    """Where every chain ends, by chain."""
    query = select(chains.c.chain_id, chains.c.seq, chains.c.hash).order_by(chains.c.chain_id)
    for row in _stream(tx, query):
        yield Head(chain_id=row.chain_id, seq=row.seq, hash=bytes(row.hash))


def kept_checkpoints(tx: Tx) -> Iterator[Head]:
    """Every checkpoint, by chain and place."""
    query = select(checkpoints.c.chain_id, checkpoints.c.seq, checkpoints.c.hash).order_by(
        checkpoints.c.chain_id, checkpoints.c.seq
    )
    for row in _stream(tx, query):
        yield Head(chain_id=row.chain_id, seq=row.seq, hash=bytes(row.hash))


def all_entries(tx: Tx) -> Iterator[Entry]:
    """Every entry, by chain and place."""
    for row in _stream(tx, select(*entries.c).order_by(entries.c.chain_id, entries.c.seq, entries.c.recorded_at)):
        yield Entry(
            chain_id=row.chain_id,
            seq=row.seq,
            activity_id=row.activity_id,
            at=row.at,
            person_id=row.person_id,
            account_id=row.account_id,
            about_person_id=row.about_person_id,
            body=bytes(row.body),
            hash=bytes(row.hash),
        )


def _stream(tx: Tx, query: Any) -> Any:
    return tx.session.execute(query, execution_options={"yield_per": ROWS_AT_A_TIME})

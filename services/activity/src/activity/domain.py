"""What an entry is, how entries hang together, and what a change to them looks like (C37)."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis import errors

RETENTION_MONTHS = 36
"""How long an act can be seen; then its month is dropped, behind a checkpoint. The database holds to it by itself."""
YOUNGEST_CHECKPOINT = timedelta(days=35 * 30)
"""A little less than the retention: what was anchored later than this cannot have been dropped."""
COLUMNS = ("activity_id", "at", "person_id", "account_id", "about_person_id")
"""What is stored beside the body to be searched for; each must say what the body says."""
SUPPORT_NAME = {"sv": "Kundservice", "en": "Customer service"}


class AnchorsUnreadable(errors.Invalid):
    """The file of anchors is not what ``export-activity-anchors`` writes."""

    code = "activity-anchors-unreadable"
    sv = ("Ankarna går inte att läsa", "Rad {line} är inte skriven av export-activity-anchors.")
    en = ("The anchors cannot be read", "Line {line} was not written by export-activity-anchors.")


def genesis(chain_id: UUID) -> bytes:
    """``h_0``: bound to the chain, so that no chain can stand in for another."""
    return hashlib.sha256(f"minasidor:activity:{chain_id}".encode()).digest()


def link(previous: bytes, body: bytes) -> bytes:
    """``h_n = SHA256(h_{n-1} || canonical(row))``."""
    return hashlib.sha256(previous + body).digest()


@dataclass(frozen=True, kw_only=True)
class Head:
    """A place in a chain and the hash there: an anchor, a checkpoint, or where the chain ends."""

    chain_id: UUID
    seq: int
    hash: bytes


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One act as it is stored; ``body`` is what is hashed, the rest is there to be searched for."""

    chain_id: UUID
    seq: int
    activity_id: UUID
    at: datetime
    person_id: UUID | None
    account_id: UUID | None
    about_person_id: UUID | None
    body: bytes
    hash: bytes


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One difference; ``what`` is stable, for machines."""

    chain_id: UUID
    seq: int
    what: str


@dataclass(frozen=True, kw_only=True)
class Anchor(Head):
    """A head that another service keeps."""

    received_at: datetime


@dataclass(kw_only=True)
class Chain:
    """What is known of one chain beside its entries. ``anchors`` is None where none were brought."""

    chain_id: UUID
    head: Head | None = None
    checkpoints: list[Head] = field(default_factory=list)
    anchors: list[Anchor] | None = None


def check(chain: Chain, entries: Iterable[Entry], *, now: datetime) -> Iterator[Finding]:
    """Walk one chain from its beginning, or from the checkpoint before its first entry; say what does not fit.

    The first wrong link is told once: everything after it hangs on it.
    """
    walk = iter(entries)
    first = next(walk, None)
    before = [kept for kept in chain.checkpoints if first is None or kept.seq < first.seq]
    start = max(before, key=lambda kept: kept.seq, default=None)
    known = {kept.seq: kept.hash for kept in before}
    place, running, broken = (start.seq, start.hash, False) if start else (0, genesis(chain.chain_id), False)
    for entry in itertools.chain([first] if first else [], walk):
        if entry.seq != place + 1:
            yield Finding(chain_id=chain.chain_id, seq=place + 1, what="entry-missing-or-moved")
        place, running = entry.seq, link(running, entry.body)
        known[place] = running
        if running != entry.hash and not broken:
            broken = True
            yield Finding(chain_id=chain.chain_id, seq=place, what="hash-differs")
        yield from _against_columns(entry)
    if chain.head is None or (chain.head.seq, chain.head.hash) != (place, running):
        yield Finding(chain_id=chain.chain_id, seq=chain.head.seq if chain.head else place, what="head-differs")
    for kept in chain.checkpoints:
        if known.get(kept.seq) != kept.hash:
            yield Finding(chain_id=chain.chain_id, seq=kept.seq, what="differs-from-its-checkpoint")
    if chain.anchors is not None:
        yield from _against_anchors(chain, chain.anchors, start, known, now)


def _against_columns(entry: Entry) -> Iterator[Finding]:
    told = json.loads(entry.body)
    for column in COLUMNS:
        value = getattr(entry, column)
        wanted = instant(value) if isinstance(value, datetime) else None if value is None else str(value)
        if told.get(column) != wanted:
            what = f"column-{column.replace('_', '-')}-differs"
            yield Finding(chain_id=entry.chain_id, seq=entry.seq, what=what)


def _against_anchors(
    chain: Chain, anchors: Sequence[Anchor], start: Head | None, known: Mapping[int, bytes], now: datetime
) -> Iterator[Finding]:
    for anchor in anchors:
        if anchor.seq in known:
            if known[anchor.seq] != anchor.hash:
                yield Finding(chain_id=chain.chain_id, seq=anchor.seq, what="differs-from-its-anchor")
        elif start is None or anchor.seq > start.seq:
            yield Finding(chain_id=chain.chain_id, seq=anchor.seq, what="anchored-entry-missing")
    if start is None:
        return
    # Old entries go behind a checkpoint; one that was put there too early, or by somebody else, hides a removal.
    if not any((anchor.seq, anchor.hash) == (start.seq, start.hash) for anchor in anchors):
        yield Finding(chain_id=chain.chain_id, seq=start.seq, what="checkpoint-not-anchored")
    covered = min((anchor.received_at for anchor in anchors if anchor.seq >= start.seq), default=now)
    if covered > now - YOUNGEST_CHECKPOINT:
        yield Finding(chain_id=chain.chain_id, seq=start.seq, what="checkpoint-too-young")


def instant(moment: datetime) -> str:
    """UTC with microseconds, one way to write each."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")

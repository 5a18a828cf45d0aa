"""Checking every chain against itself and against the anchors of another service."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from activity.domain import Anchor, AnchorsUnreadable, Chain, Finding, Head, check
from activity.store import ledger
from chassis.transaction import Tx

MOST_FINDINGS = 1000
H = TypeVar("H")


class _Line(msgspec.Struct):
    chain_id: UUID
    seq: int
    hash: str
    received_at: datetime


@dataclass(kw_only=True)
class Report:
    """What was looked at and what does not fit; ``findings`` ends at a thousand, ``differences`` does not."""

    chains: int = 0
    entries: int = 0
    anchors: int | None = None
    differences: int = 0
    findings: list[Finding] = field(default_factory=list)


def read_anchors(lines: Iterable[str]) -> Iterator[Anchor]:
    """Anchors as ``export-activity-anchors`` writes them, JSON a line, by chain; raises ``AnchorsUnreadable``."""
    decoder = msgspec.json.Decoder(_Line)
    last = UUID(int=0)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            told = decoder.decode(line)
            anchor = Anchor(
                chain_id=told.chain_id, seq=told.seq, hash=bytes.fromhex(told.hash), received_at=told.received_at
            )
        except (msgspec.MsgspecError, ValueError) as error:
            raise AnchorsUnreadable(line=number) from error
        if anchor.chain_id < last:
            raise AnchorsUnreadable(line=number)
        last = anchor.chain_id
        yield anchor


def verify(tx: Tx, anchors: Iterable[Anchor] | None = None) -> Report:
    """Walk everything once, in one pass over tables and anchors that are all in the order of the chains.

    What arrives meanwhile is not seen. Export the anchors first: they must not be newer than the log.
    """
    ledger.hold_still(tx)
    report = Report(anchors=None if anchors is None else 0)
    now = tx.now
    sources: list[Iterator[tuple[UUID, list[Any]]]] = [
        _grouped(ledger.heads(tx)),
        _grouped(ledger.kept_checkpoints(tx)),
        _grouped(anchors or ()),
    ]
    for chain_id, parts, entries in _join(sources, itertools.groupby(ledger.all_entries(tx), lambda e: e.chain_id)):
        heads, checkpoints, anchored = parts
        report.chains += 1
        if anchors is not None:
            report.anchors = (report.anchors or 0) + len(anchored)
        chain = Chain(
            chain_id=chain_id,
            head=heads[0] if heads else None,
            checkpoints=checkpoints,
            anchors=None if anchors is None else anchored,
        )
        for finding in check(chain, _counted(entries, report), now=now):
            report.differences += 1
            if len(report.findings) < MOST_FINDINGS:
                report.findings.append(finding)
    return report


def _counted(entries: Iterable[Any], report: Report) -> Iterator[Any]:
    for entry in entries:
        report.entries += 1
        yield entry


def _grouped(rows: Iterable[Head]) -> Iterator[tuple[UUID, list[Any]]]:
    for chain_id, group in itertools.groupby(rows, lambda row: row.chain_id):
        yield chain_id, list(group)


def _join(
    sources: list[Iterator[tuple[UUID, list[Any]]]], entries: Iterator[tuple[UUID, Iterator[Any]]]
) -> Iterator[tuple[UUID, list[list[Any]], Iterator[Any]]]:
    waiting = [next(source, None) for source in sources]
    group = next(entries, None)
    while group is not None or any(waiting):
        chain_id = min(part[0] for part in (group, *waiting) if part is not None)
        parts = [part[1] if part is not None and part[0] == chain_id else [] for part in waiting]
        own = group[1] if group is not None and group[0] == chain_id else iter(())
        yield chain_id, parts, own
        waiting = [
            next(source, None) if part is not None and part[0] == chain_id else part
            for source, part in zip(sources, waiting, strict=True)
        ]
        if group is not None and group[0] == chain_id:
            group = next(entries, None)

"""The anchors of the activity log: kept once, never changed, handed out in order (C37)."""

import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from chassis.admin import AdminContext
from chassis.ids import new_id
from contracts.activity import ChainAnchoredV1, ChainHead
from org_registry.app import ADMIN


def head(chain_id, seq, fill="a"):
    return ChainHead(chain_id=chain_id, seq=seq, hash=fill * 64)


def kept(world):
    return [
        (row["chain_id"], row["seq"], bytes(row["hash"]).hex()[0])
        for row in world.rows("SELECT chain_id, seq, hash FROM activity_anchor ORDER BY chain_id, seq, hash")
    ]


def test_C37_an_anchor_is_kept_once_however_often_and_late_it_comes(world):
    chain = new_id()
    for seqs in ((7,), (3,), (7, 3)):
        world.deliver(ChainAnchoredV1(anchor_id=new_id(), heads=tuple(head(chain, seq) for seq in seqs)))
    assert kept(world) == [(chain, 3, "a"), (chain, 7, "a")]


def test_C37_a_second_hash_for_the_same_place_does_not_replace_the_first(world):
    chain = new_id()
    for fill in "ab":
        world.deliver(ChainAnchoredV1(anchor_id=new_id(), heads=(head(chain, 1, fill),)))
    assert kept(world) == [(chain, 1, "a"), (chain, 1, "b")]


@pytest.mark.parametrize("statement", ["UPDATE activity_anchor SET seq = 2", "DELETE FROM activity_anchor"])
def test_C37_anchors_are_only_ever_added(world, statement):
    world.deliver(ChainAnchoredV1(anchor_id=new_id(), heads=(head(new_id(), 1),)))
    with pytest.raises(ProgrammingError, match="only ever added"), world.database.transaction() as tx:
        tx.session.execute(text(statement))
    assert len(kept(world)) == 1


def test_C37_they_are_exported_in_the_verifiers_order_a_line_each(world, settings, tmp_path):
    chains = sorted(new_id() for _ in range(3))
    for chain in reversed(chains):
        world.deliver(ChainAnchoredV1(anchor_id=new_id(), heads=(head(chain, 2), head(chain, 1))))
    file = tmp_path / "anchors.jsonl"
    command, options = ADMIN.parse("org-registry", ["export-activity-anchors", "--to", str(file)])
    assert command.run(AdminContext(world.database, settings, options, list)) == {"anchors": 6, "file": str(file)}
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["chain_id"], line["seq"]) for line in lines] == [(str(c), seq) for c in chains for seq in (1, 2)]
    assert lines[0]["hash"] == "a" * 64
    assert lines[0]["received_at"].endswith("+00:00")

"""The verifier's arithmetic, without a database."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activity.domain import Anchor, Chain, Entry, Head, check, genesis, instant, link
from chassis.ids import new_id

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def a_chain(length, chain_id=None):
    chain_id = chain_id or new_id()
    entries, running = [], genesis(chain_id)
    for seq in range(1, length + 1):
        activity_id = new_id()
        body = msgspec.json.encode(
            {
                "activity_id": str(activity_id),
                "at": instant(NOW),
                "person_id": None,
                "account_id": str(chain_id),
                "about_person_id": None,
            }
        )
        running = link(running, body)
        entries.append(
            Entry(
                chain_id=chain_id,
                seq=seq,
                activity_id=activity_id,
                at=NOW,
                person_id=None,
                account_id=chain_id,
                about_person_id=None,
                body=body,
                hash=running,
            )
        )
    return Chain(chain_id=chain_id, head=Head(chain_id=chain_id, seq=length, hash=running)), entries


def anchor(entry, days_ago=0):
    return Anchor(chain_id=entry.chain_id, seq=entry.seq, hash=entry.hash, received_at=NOW - timedelta(days=days_ago))


def findings(chain, entries):
    return [(found.seq, found.what) for found in check(chain, entries, now=NOW)]


@given(st.integers(1, 40))
def test_C37_an_untouched_chain_has_no_findings_with_or_without_anchors(length):
    chain, entries = a_chain(length)
    assert findings(chain, entries) == []
    chain.anchors = [anchor(entry) for entry in entries[:: max(1, length // 3)]]
    assert findings(chain, entries) == []


@given(st.integers(2, 20), st.data())
def test_C37_any_entry_taken_out_is_found(length, data):
    chain, entries = a_chain(length)
    del entries[data.draw(st.integers(0, length - 1))]
    assert findings(chain, entries)


@given(st.integers(2, 20), st.data())
def test_C37_any_two_bodies_that_change_places_are_found(length, data):
    chain, entries = a_chain(length)
    one, other = data.draw(st.lists(st.integers(0, length - 1), min_size=2, max_size=2, unique=True))
    entries[one], entries[other] = (
        Entry(**{**vars(entries[one]), "body": entries[other].body}),
        Entry(**{**vars(entries[other]), "body": entries[one].body}),
    )
    assert (min(one, other) + 1, "hash-differs") in findings(chain, entries)


def test_C37_a_column_that_says_something_else_than_its_body_is_found():
    chain, entries = a_chain(3)
    entries[1] = Entry(**{**vars(entries[1]), "account_id": new_id()})
    assert findings(chain, entries) == [(2, "column-account-id-differs")]


def test_C37_a_chain_that_stands_for_another_is_found():
    chain, entries = a_chain(3)
    other = new_id()
    moved = [Entry(**{**vars(entry), "chain_id": other}) for entry in entries]
    chain.chain_id = other
    assert (1, "hash-differs") in findings(chain, moved)


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_C37_a_tail_that_is_cut_with_its_head_is_found_by_the_anchor_alone(kept):
    chain, entries = a_chain(3)
    anchors = [anchor(entries[2])]
    last = entries[kept - 1] if kept else None
    chain.head = Head(chain_id=chain.chain_id, seq=kept, hash=last.hash if last else genesis(chain.chain_id))
    assert findings(chain, entries[:kept]) == []
    chain.anchors = anchors
    assert (3, "anchored-entry-missing") in findings(chain, entries[:kept])


def test_C37_a_chain_written_anew_is_found_by_the_anchor_alone():
    original, entries = a_chain(3)
    rewritten, others = a_chain(3, original.chain_id)
    assert findings(rewritten, others) == []
    rewritten.anchors = [anchor(entries[1])]
    assert findings(rewritten, others) == [(2, "differs-from-its-anchor")]


class TestCheckpoint:
    def chain(self, days_ago):
        chain, entries = a_chain(5)
        chain.checkpoints = [Head(chain_id=chain.chain_id, seq=2, hash=entries[1].hash)]
        chain.anchors = [anchor(entries[1], days_ago), anchor(entries[4])]
        return chain, entries

    def test_C37_what_is_left_behind_a_checkpoint_verifies(self):
        chain, entries = self.chain(days_ago=1100)
        assert findings(chain, entries[2:]) == []

    def test_C37_before_the_old_entries_go_they_verify_too(self):
        chain, entries = self.chain(days_ago=1100)
        assert findings(chain, entries) == []

    def test_C37_nothing_left_but_the_checkpoint_verifies(self):
        chain, _entries = self.chain(days_ago=1100)
        chain.head = chain.checkpoints[0]
        chain.anchors = chain.anchors[:1]
        assert findings(chain, []) == []

    def test_C37_a_checkpoint_that_hides_a_fresh_removal_is_found(self):
        chain, entries = self.chain(days_ago=30)
        assert findings(chain, entries[2:]) == [(2, "checkpoint-too-young")]

    def test_C37_a_checkpoint_that_was_never_anchored_is_found(self):
        chain, entries = self.chain(days_ago=1100)
        chain.anchors = [anchor(entries[2], 1100), anchor(entries[4])]
        assert findings(chain, entries[2:]) == [(2, "checkpoint-not-anchored")]

    def test_C37_more_gone_than_the_checkpoint_stands_for_is_found(self):
        chain, entries = self.chain(days_ago=1100)
        assert (3, "entry-missing-or-moved") in findings(chain, entries[3:])

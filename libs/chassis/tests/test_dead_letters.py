"""Dead letters are looked at, replayed exactly once, or discarded with a reason."""

import pytest

from chassis import dead_letters
from chassis.errors import NotFound
from chassis.ids import new_id


@pytest.fixture
def letter(subscriber, kit):
    """One event that was refused by its rules, and the table that would take it now."""

    def refuse(_tx, _event, _meta):
        raise NotFound

    message = kit.delivery(kit.opened("late"))
    kit.Handled(subscriber, kit.table(refuse))(message)
    [listed] = dead_letters.listing(subscriber)
    return listed


def test_a_letter_is_listed_without_and_shown_with_its_content(subscriber, letter):
    assert letter.error == "NotFound: not-found"
    assert not hasattr(letter, "body")
    shown, headers, body = dead_letters.show(subscriber, letter.id)
    assert shown == letter
    assert headers["cloudEvents:type"] == "org-registry.account.opened.v1"
    assert b'"late"' in body
    with pytest.raises(dead_letters.NoSuchDeadLetter):
        dead_letters.show(subscriber, new_id())


def test_a_replay_has_its_effect_exactly_once(subscriber, letter, kit):
    assert dead_letters.replay(subscriber, kit.table(), letter.id)
    with pytest.raises(dead_letters.AlreadySettled):
        dead_letters.replay(subscriber, kit.table(), letter.id)
    assert kit.effects(subscriber) == ["late"]
    assert dead_letters.listing(subscriber) == []
    [settled] = dead_letters.listing(subscriber, settled=True)
    assert settled.outcome == "replayed"


def test_a_replay_that_fails_leaves_everything_as_it_was(subscriber, letter, kit):
    def fail(tx, event, meta):
        kit.effect(tx, event, meta)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        dead_letters.replay(subscriber, kit.table(fail), letter.id)
    assert kit.effects(subscriber) == []
    assert kit.scalar(subscriber, "SELECT count(*) FROM inbox") == 0
    assert dead_letters.listing(subscriber) == [letter]


def test_a_replay_of_what_was_applied_meanwhile_settles_it_without_an_effect(subscriber, letter, kit):
    _, headers, body = dead_letters.show(subscriber, letter.id)
    again = kit.delivery(kit.opened())
    again.headers, again.body = headers, body
    kit.Handled(subscriber, kit.table())(again)
    assert dead_letters.replay(subscriber, kit.table(), letter.id) is False
    assert kit.effects(subscriber) == ["late"]


def test_what_is_wrong_in_itself_is_refused_again_and_can_be_discarded(subscriber, kit):
    kit.Handled(subscriber, kit.table())(kit.delivery(body=b"{}"))
    [letter] = dead_letters.listing(subscriber)
    with pytest.raises(dead_letters.StillRefused) as refused:
        dead_letters.replay(subscriber, kit.table(), letter.id)
    assert "bad-body" in refused.value.text("en")[1]
    with pytest.raises(ValueError, match="say why"):
        dead_letters.discard(subscriber, letter.id, " ")
    dead_letters.discard(subscriber, letter.id, "sent by a test tool")
    [settled] = dead_letters.listing(subscriber, settled=True)
    assert (settled.outcome, settled.reason) == ("discarded", "sent by a test tool")
    with pytest.raises(dead_letters.AlreadySettled):
        dead_letters.discard(subscriber, letter.id, "again")

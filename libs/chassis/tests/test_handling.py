"""What becomes of deliveries, on a real database: applied once, retried, or buried with a reason."""

import json
import random
from collections import deque

import pytest
from sqlalchemy import text

from chassis.errors import NotFound, Retryable
from chassis.handling import Pause
from chassis.ids import new_id
from chassis.settings import Settings
from chassis.telemetry import trace_context
from chassis.transaction import Database
from contracts.invitations import InvitationExpiredV1


def letters(database):
    with database.read() as tx:
        return tx.session.execute(text("SELECT * FROM dead_letter ORDER BY created_at, id")).mappings().all()


def commits(database):
    """Counts transactions with an effect: how many batches there were."""
    with database.read() as tx:
        return tx.session.execute(text("SELECT count(DISTINCT xmin::text) FROM effect")).scalar_one()


def batch(kit, *names):
    return [kit.delivery(kit.opened(name), tag=tag) for tag, name in enumerate(names, 1)]


def test_a_batch_is_applied_in_order_in_one_transaction_and_settled(subscriber, kit):
    handled = kit.Handled(subscriber, kit.table())
    deliveries = batch(kit, *"abc")
    handled(*deliveries)
    assert kit.effects(subscriber) == ["a", "b", "c"]
    assert commits(subscriber) == 1
    assert handled.settled == deliveries


def test_a_handler_gets_the_event_its_attributes_and_its_trace(subscriber, kit):
    seen = []
    event = kit.opened("Firma AB")
    event_id = new_id()
    message = kit.delivery(
        event,
        event_id=event_id,
        version=7,
        correlationid="cause-1",
        traceparent="00-" + "c" * 32 + "-" + "d" * 16 + "-01",
    )
    kit.Handled(subscriber, kit.table(lambda _tx, event, meta: seen.append((event, meta, trace_context()))))(message)
    [(got, meta, context)] = seen
    assert got == event
    assert (meta.event_id, meta.version, meta.source) == (event_id, 7, "org-registry")
    assert (meta.type, meta.subject) == ("org-registry.account.opened.v1", str(event.account_id))
    assert meta.correlation_id == context.correlation_id == "cause-1"
    assert context.trace_id == "c" * 32


def test_every_delivery_three_times_has_one_effect_each(subscriber, kit):
    handled = kit.Handled(subscriber, kit.table())
    deliveries = batch(kit, *(str(number) for number in range(20)))
    shuffled = deliveries * 3
    random.Random(7).shuffle(shuffled)
    handled(*shuffled)
    handled(*deliveries)
    assert sorted(kit.effects(subscriber), key=int) == [str(number) for number in range(20)]
    assert len(handled.settled) == 80


def test_ordered_events_in_any_order_end_with_the_newest_and_never_go_back(subscriber, kit):
    account = new_id()
    versions = list(range(1, 21))
    random.Random(3).shuffle(versions)
    handled = kit.Handled(subscriber, kit.table(ordered=True))
    deliveries = [kit.delivery(kit.opened(str(version), account), version=version) for version in versions]
    for start in range(0, 20, 5):
        handled(*deliveries[start : start + 5])
    applied = [int(name) for name in kit.effects(subscriber)]
    assert applied == sorted(applied)
    assert applied[-1] == 20
    assert len(handled.settled) == 20
    assert kit.scalar(subscriber, "SELECT version FROM aggregate_seen") == 20


def test_unordered_events_are_all_applied_whatever_their_version(subscriber, kit):
    account = new_id()
    handled = kit.Handled(subscriber, kit.table())
    handled(*(kit.delivery(kit.opened(str(version), account), version=version) for version in (3, 1, 2)))
    assert kit.effects(subscriber) == ["3", "1", "2"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"specversion": None}, "bad-envelope: specversion is not 1.0"),
        ({"id": "no-uuid"}, "bad-envelope: id is not a UUID"),
        ({"aggregateversion": 0}, "bad-envelope: aggregateversion is not a positive integer"),
        ({"time": "yesterday"}, "bad-envelope: time is not an ISO 8601 instant"),
        ({"type": "org-registry.account.exploded.v1"}, "unknown-type"),
        ({"type": "org-registry.account.opened.v2"}, "unknown-version"),
        ({"source": "billing"}, "wrong-sender"),
        ({"sender": "billing"}, "wrong-sender"),
        ({"sender": None}, "wrong-sender"),
        ({"body": b"\xff\xfe not JSON"}, "bad-body: JSON is malformed: invalid character (byte 0)"),
        ({"body": b"{}"}, "bad-body: Object missing required field …"),
        ({"body": b"[" * 100_000}, None),
        ({"body": b"x" * 10_000_000}, None),
    ],
)
def test_what_can_never_be_right_is_buried_with_its_reason_and_the_others_go_on(subscriber, kit, change, error):
    good = batch(kit, "a", "b", "c")
    bad = kit.delivery(kit.opened("19121212-1212"), tag=9, **change)
    handled = kit.Handled(subscriber, kit.table())
    handled(good[0], bad, *good[1:])
    handled(bad)
    assert kit.effects(subscriber) == ["a", "b", "c"]
    assert len(handled.settled) == 5
    [letter] = letters(subscriber)
    assert error is None or letter["error"].startswith(error.split("…")[0])
    assert bytes(letter["body"]) == bad.body
    assert "1912" not in letter["error"]


def test_a_header_that_no_database_takes_is_buried_too(subscriber, kit):
    handled = kit.Handled(subscriber, kit.table())
    handled(kit.delivery(type="a\0b", odd=b"\xff"))
    [letter] = letters(subscriber)
    assert letter["error"] == "unknown-type"


def test_a_refusal_by_the_rules_is_buried_after_one_attempt_with_its_code(subscriber, kit):
    def refuse(tx, event, meta):
        if event.display_name == "b":
            raise NotFound
        kit.effect(tx, event, meta)

    handled = kit.Handled(subscriber, kit.table(refuse))
    deliveries = batch(kit, "a", "b", "c")
    handled(*deliveries)
    assert kit.effects(subscriber) == ["a", "c"]
    assert handled.settled == deliveries
    [letter] = letters(subscriber)
    assert (letter["error"], letter["attempts"]) == ("NotFound: not-found", 1)
    assert len(letter["stack_hash"]) == 16


def test_one_that_fails_is_held_and_the_rest_of_the_batch_has_its_effect(subscriber, kit):
    def fail(tx, event, meta):
        if event.display_name == "30":
            raise RuntimeError(event.display_name)
        kit.effect(tx, event, meta)

    handled = kit.Handled(subscriber, kit.table(fail))
    deliveries = batch(kit, *(str(number) for number in range(60)))
    handled(*deliveries)
    assert kit.effects(subscriber) == [str(number) for number in range(60) if number != 30]
    assert commits(subscriber) == 2
    assert handled.held == [(deliveries[30], 1)]
    assert len(handled.settled) == 59


def test_a_failure_that_shows_only_when_changes_are_written_is_pinned_to_its_event(subscriber, kit):
    """The unit of work writes late: the batch fails with no handler to blame."""
    from sqlalchemy import Text
    from sqlalchemy.orm import Mapped, declarative_base, mapped_column

    class Effect(declarative_base()):
        __tablename__ = "effect"
        seq: Mapped[int] = mapped_column(primary_key=True)
        what: Mapped[str] = mapped_column(Text)

    handled = kit.Handled(subscriber, kit.table(lambda tx, event, _: tx.session.add(Effect(what=event.display_name))))
    deliveries = batch(kit, "a", "b", "forbidden", "c")
    handled(*deliveries)
    assert sorted(kit.effects(subscriber)) == ["a", "b", "c"]
    assert [delivery for delivery, _ in handled.held] == [deliveries[2]]


def test_after_five_attempts_it_is_buried_with_the_class_of_the_error_only(subscriber, kit):
    def fail(_tx, _event, _meta):
        raise RuntimeError("personal: Anna Andersson")

    handled = kit.Handled(subscriber, kit.table(fail))
    [message] = batch(kit, "a")
    handled(message)
    while len(handled.held) < 10 and not handled.settled:
        handled.handling.handle_alone(message)
    assert [attempt for _, attempt in handled.held] == [1, 2, 3, 4]
    [letter] = letters(subscriber)
    assert (letter["error"], letter["attempts"]) == ("RuntimeError", 5)
    assert "Anna" not in json.dumps(dict(letter), default=str)
    assert kit.scalar(subscriber, "SELECT count(*) FROM inbox_attempt") == 0
    assert kit.scalar(subscriber, "SELECT count(*) FROM inbox") == 0


def test_one_that_succeeds_on_a_later_attempt_is_applied_and_its_counter_goes(subscriber, kit):
    tries = []

    def sometimes(tx, event, meta):
        tries.append(1)
        if len(tries) < 4:
            raise RuntimeError
        kit.effect(tx, event, meta)

    handled = kit.Handled(subscriber, kit.table(sometimes))
    [message] = batch(kit, "a")
    handled(message)
    while not handled.settled:
        handled.handling.handle_alone(message)
    assert kit.effects(subscriber) == ["a"]
    assert kit.scalar(subscriber, "SELECT count(*) FROM inbox_attempt") == 0
    assert letters(subscriber) == []


def test_what_passes_by_itself_spends_no_attempt(subscriber, kit):
    def later(_tx, _event, _meta):
        raise Retryable

    handled = kit.Handled(subscriber, kit.table(later))
    [message] = batch(kit, "a")
    handled(message)
    for _ in range(20):
        handled.handling.handle_alone(message)
    assert {attempt for _, attempt in handled.held} == {0}
    assert kit.scalar(subscriber, "SELECT attempts FROM inbox_attempt") == 0
    assert letters(subscriber) == []


def test_a_redelivered_message_is_tried_alone_and_counted_before_it_is_tried(subscriber, kit):
    counted = []

    def count(tx, event, meta):
        with subscriber.read() as other:
            counted.append(other.session.execute(text("SELECT attempts FROM inbox_attempt")).scalars().all())
        kit.effect(tx, event, meta)

    handled = kit.Handled(subscriber, kit.table(count))
    handled(
        kit.delivery(kit.opened("a"), tag=1, redelivered=True),
        kit.delivery(kit.opened("b"), tag=2, redelivered=True),
    )
    assert counted == [[1], [1]]
    assert commits(subscriber) == 2


def test_one_that_has_ended_five_processes_is_buried_untouched(subscriber, kit):
    message = kit.delivery(kit.opened("killer"), redelivered=True)
    with subscriber.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO inbox_attempt (event_id, attempts) VALUES (:id, 5)"),
            {"id": message.headers["cloudEvents:id"]},
        )
    handled = kit.Handled(subscriber, kit.table(lambda *_: pytest.fail("it must not be handled")))
    handled(message)
    handled.handling.handle_alone(message)
    assert handled.settled == [message]
    [letter] = letters(subscriber)
    assert (letter["error"], letter["attempts"]) == ("attempts-exhausted", 6)


def test_a_worker_that_dies_of_something_else_at_each_start_spends_no_attempts_of_the_first_event(subscriber, kit):
    """Found by row A2: nine deaths of a relay within seconds had buried an innocent event of the same worker."""
    message = kit.delivery(kit.opened("innocent"), redelivered=True)
    with subscriber.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO inbox_attempt (event_id, attempts) VALUES (:id, 1)"),
            {"id": message.headers["cloudEvents:id"]},
        )
    for _ in range(9):
        started = kit.Handled(subscriber, kit.table(lambda *_: pytest.fail("it has to wait")))
        started(message)
        assert started.held == [(message, 1)]
    assert kit.scalar(subscriber, "SELECT attempts FROM inbox_attempt") == 1
    assert letters(subscriber) == []


def test_a_known_id_with_another_body_is_buried_and_the_first_stands(subscriber, kit):
    event_id = new_id()
    handled = kit.Handled(subscriber, kit.table())
    handled(kit.delivery(kit.opened("first"), event_id=event_id))
    handled(kit.delivery(kit.opened("second"), event_id=event_id, tag=2))
    assert kit.effects(subscriber) == ["first"]
    assert [letter["error"] for letter in letters(subscriber)] == ["id-reused"]
    assert len(handled.settled) == 2


def test_without_a_database_nothing_is_settled_held_counted_or_lost(kit):
    away = Database(Settings(service="invitations", environment="test", database_url="postgresql://x:x@127.0.0.1:1/x"))
    handled = kit.Handled(away, kit.table())
    deliveries = deque(batch(kit, "a", "b"))
    with pytest.raises(Pause):
        handled.handling.handle(deliveries)
    assert (len(deliveries), handled.settled, handled.held) == (2, [], [])


def test_events_told_by_handlers_are_committed_with_the_effect(subscriber, kit):
    def tell(tx, event, meta):
        kit.effect(tx, event, meta)
        answer = InvitationExpiredV1(
            invitation_id=event.account_id,
            account_id=event.account_id,
            inviter_id=event.account_id,
            expired_at=meta.time,
            after_acceptance=False,
        )
        tx.emit(answer, aggregate_id=event.account_id, version=1)
        if event.display_name == "b":
            raise NotFound

    kit.Handled(subscriber, kit.table(tell))(*batch(kit, "a", "b", "c"))
    assert kit.effects(subscriber) == ["a", "c"]
    assert kit.scalar(subscriber, "SELECT count(*) FROM outbox") == 2

"""Consumer: messages per second with a real use case of a real service, against raw SQL in batches, and frameworks.

The event is ``account.linked``, the service metering, the effect one upserted row; the inbox row comes with it. All
take the same messages from the same kind of queue (dramatiq can only take its own from its own), and all are timed in
the same way: by the inbox, from the first transaction to the last, by the database's clock.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Any

import psycopg
from bench import children
from bench.children import Line
from bench.limits import RawConsumer
from bench.load import OTHERS, POISON, PRODUCER, SUBSCRIBER, linked, message, until
from bench.servers import Servers
from bench.table import Goal, Row, failed

from chassis.consumer import Consumer
from chassis.settings import Settings
from chassis.subscriptions import Handler, Meta, Subscription, Subscriptions, on
from chassis.transaction import Database, Tx
from contracts.org_registry import AccountLinkedV1
from metering.consumers import SUBSCRIPTIONS

POISON_EVERY = 1000
TABLES = ("inbox", "inbox_attempt", "dead_letter", "account_link")
PEER_EVENTS = 3000
"""A commit for each message is slow: so many show it."""
DONE = "SELECT count(*) >= {count} FROM inbox"
RATE = """
WITH handled AS (SELECT received_at AS at, count(*) AS rows FROM inbox GROUP BY 1)
SELECT (sum(rows) - (SELECT rows FROM handled ORDER BY at DESC LIMIT 1)) / extract(epoch FROM max(at) - min(at))
FROM handled
"""
"""``received_at`` is the start of the transaction, so the last one's rows are not in the time."""


def measure(servers: Servers, rounds: int, events: int, peers: Sequence[str]) -> list[Row]:
    """Messages per second from a full queue."""
    goal = Goal(at_least=0.25)
    raw = Row("consumer, use case of metering", "raw SQL, batches of 500, one ack", "msg/s", goal)
    poison = Row("consumer, 1 poison in 1000", "without", "msg/s", Goal(at_least=0.8))
    beside = {name: Row(_named(_module(name).PROCESSES), _module(name).WHAT, "msg/s") for name in peers}
    lost: list[Row] = []
    for _ in range(rounds):
        limit = _take(servers, "consumer:raw", events)
        ours = _take(servers, "consumer:ours", events)
        raw.add(ours, limit)
        poison.add(_take(servers, "consumer:ours", events, poisoned=True), ours)
        # Like against like: a framework that was given two processes is set against two of ours.
        of_ours = {1: ours}
        for name, row in list(beside.items()):
            try:
                count = _module(name).PROCESSES
                if count not in of_ours:
                    of_ours[count] = _take(servers, "consumer:ours", events, processes=count)
                row.add(of_ours[count], _peer(servers, name))
            except Exception as error:  # noqa: BLE001 - a peer that does not run is no reason to lose ours
                lost.append(failed(f"consumer, {name}", error))
                del beside[name]
    rows = [raw, poison, *beside.values(), *lost]
    if beside:
        rows.insert(1, _best(list(beside.values())))
    return rows


def _best(peers: list[Row]) -> Row:
    best = Row("consumer, use case of metering", "the best of the frameworks", "msg/s", Goal(at_least=4))
    for number in range(len(peers[0].ours)):
        nearest = min(peers, key=lambda peer, number=number: peer.ours[number] / peer.limit[number])
        best.add(nearest.ours[number], nearest.limit[number])
    return best


def _named(processes: int) -> str:
    return "consumer, use case of metering" if processes == 1 else f"the same, {processes} processes"


def _module(name: str) -> Any:
    return importlib.import_module(f"bench.peers.with_{name}")


def _fill(servers: Servers, events: int, *, poisoned: bool = False) -> int:
    """Put ``events`` messages into the queue; returns how many of them are good."""
    made = []
    for number in range(events):
        bad = poisoned and number % POISON_EVERY == POISON_EVERY // 2
        event = linked(POISON if bad else number)
        made.append(message(event, event.customer_number))
    servers.publish(PRODUCER, made)
    servers.purge(*OTHERS)
    return events - sum(b'"poison"' in one.body for one in made)


def _take(servers: Servers, name: str, events: int, *, poisoned: bool = False, processes: int = 1) -> float:
    told = servers.told(SUBSCRIBER)
    good = _fill(servers, events, poisoned=poisoned)
    with servers.database(SUBSCRIBER) as connection:
        with ExitStack() as started:
            for _ in range(processes):
                started.enter_context(children.start(name, told=told))
            until(connection, DONE.format(count=good))
        return _rate(servers, connection)


def _peer(servers: Servers, name: str) -> float:
    module = _module(name)
    told = servers.told(SUBSCRIBER)
    if module.OWN_QUEUE:
        module.fill(told, servers, PEER_EVENTS)
    else:
        _fill(servers, PEER_EVENTS)
    with servers.database(SUBSCRIBER) as connection:
        with module.running(told, servers):
            until(connection, DONE.format(count=PEER_EVENTS))
        return _rate(servers, connection)


def _rate(servers: Servers, connection: psycopg.Connection[Any]) -> float:
    row = connection.execute(RATE).fetchone()
    effects = connection.execute("SELECT (SELECT count(*) FROM inbox) = (SELECT count(*) FROM account_link)").fetchone()
    servers.purge(SUBSCRIBER)
    servers.clear(SUBSCRIBER, *TABLES)
    assert row is not None
    assert effects == (True,), "an inbox row without its effect"
    return float(row[0])


# -- in the child ------------------------------------------------------------------------------
def ours(line: Line, told: dict[str, Any]) -> None:
    """The consumer of metering with its own handlers, one of which fails for a poisoned customer number."""
    settings = Settings(**told)
    database = Database(settings, "worker")
    consumer = Consumer(database, settings, Subscriptions(*_with_poison(SUBSCRIPTIONS), service=SUBSCRIBER))
    thread = threading.Thread(target=consumer.run)
    thread.start()
    line.hear()
    consumer.stop()
    thread.join()
    database.dispose()


def _with_poison(lines: Iterable[Subscription]) -> Iterable[Subscription]:
    for known in lines:
        wanted = known.spec.cls is AccountLinkedV1
        yield on(AccountLinkedV1, _failing(known.handler), ordered=known.ordered) if wanted else known


def _failing(real: Handler) -> Handler:
    def handler(tx: Tx, event: AccountLinkedV1, meta: Meta) -> None:
        if event.customer_number == POISON:
            raise RuntimeError
        real(tx, event, meta)

    return handler


def raw(line: Line, told: dict[str, Any]) -> None:
    """No framework: pika, one statement for the inbox, one for the effect, one commit, one acknowledgement."""
    with psycopg.connect(told["database_url"]) as database:
        consumer = RawConsumer(told["amqp_url"], SUBSCRIBER, database)
        threading.Thread(target=lambda: (line.hear(), consumer.stop()), daemon=True).start()
        consumer.run()

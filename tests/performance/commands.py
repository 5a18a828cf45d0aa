"""What it costs a command to tell others: the same insert with an event in the outbox, and without.

Eight clients in two processes, each with its own connection, commits durable. Once with the relay at work on the same
cores (it reads, publishes and marks what the commands write), once with it elsewhere.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence
from typing import Any

from bench import children
from bench.children import Child, Line
from bench.latency import COMMAND, TABLE
from bench.load import OTHERS, PRODUCER, SUBSCRIBER, linked
from bench.servers import Servers
from bench.table import Goal, Row

from chassis.settings import Settings
from chassis.transaction import Database

PROCESSES, THREADS = 2, 4
AWAKE = "UPDATE relay_state SET asleep = false WHERE asleep"


def measure(servers: Servers, rounds: int, seconds: float) -> list[Row]:
    """Transactions per second of eight clients."""
    alone = Row("command with outbox, 8 clients", "the same insert without", "commits/s", Goal(at_least=0.85))
    beside = Row("the same, relay and broker at work beside it", "the same insert without", "commits/s")
    with servers.database(PRODUCER) as connection:
        connection.execute(TABLE)
    told = servers.told(PRODUCER)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(children.start("commands:client", told=told)) for _ in range(PROCESSES)]
        for client in clients:
            client.hear()
        for number in range(rounds + 1):
            with servers.database(PRODUCER) as connection:
                connection.execute(AWAKE)  # as a relay under load says
            pair = (_run(clients, f"with {seconds}"), _run(clients, f"without {seconds}"))
            servers.clear(PRODUCER, "outbox", "bench_command")
            with children.start("relay:ours", told=told) as relay:
                relay.hear()
                both = (_run(clients, f"with {seconds}"), _run(clients, f"without {seconds}"))
            servers.clear(PRODUCER, "outbox", "bench_command")
            servers.purge(SUBSCRIBER, *OTHERS)
            if number:  # the first round warms up
                alone.add(*pair)
                beside.add(*both)
    return [alone, beside]


def _run(clients: Sequence[Child], order: str) -> float:
    for client in clients:
        client.say(order)
    return sum(float(client.hear()["per_second"]) for client in clients)


# -- in the child ------------------------------------------------------------------------------
def client(line: Line, told: dict[str, Any]) -> None:
    """Threads that commit as fast as they can when they are told to."""
    database = Database(Settings(**told), "web")
    _commit(database, outbox=True)
    line.say(ready=True)
    while order := line.hear():
        what, seconds = order.split()
        line.say(per_second=_load(database, float(seconds), outbox=what == "with"))
    database.dispose()


def _load(database: Database, seconds: float, *, outbox: bool) -> float:
    counts = [0] * THREADS
    end = time.perf_counter() + seconds

    def work(place: int) -> None:
        while time.perf_counter() < end:
            _commit(database, outbox=outbox)
            counts[place] += 1

    begin = time.perf_counter()
    threads = [threading.Thread(target=work, args=(place,)) for place in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - begin)


def _commit(database: Database, *, outbox: bool) -> None:
    with database.transaction() as tx:
        tx.session.execute(COMMAND)
        if outbox:
            event = linked("10012345")
            tx.emit(event, aggregate_id=event.customer_number, version=1)

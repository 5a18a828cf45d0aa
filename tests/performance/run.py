"""Which parts are measured, how often and with how much."""

from __future__ import annotations

import contextlib
import importlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bench.servers import Servers, servers
from bench.table import Row, failed

NEED_SERVERS = frozenset({"relay", "consumer", "latency", "commands", "lists"})
QUICK: dict[str, dict[str, Any]] = {
    "relay": {"rounds": 2, "events": 8_000},
    "consumer": {"rounds": 1, "events": 6_000, "peers": ()},
    "latency": {"rounds": 1, "seconds": 2.0},
    "commands": {"rounds": 1, "seconds": 1.0},
    "lists": {"rounds": 1, "seconds": 1},
    "gateway": {"rounds": 1, "seconds": 1},
    "start": {"rounds": 1},
}
FULL: dict[str, dict[str, Any]] = {
    "relay": {"rounds": 5, "events": 20_000},
    "consumer": {"rounds": 4, "events": 20_000, "peers": ("kombu", "dramatiq")},
    "latency": {"rounds": 3, "seconds": 5.0},
    "commands": {"rounds": 4, "seconds": 2.0},
    "lists": {"rounds": 5, "seconds": 1},
    "gateway": {"rounds": 5, "seconds": 1},
    "start": {"rounds": 2},
}
"""The first part of either that needs servers waits for them, too: a few seconds."""


def measure(parts: Sequence[str], *, quick: bool, say: Callable[[str], None]) -> list[Row]:
    """Measure ``parts`` one after the other; what fails becomes a row that says why, and the others go on."""
    rows: list[Row] = []
    loads = QUICK if quick else FULL
    with contextlib.ExitStack() as stack:
        own: Servers | None = None
        for part in parts:
            with _telling(part, say, rows):
                if part in NEED_SERVERS:
                    own = own or stack.enter_context(servers())
                    rows += importlib.import_module(f"bench.{part}").measure(own, **loads[part])
                else:
                    stack.close()  # they bring what they need, and nothing else should use the cores
                    own = None
                    rows += importlib.import_module(f"bench.{part}").measure(**loads[part])
    return rows


@contextlib.contextmanager
def _telling(part: str, say: Callable[[str], None], rows: list[Row]) -> Iterator[None]:
    begin = time.monotonic()
    try:
        yield
    except Exception as error:  # noqa: BLE001 - one part must not cost the others their figures
        rows.append(failed(part, error))
    say(f"{part}: {time.monotonic() - begin:.0f} s")

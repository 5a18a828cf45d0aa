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
    "relay": {"rounds": 2, "events": 6_000},
    "consumer": {"rounds": 2, "events": 5_000, "peers": ("kombu", "dramatiq")},
    "latency": {"rounds": 1, "seconds": 3.0},
    "commands": {"rounds": 2, "seconds": 1.0},
    "lists": {"rounds": 2, "seconds": 1},
    "gateway": {"rounds": 1, "seconds": 1},
    "start": {"rounds": 1},
}
FULL: dict[str, dict[str, Any]] = {
    "relay": {"rounds": 5, "events": 20_000},
    "consumer": {"rounds": 5, "events": 20_000, "peers": ("kombu", "dramatiq")},
    "latency": {"rounds": 3, "seconds": 6.0},
    "commands": {"rounds": 5, "seconds": 3.0},
    "lists": {"rounds": 5, "seconds": 2},
    "gateway": {"rounds": 5, "seconds": 2},
    "start": {"rounds": 2},
}


def measure(parts: Sequence[str], *, quick: bool, say: Callable[[str], None]) -> list[Row]:
    """Measure ``parts`` one after the other; what fails becomes a row that says why, and the others go on."""
    rows: list[Row] = []
    loads = QUICK if quick else FULL
    with contextlib.ExitStack() as stack:
        own: Servers | None = None
        for part in parts:
            with _telling(part, say, rows):
                if part in NEED_SERVERS and own is None:
                    own = stack.enter_context(servers())
                if part not in NEED_SERVERS:
                    stack.close()
                    own = None
                given = (own,) if own is not None else ()
                rows += importlib.import_module(f"bench.{part}").measure(*given, **loads[part])
    return rows


@contextlib.contextmanager
def _telling(part: str, say: Callable[[str], None], rows: list[Row]) -> Iterator[None]:
    begin = time.monotonic()
    try:
        yield
    except Exception as error:  # noqa: BLE001 - one part must not cost the others their figures
        rows.append(failed(part, error))
    say(f"{part}: {time.monotonic() - begin:.0f} s")

"""What a simulated register remembers, whatever it registers. One lock, nothing on disk."""

import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from datetime import UTC, datetime
from typing import Any

from flask import current_app

from sim_common.faults import Faults

CALLS_KEPT = 1000
EXTENSION = "register"
"""Where an application keeps its memory (`app.extensions`)."""


def timestamp() -> str:
    """Now, in UTC, as ISO 8601 with offset."""
    return datetime.fromtimestamp(time.time(), UTC).isoformat()


class Memory(ABC):
    """Everything that can change while the process runs; `reset` takes it back to the data set."""

    faults: Faults[Any]

    def __init__(self, *, in_container: bool) -> None:
        self.in_container = in_container
        self._lock = threading.RLock()
        self._calls: deque[dict[str, Any]] = deque(maxlen=CALLS_KEPT)
        self._fill()

    @abstractmethod
    def _fill(self) -> None:
        """Take the data set; called with the lock held, or before anybody else knows the object."""

    def reset(self) -> None:
        """Back to the data set: no faults, no calls."""
        with self._lock:
            self._fill()
            self._calls.clear()
        self.faults.clear()

    def record(self, call: dict[str, Any]) -> None:
        """Keep one call for the control interface; the oldest are forgotten."""
        with self._lock:
            self._calls.append(call)

    def calls(self) -> list[dict[str, Any]]:
        """The calls made, oldest first."""
        with self._lock:
            return list(self._calls)

    def forget_calls(self) -> None:
        """Start the list of calls anew."""
        with self._lock:
            self._calls.clear()


def current() -> Memory:
    """The memory of the application that answers this request."""
    memory: Memory = current_app.extensions[EXTENSION]
    return memory

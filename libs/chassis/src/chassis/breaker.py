"""Stops asking a system that does not answer, so that citizens need not wait for what will fail (A27).

The state is the process's own: each finds out by itself within a few calls.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable


class CircuitBreaker:
    """Opens after ``failures`` within ``within`` seconds; then lets one call through every ``rest`` seconds."""

    def __init__(
        self,
        *,
        failures: int = 5,
        within: float = 10.0,
        rest: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit, self._within, self._rest, self._clock = failures, within, rest, clock
        self._lock = threading.Lock()
        self._failed: deque[float] = deque(maxlen=failures)
        self._next_probe: float | None = None

    def allow(self) -> bool:
        """Whether a call may be made now. After a rest it is true for one caller: the probe."""
        with self._lock:
            if self._next_probe is None:
                return True
            now = self._clock()
            if now < self._next_probe:
                return False
            self._next_probe = now + self._rest
            return True

    @property
    def retry_after(self) -> int:
        """Whole seconds until the next probe; 0 while it is closed."""
        with self._lock:
            return 0 if self._next_probe is None else max(1, int(self._next_probe - self._clock()) + 1)

    def succeeded(self) -> None:
        """The system answers: close."""
        with self._lock:
            self._failed.clear()
            self._next_probe = None

    def failed(self) -> None:
        """One more failure; opens where it is one too many."""
        with self._lock:
            now = self._clock()
            self._failed.append(now)
            if len(self._failed) == self._limit and now - self._failed[0] <= self._within:
                self._next_probe = now + self._rest

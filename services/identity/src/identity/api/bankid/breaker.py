"""A circuit breaker: a system that is down is not asked again for a while (A27)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

OPENS_AFTER = 5
"""Failures in a row."""
STAYS_OPEN_SECONDS = 10.0


class Breaker:
    """Closed: calls pass. Open: none does. Half open, after a while: one call tries for all."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock``: monotonic seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_again_at = 0.0

    def allows(self) -> bool:
        """Whether a call may be made now; in the half-open state True for one caller only."""
        with self._lock:
            if self._failures < OPENS_AFTER:
                return True
            now = self._clock()
            if now < self._closed_again_at:
                return False
            self._closed_again_at = now + STAYS_OPEN_SECONDS
            return True

    def succeeded(self) -> None:
        """The system answers."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """The system did not answer, or with nonsense."""
        with self._lock:
            self._failures += 1
            if self._failures >= OPENS_AFTER:
                self._closed_again_at = self._clock() + STAYS_OPEN_SECONDS

    @property
    def is_open(self) -> bool:
        """For logs and tests."""
        with self._lock:
            return self._failures >= OPENS_AFTER

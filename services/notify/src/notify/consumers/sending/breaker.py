"""A circuit breaker: a mail server or SMS provider that is down is left alone for a while (A27)."""

from __future__ import annotations

import time
from collections.abc import Callable

OPENS_AFTER = 5
"""Failures in a row."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 60.0


class Breaker:
    """Closed: calls pass. Open: none does. Half open, after a pause: one tries for all; each failure doubles the pause.

    For one thread.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock``: monotonic seconds."""
        self._clock = clock
        self._failures = 0
        self._until = 0.0

    @property
    def is_closed(self) -> bool:
        """Whether calls pass freely."""
        return self._failures < OPENS_AFTER

    def pause(self) -> float:
        """Seconds until a call may be made; 0 where it may be made now."""
        return 0.0 if self.is_closed else max(0.0, self._until - self._clock())

    def succeeded(self) -> None:
        """The other side answers."""
        self._failures = 0

    def failed(self) -> None:
        """The other side did not answer, or with nonsense."""
        self._failures += 1
        if not self.is_closed:
            doubled = FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures - OPENS_AFTER, 10)
            self._until = self._clock() + min(LONGEST_PAUSE_SECONDS, doubled)

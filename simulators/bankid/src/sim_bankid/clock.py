"""The simulator's only clock: it can be frozen and moved forward, so that tests never sleep."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """Seconds since 1970 as the simulated BankID sees them.

    A running clock follows the machine's monotonic time. A frozen one stands still. Both move
    forward by `advance`; neither can move backwards except by `reset`.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Back to the machine's time, running."""
        with self._lock:
            self._base = self._wall()
            self._since = self._monotonic()
            self._frozen = False

    def now(self) -> float:
        """Return the present moment."""
        with self._lock:
            return self._now()

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen

    def freeze(self) -> None:
        """Stop at the present moment."""
        with self._lock:
            self._base = self._now()
            self._frozen = True

    def run(self) -> None:
        """Go on from where the clock stands."""
        with self._lock:
            self._base = self._now()
            self._since = self._monotonic()
            self._frozen = False

    def advance(self, seconds: float) -> None:
        """Move forward; `seconds` must not be negative."""
        if seconds < 0:
            raise ValueError("time only moves forward")
        with self._lock:
            self._base += seconds

    def _now(self) -> float:
        return self._base if self._frozen else self._base + self._monotonic() - self._since


def iso(moment: float) -> str:
    """A moment as an RFC 3339 text in UTC with milliseconds."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")

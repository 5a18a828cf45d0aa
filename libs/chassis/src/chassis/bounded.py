"""What another system answers, read no longer and no further than it may take (A27, B17)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable


class AnswerRefused(Exception):
    """The answer was not read to its end; ``reason`` is ``too-large`` or ``too-slow``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def collect(chunks: Iterable[bytes], *, most: int, until: float, clock: Callable[[], float] = time.monotonic) -> bytes:
    """Put an answer together.

    A time-out between two chunks does not help against a system that drips: ``until`` is for the whole of it.

    Args:
        chunks: as they come.
        most: bytes that an answer may have.
        until: when it must be here, by ``clock``.
        clock: seconds.

    Raises:
        AnswerRefused: as soon as there is more, or it is later.

    """
    received = bytearray()
    for chunk in chunks:
        received += chunk
        if len(received) > most:
            raise AnswerRefused("too-large")
        if clock() > until:
            raise AnswerRefused("too-slow")
    return bytes(received)


__all__ = ["AnswerRefused", "collect"]

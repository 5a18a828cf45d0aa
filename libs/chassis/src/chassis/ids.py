"""Identifiers and time, injectable: nothing else in the suite may ask for either."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID


def _uuid7() -> UUID:
    # RFC 9562 section 5.7: 48 bits of milliseconds, then 74 random bits. Sortable, so index friendly.
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76
    value |= secrets.randbits(12) << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return UUID(int=value)


_id_source: Callable[[], UUID] = _uuid7
_clock: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731, TID251 - the one place


def new_id() -> UUID:
    """Return a new identifier (UUIDv7: unique, and sorted by time of making)."""
    return _id_source()


def utcnow() -> datetime:
    """Return this process's clock, aware, UTC. Deadlines are decided by ``Tx.now`` instead."""
    return _clock()


def new_secret() -> str:
    """Return 256 random bits as URL-safe text, for tokens that are stored hashed."""
    return secrets.token_urlsafe(32)


@contextlib.contextmanager
def use(*, ids: Callable[[], UUID] | None = None, clock: Callable[[], datetime] | None = None) -> Iterator[None]:
    """Replace the sources inside the block; for tests."""
    global _id_source, _clock
    before = _id_source, _clock
    _id_source, _clock = ids or _id_source, clock or _clock
    try:
        yield
    finally:
        _id_source, _clock = before

"""A connection on a thread of its own, and how to hang up on a broker that does not answer."""

from __future__ import annotations

import abc
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import pika
from pika.adapters.select_connection import IOLoop
from pika.exceptions import AMQPError

HEARTBEAT_SECONDS = 30
BLOCKED_SECONDS = 10
OPEN_SECONDS = 10.0


class BrokerDown(Exception):
    """The connection could not be made, was lost, or did not confirm in time. Make a new one."""


STEADY_SECONDS = 5.0
LONGEST_WAIT = 4.0
"""With the time that it takes to connect: back within five seconds after the other side is (rows A6, A10)."""


def backoff() -> Iterator[float]:
    """Seconds to wait before each further try: full jitter, growing from 0.2 to 4."""
    ceiling = 0.4
    while True:
        yield random.uniform(0.2, ceiling)  # noqa: S311 - jitter
        ceiling = min(LONGEST_WAIT, ceiling * 2)


class Waits:
    """The waits of one that connects again and again: they grow while nothing lasts, and begin anew after what did."""

    def __init__(self) -> None:
        self._waits = backoff()
        self._began = time.monotonic()

    def begin(self) -> None:
        """A new try begins."""
        self._began = time.monotonic()

    def next(self) -> float:
        """It has failed: seconds to wait before the next."""
        if time.monotonic() - self._began > STEADY_SECONDS:
            self._waits = backoff()
        return next(self._waits)


def user_of(url: str) -> str:
    """The user in an AMQP URL: what the broker checks ``user_id`` against."""
    return unquote(urlsplit(url).username or "guest")


class _Loop(IOLoop):  # type: ignore[misc]
    """pika's loop, which also knows its socket: the way to hang up on a peer that answers nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._fds: set[int] = set()

    def add_handler(self, fd: int, handler: Callable[[int, int], None], events: int) -> None:
        self._fds.add(fd)
        super().add_handler(fd, handler, events)

    def remove_handler(self, fd: int) -> None:
        self._fds.discard(fd)
        super().remove_handler(fd)

    def hang_up(self) -> None:
        """In the loop's thread: end the socket at once; pika then sees a lost connection."""
        for fd in self._fds:
            with suppress(OSError), socket.socket(fileno=os.dup(fd)) as sock:
                sock.shutdown(socket.SHUT_RDWR)


class Connection(abc.ABC):
    """One connection with one channel, on a thread of its own."""

    def __init__(self, url: str, name: str, heartbeat: int) -> None:
        self._parameters = pika.URLParameters(url)
        self._parameters.heartbeat = heartbeat
        self._parameters.blocked_connection_timeout = BLOCKED_SECONDS
        self._parameters.socket_timeout = 5
        self._parameters.stack_timeout = OPEN_SECONDS
        self._parameters.client_properties = {"connection_name": name}
        self._pid = os.getpid()
        self._loop = _Loop()
        self._channel: Any = None
        self._open = threading.Event()
        self._lost: BaseException | None = None
        self._closing = False
        self._connection: Any = None
        self.blocked = False
        self._thread = threading.Thread(target=self._run, name=f"amqp {name}", daemon=True)

    # -- from the using thread ------------------------------------------------------------------
    def __enter__(self) -> Self:
        """Connect; raises ``BrokerDown``."""
        self._thread.start()
        self._open.wait(OPEN_SECONDS)
        if self._lost is not None or not self._open.is_set():
            self.close()
            self.check()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check(self) -> None:
        """Raise ``BrokerDown`` unless the connection is open, ``RuntimeError`` in a forked child."""
        if os.getpid() != self._pid:
            message = "an AMQP connection does not survive fork"
            raise RuntimeError(message)
        if self._lost is not None or not self._open.is_set():
            raise BrokerDown(type(self._lost).__name__ if self._lost else "no answer") from self._lost

    def close(self, timeout: float = 3.0) -> None:
        """Close in order; hang up where the broker does not answer."""
        self._closing = True
        for end in (self._close, self._loop.hang_up, self._loop.stop):
            self._call(end)
            self._thread.join(timeout)
            if not self._thread.is_alive():
                return
            timeout = 1.0

    def hang_up(self) -> None:
        """Give the connection up at once: the broker is there and does not answer."""
        self._call(self._loop.hang_up)

    def _call(self, function: Callable[[], None]) -> None:
        self._loop.add_callback_threadsafe(function)

    # -- in the I/O thread ----------------------------------------------------------------------
    def _run(self) -> None:
        try:
            self._connection = pika.SelectConnection(
                self._parameters,
                on_open_callback=self._on_open,
                on_open_error_callback=self._on_lost,
                on_close_callback=self._on_lost,
                custom_ioloop=self._loop,
            )
            self._connection.add_on_connection_blocked_callback(lambda *_: self._on_blocked(blocked=True))
            self._connection.add_on_connection_unblocked_callback(lambda *_: self._on_blocked(blocked=False))
            self._loop.start()
        except Exception as error:  # noqa: BLE001 - whatever it is, the user must not wait for ever
            self._lose(error)
            self._loop.hang_up()
        finally:
            self._lose(BrokerDown("closed"))
            self._loop.close()

    def _close(self) -> None:
        if self._connection is None or self._connection.is_closed:
            self._loop.stop()
        elif not self._connection.is_closing:
            with suppress(AMQPError):
                self._connection.close()

    def _on_blocked(self, *, blocked: bool) -> None:
        self.blocked = blocked

    def _on_open(self, connection: Any) -> None:
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._on_channel_lost)
        self._prepare(channel)

    def _on_channel_lost(self, _channel: Any, error: BaseException) -> None:
        if not self._closing:
            self._lose(error)
            self._close()

    def _on_lost(self, _connection: Any, error: BaseException) -> None:
        self._lose(error)
        self._loop.stop()

    def _lose(self, error: BaseException) -> None:
        self._lost = self._lost or error
        self._open.set()
        self._on_end()

    @abc.abstractmethod
    def _prepare(self, channel: Any) -> None:
        """Bring the new channel to where it is of use, then set ``_open``."""

    @abc.abstractmethod
    def _on_end(self) -> None:
        """Wake whoever waits: nothing more will come."""

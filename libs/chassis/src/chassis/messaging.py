"""The only module that speaks AMQP: connections, publishing with confirms, receiving in batches.

A connection lives on an I/O thread of its own, which alone touches it (pika is not thread-safe); heartbeats therefore go on
while a handler works. ``Publisher`` and ``Receiver`` are used from one other thread. Publishing and receiving never share
a connection: a broker in alarm blocks publishers and must not block consumers. Nothing here reconnects: whoever uses it gets
``BrokerDown``, throws the object away and makes a new one (``backoff``). pika 1.5 can replace the inside of this file.
"""

from __future__ import annotations

import abc
import functools
import os
import random
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import pika
from pika.adapters.select_connection import IOLoop
from pika.exceptions import AMQPError
from pika.spec import Basic, BasicProperties

from chassis.inbox import Delivery

HEARTBEAT_SECONDS = 30
BLOCKED_SECONDS = 10
CONFIRM_SECONDS = 5.0
OPEN_SECONDS = 10.0
CHUNK = 100
"""Messages published between two looks at the socket, so that sending and confirming overlap."""
PENDING, RETURNING, CONFIRMED, REFUSED, RETURNED = range(5)
"""States of a message in flight; RETURNING waits for the confirm that follows a return."""


class BrokerDown(Exception):
    """The connection could not be made, was lost, or did not confirm in time. Make a new one."""


def backoff() -> Iterator[float]:
    """Seconds to wait before each further try: full jitter, growing from 0.2 to 5."""
    ceiling = 0.4
    while True:
        yield random.uniform(0.2, ceiling)  # noqa: S311 - jitter
        ceiling = min(5.0, ceiling * 2)


def user_of(url: str) -> str:
    """The user in an AMQP URL: what the broker checks ``user_id`` against."""
    return unquote(urlsplit(url).username or "guest")


_LENGTH = struct.Struct(">I")
_LONG_LONG = struct.Struct(">q")


def _short(text: str) -> bytes:
    encoded = text.encode()
    return bytes((len(encoded),)) + encoded


class _Loop(IOLoop):
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


class _Connection(abc.ABC):
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
            self._connection.add_on_connection_blocked_callback(functools.partial(self._on_blocked, True))
            self._connection.add_on_connection_unblocked_callback(functools.partial(self._on_blocked, False))
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

    def _on_blocked(self, blocked: bool, *_: object) -> None:
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


@dataclass(slots=True, eq=False)
class Message:
    """One message to publish."""

    routing_key: str
    message_id: str
    headers: dict[str, str | int]
    body: bytes


class _Properties(BasicProperties):
    """The properties of a persistent JSON message, encoded eight times as fast as pika's general way.

    With ten headers that encoding is half the cost of a publish.
    """

    FLAGS = struct.pack(">H", 1 << 15 | 1 << 13 | 1 << 12 | 1 << 7 | 1 << 4)
    """Content type, headers, delivery mode, message id and user id are present, in this order."""
    CONTENT_TYPE = _short("application/json")
    PERSISTENT = b"\x02"

    def __init__(self, message: Message, user: str) -> None:
        # The general attributes are not set: nothing reads them on the way out.
        self._message = message
        self._user = user

    def encode(self) -> list[bytes]:
        """The pieces of the frame, as pika joins them."""
        table = []
        for name, value in self._message.headers.items():
            if isinstance(value, int):
                table.append(_short(name) + b"l" + _LONG_LONG.pack(value))
            else:
                text = value.encode()
                table.append(_short(name) + b"S" + _LENGTH.pack(len(text)) + text)
        headers = b"".join(table)
        return [
            self.FLAGS,
            self.CONTENT_TYPE,
            _LENGTH.pack(len(headers)),
            headers,
            self.PERSISTENT,
            _short(self._message.message_id),
            _short(self._user),
        ]


@dataclass(slots=True, eq=False)
class Flight:
    """A batch on its way. ``state`` holds CONFIRMED, REFUSED or RETURNED per message once ``Publisher.wait`` returns."""

    messages: Sequence[Message]
    state: bytearray
    left: int
    first: int = 0
    low: int = 0
    sent: int = 0
    done: threading.Event = field(default_factory=threading.Event)


class Publisher(_Connection):
    """Publishes persistent messages, mandatory and confirmed, as the user of the URL."""

    def __init__(self, url: str, exchange: str, *, name: str, heartbeat: int = HEARTBEAT_SECONDS) -> None:
        super().__init__(url, name, heartbeat)
        self._exchange = exchange
        self._user = user_of(url)
        self._flights: deque[Flight] = deque()
        self._unsent: deque[Flight] = deque()
        self._next_tag = 1
        self._progress = 0.0

    def _prepare(self, channel: Any) -> None:
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm, callback=lambda _frame: self._open.set())

    def submit(self, messages: Sequence[Message]) -> Flight:
        """Start to publish ``messages`` (at least one), in their order and behind earlier flights."""
        self.check()
        flight = Flight(messages, bytearray(len(messages)), len(messages))
        self._call(functools.partial(self._take_off, flight))
        return flight

    def wait(self, flight: Flight, deadline: float = CONFIRM_SECONDS) -> bytearray:
        """Return the state of each message once the broker has answered for all.

        Raises ``BrokerDown`` where the connection is lost or ``deadline`` seconds pass without a single answer. Time in
        which the broker says that it blocks publishers does not count: pika ends that after 10 s.
        """
        self._progress = time.monotonic()
        while not flight.done.wait(min(0.25, deadline)):
            if self.blocked:
                self._progress = time.monotonic()
            elif time.monotonic() - self._progress > deadline:
                self.hang_up()
                message = "no confirm in time"
                raise BrokerDown(message)
        if flight.left:
            raise BrokerDown(type(self._lost).__name__) from self._lost
        return flight.state

    def _take_off(self, flight: Flight) -> None:
        if self._lost is not None:
            flight.done.set()
            return
        flight.first, self._next_tag = self._next_tag, self._next_tag + len(flight.messages)
        self._flights.append(flight)
        self._unsent.append(flight)
        if len(self._unsent) == 1:
            self._send()

    def _send(self) -> None:
        if self._lost is not None:
            return
        flight = self._unsent[0]
        for message in flight.messages[flight.sent : flight.sent + CHUNK]:
            self._channel.basic_publish(
                self._exchange, message.routing_key, message.body, _Properties(message, self._user), mandatory=True
            )
        flight.sent += CHUNK
        if flight.sent >= len(flight.messages):
            self._unsent.popleft()
        if self._unsent:
            self._loop.add_callback_threadsafe(self._send)

    def _on_confirm(self, frame: Any) -> None:
        self._progress = time.monotonic()
        tag, multiple = frame.method.delivery_tag, frame.method.multiple
        answer = CONFIRMED if isinstance(frame.method, Basic.Ack) else REFUSED
        for flight in self._flights:
            index = tag - flight.first
            if index < 0:
                break
            if multiple:
                last = min(index, len(flight.messages) - 1)
                for earlier in range(flight.low, last + 1):
                    _answer(flight, earlier, answer)
                flight.low = last + 1
            elif index < len(flight.messages):
                _answer(flight, index, answer)
                break
        while self._flights and not self._flights[0].left:
            self._flights.popleft().done.set()

    def _on_return(self, _channel: Any, _method: Any, properties: BasicProperties, _body: bytes) -> None:
        for flight in self._flights:
            for index, message in enumerate(flight.messages):
                if message.message_id == properties.message_id and flight.state[index] == PENDING:
                    flight.state[index] = RETURNING
                    return

    def _on_end(self) -> None:
        while self._flights:
            self._flights.popleft().done.set()


def _answer(flight: Flight, index: int, answer: int) -> None:
    state = flight.state[index]
    if state < CONFIRMED:
        flight.state[index] = RETURNED if state == RETURNING else answer
        flight.left -= 1


class Receiver(_Connection):
    """Takes deliveries from one queue, at most ``prefetch`` unacknowledged."""

    def __init__(
        self, url: str, queue: str, *, prefetch: int, name: str, heartbeat: int = HEARTBEAT_SECONDS
    ) -> None:
        super().__init__(url, name, heartbeat)
        self._queue = queue
        self._prefetch = prefetch
        self._arrived: deque[Delivery] = deque()
        self._something = threading.Event()
        self._held: set[int] = set()
        self._tag = ""

    def _prepare(self, channel: Any) -> None:
        channel.add_on_cancel_callback(lambda _frame: self._on_channel_lost(channel, BrokerDown("queue deleted")))
        channel.basic_qos(prefetch_count=self._prefetch, callback=self._subscribe)

    def _subscribe(self, _frame: Any) -> None:
        self._tag = self._channel.basic_consume(
            self._queue, self._on_message, callback=lambda _frame: self._open.set()
        )

    def receive(self, timeout: float, limit: int) -> list[Delivery]:
        """Return what has arrived, at most ``limit``; wait up to ``timeout`` seconds for the first, never for more."""
        if not self._arrived:
            self.check()
            self._something.wait(timeout)
        self._something.clear()
        self.check()
        return [self._arrived.popleft() for _ in range(min(limit, len(self._arrived)))]

    def has_more(self) -> bool:
        """Whether something has arrived that was not received yet."""
        return bool(self._arrived)

    def hold(self, delivery: Delivery) -> None:
        """Leave ``delivery`` unacknowledged while later ones are settled."""
        self._held.add(delivery.tag)

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge ``deliveries``: with all earlier ones in one frame, unless one of those is held."""
        self.check()
        tags = [delivery.tag for delivery in deliveries]
        self._held.difference_update(tags)
        if self._held and min(self._held) < tags[-1]:
            self._call(lambda: [self._channel.basic_ack(tag) for tag in tags if self._lost is None] and None)
        else:
            self._call(lambda: self._channel.basic_ack(tags[-1], multiple=True) if self._lost is None else None)

    def cancel(self) -> None:
        """Ask the broker to send nothing more; what has arrived can still be received and settled."""
        self._call(lambda: self._channel.basic_cancel(self._tag) if self._lost is None else None)

    def _on_message(self, _channel: Any, method: Any, properties: BasicProperties, body: bytes) -> None:
        headers = properties.headers or {}
        self._arrived.append(
            Delivery(
                tag=method.delivery_tag,
                body=body,
                headers=headers,
                routing_key=method.routing_key,
                sender=properties.user_id,
                redelivered=method.redelivered or "x-delivery-count" in headers,
            )
        )
        if not self._something.is_set():
            self._something.set()

    def _on_end(self) -> None:
        self._something.set()

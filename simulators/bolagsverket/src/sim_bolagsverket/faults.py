"""Trouble on order: the next calls fail in a chosen way (A27, B17)."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

from flask import Response, request

Kind = Literal["status", "slow", "garbage", "huge", "redirect", "drop", "truncated", "answer"]
KINDS: tuple[str, ...] = get_args(Kind)
CHUNK = b" " * 65536
GARBAGE = b'\xff{"firmateckningInformation": [<'


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`count` calls (None: until cleared) whose path starts with `path` are treated as `kind`.

    status: that HTTP status, no body. slow: the true answer after `seconds`. garbage: 200 that is
    not JSON. huge: 200 with `size` bytes. redirect: 302 to `location`. drop: the connection closes
    without an answer. truncated: it closes in the middle of one. answer: `status` with `body`.
    """

    kind: Kind
    path: str = "/foretagsinformation/"
    count: int | None = 1
    status: int = 503
    retry_after: int | None = None
    seconds: float = 30.0
    size: int = 2_000_000
    location: str = "http://127.0.0.1:9/"
    body: str = ""
    content_type: str = "application/json"


class Faults:
    """The faults now ordered, oldest first; safe to use from every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._released = threading.Event()

    def add(self, fault: Fault) -> None:
        """Order one more fault, after those already ordered."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Forget all faults, and let every call that is being kept waiting go on."""
        with self._lock:
            self._faults.clear()
            self._released.set()
            self._released = threading.Event()

    def listed(self) -> list[dict[str, Any]]:
        """What remains, as JSON."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def take(self, path: str) -> Fault | None:
        """The fault for a call to `path`, used up by one."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if path.startswith(fault.path):
                    if fault.count is not None:
                        if fault.count > 1:
                            self._faults[index] = replace(fault, count=fault.count - 1)
                        else:
                            del self._faults[index]
                    return fault
        return None

    def apply(self, fault: Fault) -> Response | None:
        """The answer the fault gives, or None to go on with the true one."""
        if fault.kind == "slow":
            self._released.wait(fault.seconds)
            return None
        if fault.kind in {"drop", "truncated"}:
            return _cut(half=fault.kind == "truncated")
        return _answer(fault)


def _answer(fault: Fault) -> Response:
    match fault.kind:
        case "redirect":
            return Response(b"", 302, {"Location": fault.location})
        case "huge":
            return Response(_padding(fault.size), 200, content_type=fault.content_type)
        case "garbage":
            return Response(GARBAGE, 200, content_type="text/html")
        case "answer":
            return Response(fault.body, fault.status, content_type=fault.content_type)
        case _:
            wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            return Response(b"", fault.status, wait)


def _padding(size: int) -> Iterator[bytes]:
    yield b"["
    left = size - 2
    while left > 0:
        yield CHUNK[:left]
        left -= len(CHUNK)
    yield b"]"


def _cut(*, half: bool) -> Response:
    """Close the caller's connection under the feet of the server; the Response is never sent."""
    connection: socket.socket = request.environ["gunicorn.socket"]
    if half:
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b'Content-Length: 4096\r\n\r\n{"firmateckningInformation":'
        )
    connection.shutdown(socket.SHUT_RDWR)
    return Response(b"", 500, {"Connection": "close"})

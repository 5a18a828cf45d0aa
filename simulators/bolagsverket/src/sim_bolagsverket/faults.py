"""Trouble on order: the next calls fail in a chosen way (A27, B17)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from flask import Response

from sim_common import faults

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


class Faults(faults.Faults[Fault]):
    """The faults now ordered."""

    half = (
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4096\r\n\r\n{"firmateckningInformation":'
    )

    def take(self, path: str) -> Fault | None:
        """The fault for a call to `path`, used up by one."""
        return self.first(lambda fault: path.startswith(fault.path))

    def answer(self, fault: Fault) -> Response:
        """Another answer than the true one."""
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

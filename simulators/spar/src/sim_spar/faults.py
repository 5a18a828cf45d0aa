"""Trouble on order: the next calls fail in a chosen way (A27, B17)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from flask import Response

from sim_common import faults
from sim_spar import answers

Kind = Literal["status", "slow", "soap-fault", "garbage", "bomb", "huge", "redirect", "drop", "truncated", "answer"]
KINDS: tuple[str, ...] = get_args(Kind)
XML = "text/xml; charset=utf-8"
CHUNK = b" " * 65536
GARBAGE = b"\xff<S:Envelope><S:Body>"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    f'<S:Envelope xmlns:S="{answers.SOAP}"><S:Body>&c;</S:Body></S:Envelope>'
).encode()


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`count` calls (None: until cleared) are treated as `kind`.

    status: that HTTP status, no body. slow: the true answer after `seconds`. soap-fault: a SOAP fault that says
    `body`. garbage: 200 that is not XML. bomb: 200 with entities that grow. huge: 200 with `size` bytes. redirect: 302
    to `location`. drop: the connection closes without an answer. truncated: in the middle of one. answer: `status`
    with `body`.
    """

    kind: Kind
    count: int | None = 1
    status: int = 503
    seconds: float = 30.0
    size: int = 2_000_000
    location: str = "http://127.0.0.1:9/"
    body: str = "Internt fel"
    content_type: str = XML


class Faults(faults.Faults[Fault]):
    """The faults now ordered."""

    half = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 4096\r\n\r\n<S:Envelope><S:Body>"

    def take(self) -> Fault | None:
        """The fault for the next call, used up by one."""
        return self.first(lambda _fault: True)

    def answer(self, fault: Fault) -> Response:
        """Another answer than the true one."""
        return _answer(fault)


def _answer(fault: Fault) -> Response:
    match fault.kind:
        case "redirect":
            return Response(b"", 302, {"Location": fault.location})
        case "huge":
            return Response(_padding(fault.size), 200, content_type=fault.content_type)
        case "garbage" | "bomb":
            body = GARBAGE if fault.kind == "garbage" else BOMB
            return Response(body, 200, content_type=fault.content_type)
        case "soap-fault":
            return Response(answers.soap_fault(fault.body), 500, content_type=fault.content_type)
        case "answer":
            return Response(fault.body, fault.status, content_type=fault.content_type)
        case _:
            return Response(b"", fault.status)


def _padding(size: int) -> Iterator[bytes]:
    left = size
    while left > 0:
        yield CHUNK[:left]
        left -= len(CHUNK)

"""A stand-in of clamd for tests: it speaks INSTREAM, finds what it is told to find, and fails when it is told to."""

from __future__ import annotations

import socketserver
import struct
import threading
from dataclasses import dataclass, field
from types import TracebackType

from devservers import ports

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The published test signature (eicar.org); harmless."""


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        said = self.server.owner
        said.questions += 1
        if said.answer == b"":
            return  # closes without a word
        if said.answer is None and not said.released.wait(30):
            return
        command = self._exactly(len(b"zINSTREAM\0"))
        data = b""
        while length := struct.unpack(">I", self._exactly(4))[0]:
            data += self._exactly(length)
        found = any(signature in data for signature in said.signatures)
        verdict = b"stream: Test.Signature FOUND" if found else b"stream: OK"
        answer = said.answer if said.answer not in {None, b"scan"} else verdict
        self.request.sendall((answer if command == b"zINSTREAM\0" else b"UNKNOWN COMMAND") + b"\0")

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.request.recv(count - len(data))
            if not part:
                raise ConnectionError
            data += part
        return data


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    owner: Clamd

    def handle_error(self, request: object, client_address: object) -> None:
        """The client has hung up: no news."""


@dataclass
class Clamd:
    """``answer``: ``b"scan"`` looks at the data, ``b""`` hangs up, ``None`` says nothing, anything else is said."""

    signatures: list[bytes] = field(default_factory=lambda: [EICAR])
    answer: bytes | None = b"scan"
    questions: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Clamd:
        """Listen on a port of its own."""
        self._server = _Server((ports.LOOPBACK, ports.free_ports(1)[0]), _Handler)
        self._server.owner = self
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        """``host:port``."""
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"


def nobody() -> str:
    """An address at which nothing answers."""
    return f"{ports.LOOPBACK}:{ports.free_ports(1)[0]}"

"""Asks clamd whether a file is malware (INSTREAM). No answer is never "clean" (C27)."""

from __future__ import annotations

import socket
import struct
import time

CHUNK = 64 * 1024
CONNECT_SECONDS = 1.0
LONGEST_ANSWER = 4096


class ScannerUnavailable(Exception):
    """Not there, too slow, or it said something else than yes or no: ask again later."""


class Clamd:
    """One question per connection; ``address`` is ``host:port`` or ``unix:/path``."""

    def __init__(self, address: str, *, timeout: float = 5.0) -> None:
        """``timeout`` in seconds, for the whole question. Raises ``ValueError`` for an address of another form."""
        self._path = address.removeprefix("unix:") if address.startswith("unix:") else None
        if self._path is None:
            host, colon, port = address.rpartition(":")
            if not colon or not port.isdigit():
                message = "clamd_address must be host:port or unix:/path"
                raise ValueError(message)
            self._host, self._port = host.strip("[]"), int(port)
        self._timeout = timeout

    def is_clean(self, data: bytes) -> bool:
        """Whether clamd finds nothing in ``data``; raises ``ScannerUnavailable``."""
        deadline = time.monotonic() + self._timeout
        try:
            with self._connect() as connection:
                self._send(connection, b"zINSTREAM\0", deadline)
                view = memoryview(data)
                for start in range(0, len(data), CHUNK):
                    part = view[start : start + CHUNK]
                    self._send(connection, struct.pack(">I", len(part)), deadline)
                    self._send(connection, part, deadline)
                self._send(connection, struct.pack(">I", 0), deadline)
                answer = self._receive(connection, deadline)
        except OSError as error:
            raise ScannerUnavailable(type(error).__name__) from error
        if answer == b"stream: OK":
            return True
        if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
            return False
        raise ScannerUnavailable("answer")

    def _connect(self) -> socket.socket:
        if self._path is None:
            return socket.create_connection((self._host, self._port), timeout=CONNECT_SECONDS)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect(self._path)
        except OSError:
            connection.close()
            raise
        return connection

    @staticmethod
    def _send(connection: socket.socket, data: bytes | memoryview, deadline: float) -> None:
        connection.settimeout(_left(deadline))
        connection.sendall(data)

    @staticmethod
    def _receive(connection: socket.socket, deadline: float) -> bytes:
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            connection.settimeout(_left(deadline))
            part = connection.recv(LONGEST_ANSWER)
            if not part:
                break
            answer += part
        return answer.rstrip(b"\0\n")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left

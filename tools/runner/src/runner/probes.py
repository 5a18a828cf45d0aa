"""Is it ready? Questions that the supervisor may ask ten times a second."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from pathlib import Path

TIMEOUT = 1.0
READY = (200, 399)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = str(path)

    def connect(self) -> None:
        """Open the connection."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(self._path)


def http_ready(where: Path | int, path: str = "/readyz", most: int = READY[1]) -> Callable[[], bool]:
    """Whether a server on a Unix socket or a loopback port answers ``path`` with at most ``most`` as its status."""

    def ask() -> bool:
        line: http.client.HTTPConnection
        if isinstance(where, Path):
            line = _UnixConnection(where)
        else:
            line = http.client.HTTPConnection("127.0.0.1", where, timeout=TIMEOUT)
        try:
            line.request("GET", path)
            answer = line.getresponse()
            answer.read()  # to the end, or the server sees a broken line
            return READY[0] <= answer.status <= most
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    return ask

"""Loopback ports: is one free, find free ones."""

from __future__ import annotations

import random
import socket

UNASSIGNED = range(12_000, 32_000)
"""Below what systems give to outgoing connections, which would take a port between two looks."""
LOOPBACK = "127.0.0.1"


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on ``port`` now."""
    with socket.socket() as sock:
        # as servers do: a port whose last connection is in TIME_WAIT counts as free
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError:
            return False
    return True


def answers(port: int, host: str = LOOPBACK, timeout: float = 0.5) -> bool:
    """Whether somebody accepts connections on ``port``."""
    try:
        with socket.create_connection((host, port), timeout=timeout):
            return True
    except OSError:
        return False


def free_ports(count: int) -> tuple[int, ...]:
    """``count`` different ports that are free now. Take them soon: nothing reserves them."""
    found: list[int] = []
    while len(found) < count:
        port = random.choice(UNASSIGNED)  # noqa: S311 - no secret
        if port not in found and is_free(port):
            found.append(port)
    return tuple(found)


def free_base(room: int) -> int:
    """A port with ``room`` free ones from it on; two who look at the same time hardly ever get the same."""
    while True:
        base = random.choice(UNASSIGNED[:-room])  # noqa: S311 - no secret
        if all(is_free(base + offset) for offset in range(room)):
            return base


def greets(host: str, port: int, hello: bytes, answer: bytes, timeout: float = 2.0) -> bool:
    """Whether a server answers ``hello`` with something that starts with ``answer``."""
    try:
        with socket.create_connection((host, port), timeout=timeout) as sock:
            sock.settimeout(timeout)
            sock.sendall(hello)
            return sock.recv(len(answer)) == answer
    except OSError:
        return False

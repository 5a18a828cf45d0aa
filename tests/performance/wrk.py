"""Load over HTTP: wrk where it is installed, else a small client of our own."""

from __future__ import annotations

import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
OK = b"HTTP/1.1 2"
GIVE_UP_SECONDS = 30
CHUNK = 65536


@dataclass(frozen=True)
class Load:
    """What one run saw."""

    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int


def load(url: str, *, seconds: int, connections: int, headers: Mapping[str, str], cookies: Sequence[str] = ()) -> Load:
    """GET ``url`` as fast as it answers. With ``cookies`` each request takes the next of them, with wrk."""
    if shutil.which("wrk"):
        return _by_wrk(url, seconds, connections, headers, cookies)
    kept = {**headers, "Cookie": cookies[0]} if cookies else headers
    return _by_ourselves(url, seconds, connections, kept)


def get(url: str, headers: Mapping[str, str]) -> bytes:
    """One answer's body; raises ``urllib.error.HTTPError``."""
    request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=GIVE_UP_SECONDS) as answer:  # noqa: S310
        body: bytes = answer.read()
    return body


SCRIPT = """
local cookies = {%s}
local i = 0
request = function()
  i = i %% #cookies + 1
  wrk.headers["Cookie"] = cookies[i]
  return wrk.format()
end
"""


def _by_wrk(url: str, seconds: int, connections: int, headers: Mapping[str, str], cookies: Sequence[str]) -> Load:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if cookies:
            script.write(SCRIPT % ",".join(f'"{cookie}"' for cookie in cookies))
            script.flush()
            command += ["-s", script.name]
        timeout = seconds + GIVE_UP_SECONDS
        text = subprocess.run([*command, url], capture_output=True, text=True, check=True, timeout=timeout).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    errors = (int(refused[1]) if refused else 0) + (sum(map(int, broken.groups())) if broken else 0)
    return Load(float(rate[1]) if rate else 0.0, _latency(text, "50"), _latency(text, "99"), errors)


def _latency(text: str, percent: str) -> float:
    found = re.search(rf"^\s*{percent}%\s+([\d.]+)(us|ms|s)\s*$", text, re.MULTILINE)
    if not found:
        raise RuntimeError(f"wrk said no latency: {text}")
    return float(found[1]) * UNITS[found[2]]


def _by_ourselves(url: str, seconds: int, connections: int, headers: Mapping[str, str]) -> Load:
    parts = urlsplit(url)
    head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": parts.netloc, **headers}.items())
    request = f"GET {parts.path}{'?' + parts.query if parts.query else ''} HTTP/1.1\r\n{head}\r\n".encode()
    times: list[float] = []
    errors: list[int] = []
    end = time.perf_counter() + seconds

    def work() -> None:
        with socket.create_connection((parts.hostname, parts.port), GIVE_UP_SECONDS) as sock:
            while time.perf_counter() < end:
                begin = time.perf_counter()
                sock.sendall(request)
                if not _answer(sock).startswith(OK):
                    errors.append(1)
                times.append((time.perf_counter() - begin) * 1000)

    begin = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = time.perf_counter() - begin
    ordered = sorted(times)
    return Load(len(times) / passed, statistics.median(ordered), ordered[int(len(ordered) * 0.99)], len(errors))


def _answer(sock: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        chunk = sock.recv(CHUNK)
        if not chunk:
            raise ConnectionError("the server hung up")
        got += chunk
    head, _, body = got.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    if length is None:
        raise ConnectionError("an answer without its length")
    left = int(length[1]) - len(body)
    while left > 0:
        left -= len(sock.recv(min(left, CHUNK))) or left + 1
    return head

"""The two questions that the gateway asks others: whose session is this, and what may that person do.

Plain ``http.client`` on connections that stay open, because each question is on the way of a citizen's request (a
request of ``httpx2`` costs several times as much). Nothing here is remembered: the answer is at most as old as the
question (C8).
"""

from __future__ import annotations

import http.client
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from chassis.breaker import CircuitBreaker
from chassis.ids import utcnow
from chassis.telemetry import logger, trace_context
from chassis.tokens import LIFETIME, Minter
from chassis.transaction import Principal
from gateway.schemas.answers import Grant, Refusal, Session
from gateway.schemas.problems import AccountSuspended, ServiceUnavailable

log = logger(__name__)
MAX_ANSWER = 64 * 1024
MAX_IDLE = 6
PROBE_SECONDS = 1.0
"""While a service does not answer, it is asked so often: without a breaker one that hangs would hold every thread."""
OK, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 200, 401, 403, 404
SUSPENDED = "grant-suspended"
A = TypeVar("A")


class _Connection(http.client.HTTPConnection):
    """HTTP/1.1 over TCP or a Unix socket, with one time limit for connecting and one for each wait after it."""

    def __init__(self, address: str, *, connect_timeout: float, read_timeout: float) -> None:
        self._path = address.removeprefix("unix:") if address.startswith("unix:") else None
        self._read_timeout = read_timeout
        super().__init__("gateway.internal" if self._path else address, timeout=connect_timeout)

    def connect(self) -> None:
        """Open the connection."""
        if self._path:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            self.sock.connect(self._path)
        else:
            super().connect()
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.settimeout(self._read_timeout)


def new_breaker(clock: Callable[[], float] = time.monotonic) -> CircuitBreaker:
    """Five failures in ten seconds, then one try a second until it works."""
    return CircuitBreaker(rest=PROBE_SECONDS, clock=clock)


class Upstream:
    """One service, asked with the gateway's own token."""

    def __init__(
        self, service: str, addresses: list[str], minter: Minter, *, connect_timeout: float, read_timeout: float
    ) -> None:
        self.service = service
        self._addresses = addresses
        self._minter = minter
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._idle: deque[_Connection] = deque()
        self._breaker = new_breaker()
        self._token = ("", utcnow())

    def post(self, path: str, question: dict[str, Any]) -> tuple[int, bytes]:
        """Ask; returns status and body. Raises ``ServiceUnavailable``. Redirects are not followed."""
        if not self._breaker.allow():
            raise ServiceUnavailable
        body = msgspec.json.encode(question)
        try:
            answer = self._exchange(path, body)
        except (OSError, http.client.HTTPException) as error:
            self._breaker.failed()
            log.warning("lookup-failed", service_asked=self.service, error=type(error).__name__)
            raise ServiceUnavailable from error
        self._breaker.succeeded()
        return answer

    def close(self) -> None:
        """Close what is kept open."""
        while self._idle:
            self._idle.pop().close()

    def _exchange(self, path: str, body: bytes) -> tuple[int, bytes]:
        # A connection that was idle may have been closed by the other side: that is no failure, a new one is opened.
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:
                break
            try:
                return self._send(connection, path, body)
            except TimeoutError:
                raise
            except (OSError, http.client.HTTPException):
                continue
        last: OSError | None = None
        for address in self._addresses:
            connection = _Connection(address, connect_timeout=self._connect_timeout, read_timeout=self._read_timeout)
            try:
                connection.connect()
            except OSError as error:
                connection.close()
                last = error
                continue
            return self._send(connection, path, body)
        raise last or ConnectionError(self.service)

    def _send(self, connection: _Connection, path: str, body: bytes) -> tuple[int, bytes]:
        trace = trace_context()
        try:
            connection.request(
                "POST",
                path,
                body,
                {
                    "Authorization": f"Bearer {self._bearer()}",
                    "Content-Type": "application/json",
                    "X-Correlation-Id": trace.correlation_id,
                    "traceparent": trace.traceparent,
                },
            )
            response = connection.getresponse()
            content = response.read(MAX_ANSWER + 1)
        except BaseException:
            connection.close()
            raise
        if len(content) > MAX_ANSWER or response.will_close or len(self._idle) >= MAX_IDLE:
            connection.close()
        else:
            self._idle.append(connection)
        return response.status, content

    def _bearer(self) -> str:
        token, fresh_until = self._token
        now = utcnow()
        if not token or now >= fresh_until:
            token = self._minter.mint(self.service, Principal(service="gateway"))
            self._token = (token, now + LIFETIME / 2)
        return token


class Sessions:
    """identity, as the gateway sees it."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def resolve(self, token: str, *, background: bool, seal_for: str | None = None) -> Session | None:
        """Return the session of a raw cookie, or None (any more). ``background`` does not extend it."""
        question: dict[str, Any] = {"token": token, "background": background}
        if seal_for:
            question["seal_for"] = seal_for
        status, body = self._upstream.post("/v1/internal/sessions", question)
        if status == UNAUTHORIZED:
            return None
        return _decode(status, body, Session, "identity")


class Grants:
    """org-registry, as the gateway sees it."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def find(self, person_id: UUID, account_id: UUID) -> Grant | None:
        """Return what the person may do for the account now, or None; raises ``AccountSuspended``."""
        status, body = self._upstream.post("/v1/internal/grants", {"person_id": person_id, "account_id": account_id})
        if status == NOT_FOUND:
            return None
        if status == FORBIDDEN and _code(body) == SUSPENDED:
            raise AccountSuspended
        grant = _decode(status, body, Grant, "org-registry")
        if grant.account_id != account_id:
            log.error("grant-for-another-account", service_asked="org-registry")
            raise ServiceUnavailable
        return grant


def _code(body: bytes) -> str | None:
    try:
        return msgspec.json.decode(body, type=Refusal).code
    except msgspec.MsgspecError:
        return None


def _decode(status: int, body: bytes, kind: type[A], service: str) -> A:
    # Fail closed: whatever is not a well-formed yes or no is no answer at all.
    if status == OK:
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.MsgspecError as error:
            log.error("lookup-malformed", service_asked=service, error=type(error).__name__)  # noqa: TRY400 - it shows values
            raise ServiceUnavailable from error
    log.warning("lookup-refused", service_asked=service, status=status)
    raise ServiceUnavailable

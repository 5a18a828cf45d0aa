"""Bolagsverket's Företagsinformation v4, the one call we need (domain facts 3.3).

Fails closed and says so honestly (D11): only a well-formed answer about exactly this person and this organisation
counts. Everything else (time-out, 5xx, redirect, garbage, more than 256 kB, an answer about somebody else) is
``RegisterUnavailable``. No number is ever logged, stored or put into an address here.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import httpx2 as httpx
import msgspec
from msgspec import Struct

from chassis.bounded import AnswerRefused, collect
from chassis.breaker import CircuitBreaker
from chassis.ids import new_id
from chassis.telemetry import logger
from org_registry.domain.errors import RegisterUnavailable
from org_registry.domain.register import TOGETHER, Alternative, Finding, RegisterAnswer

log = logger(__name__)

SCOPE = "foretagsinformation:read"
MAX_BYTES = 256 * 1024
RENEW_BEFORE_SECONDS = 60
LONGEST_TOKEN_LIFE = 24 * 3600
TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
ERROR_TYPE = "urn:bolagsverket:error:"
OK, BAD_REQUEST, UNAUTHORISED, NOT_FOUND = 200, 400, 401, 404
NAME_LENGTH = 200


class _Identity(Struct):
    number: str = msgspec.field(name="identitetsbeteckning")


class _Party(Struct):
    identity: _Identity = msgspec.field(name="identitet")


class _Pending(Struct):
    count: int = msgspec.field(name="antal", default=0)


class _Organisation(Struct):
    identity: _Identity = msgspec.field(name="identitet")
    name: Any = msgspec.field(name="organisationsnamn", default=None)
    pending: _Pending | None = msgspec.field(name="inneliggandeArenden", default=None)


class _Yes(Struct):
    kind: str = msgspec.field(name="alternativ")
    others: list[list[_Party]] | None = msgspec.field(name="firmateckningsutfallJatillsammansAlternativ", default=None)


class _Verdict(Struct):
    outcome: Literal["JA", "NEJ"] = msgspec.field(name="utfall")
    yes: list[_Yes] | None = msgspec.field(name="firmateckningsutfallJaSvar", default=None)
    no: str | None = msgspec.field(name="firmateckningsutfallNejSvar", default=None)


class _Information(Struct):
    person: _Party = msgspec.field(name="funktionar")
    organisation: _Organisation = msgspec.field(name="firmateckningOrganisation")
    verdict: _Verdict = msgspec.field(name="firmateckningssvar")


class _Answer(Struct):
    information: list[_Information] = msgspec.field(name="firmateckningInformation")


class _Error(Struct):
    type: str


class _Token(Struct):
    access_token: str
    expires_in: int | float


_ANSWER = msgspec.json.Decoder(_Answer)
_ERROR = msgspec.json.Decoder(_Error)
_TOKEN = msgspec.json.Decoder(_Token)


class _Trouble(Exception):
    """No usable answer. ``reason`` is for the log; ``counts`` says whether the register is at fault."""

    def __init__(self, reason: str, *, counts: bool = True) -> None:
        super().__init__(reason)
        self.counts = counts


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Where the register is and who we are to it."""

    url: str
    token_url: str
    client_id: str
    client_secret: str
    connect_timeout: float = 1.0
    """Seconds."""
    timeout: float = 3.5
    """Seconds for the whole question."""


class RegisterClient:
    """Asks whether a person may sign for an organisation. One per process, used by all its threads."""

    def __init__(
        self,
        connection: Connection,
        *,
        breaker: CircuitBreaker | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._to = connection
        self._breaker = breaker or CircuitBreaker()
        self._clock = clock
        # No redirects, no proxy or certificate file from the environment, no cookies between calls.
        self._http = httpx.Client(follow_redirects=False, trust_env=False)
        self._token_lock = threading.Lock()
        self._token: tuple[str, float] | None = None

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, personal_number: str, organisation_number: str) -> RegisterAnswer:
        """Return the register's answer for 12 and 10 digits; raises ``RegisterUnavailable`` where there is none."""
        if not self._breaker.allow():
            raise RegisterUnavailable(retry_after=self._breaker.retry_after)
        request_id = str(new_id())
        try:
            answer = self._ask(personal_number, organisation_number, request_id)
        except _Trouble as trouble:
            if trouble.counts:
                self._breaker.failed()
            else:
                self._breaker.succeeded()
            log.warning("register-unavailable", reason=str(trouble), request_id=request_id)
            raise RegisterUnavailable(retry_after=max(10, self._breaker.retry_after)) from None
        except BaseException:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return answer

    def _ask(self, personal_number: str, organisation_number: str, request_id: str) -> RegisterAnswer:
        deadline = self._clock() + self._to.timeout
        question = msgspec.json.encode(
            {
                "funktionarIdentitetsbeteckning": personal_number,
                "organisationIdentitetsbeteckning": organisation_number,
            }
        )
        token = self._usable_token(deadline)
        status, body = self._signing(question, token, request_id, deadline)
        if status == UNAUTHORISED:
            self._forget(token)
            status, body = self._signing(question, self._usable_token(deadline), request_id, deadline)
        if status == NOT_FOUND and _is_register_error(body):
            return RegisterAnswer(request_id=request_id)
        if status != OK:
            raise _Trouble(f"status {status}", counts=status != BAD_REQUEST)
        return RegisterAnswer(request_id=request_id, findings=_findings(body, personal_number, organisation_number))

    def _signing(self, question: bytes, token: str, request_id: str, deadline: float) -> tuple[int, bytes]:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "X-Request-Id": request_id,
        }
        return self._post(f"{self._to.url}/firmateckningsalternativ", question, headers, deadline)

    def _usable_token(self, deadline: float) -> str:
        with self._token_lock:
            if self._token is None or self._clock() >= self._token[1]:
                self._token = self._new_token(deadline)
            return self._token[0]

    def _forget(self, token: str) -> None:
        with self._token_lock:
            if self._token is not None and self._token[0] == token:
                self._token = None

    def _new_token(self, deadline: float) -> tuple[str, float]:
        form = httpx.QueryParams(
            {
                "grant_type": "client_credentials",
                "client_id": self._to.client_id,
                "client_secret": self._to.client_secret,
                "scope": SCOPE,
            }
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, body = self._post(self._to.token_url, str(form).encode(), headers, deadline)
        if status != OK:
            raise _Trouble(f"token: status {status}")
        try:
            token = _TOKEN.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise _Trouble("token: not understood") from None
        if not TOKEN.fullmatch(token.access_token) or not 0 < token.expires_in <= LONGEST_TOKEN_LIFE:
            raise _Trouble("token: not usable")
        return token.access_token, self._clock() + token.expires_in - RENEW_BEFORE_SECONDS

    def _post(self, url: str, content: bytes, headers: dict[str, str], deadline: float) -> tuple[int, bytes]:
        left = deadline - self._clock()
        if left <= 0:
            raise _Trouble("too-slow")
        timeout = httpx.Timeout(left, connect=min(left, self._to.connect_timeout))
        every = headers | {"Accept": "application/json", "Accept-Encoding": "identity"}
        try:
            with self._http.stream("POST", url, content=content, headers=every, timeout=timeout) as response:
                return response.status_code, self._read(response, deadline)
        except httpx.HTTPError as error:
            # Its text and its request stay here: the request holds the question.
            raise _Trouble(type(error).__name__) from None

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise _Trouble("compressed, which nobody asked for")
        try:
            return collect(response.iter_raw(), most=MAX_BYTES, until=deadline, clock=self._clock)
        except AnswerRefused as refused:
            raise _Trouble(refused.reason) from None


def _is_register_error(body: bytes) -> bool:
    # Only the register itself says "unknown"; a 404 of some proxy or of a wrong address is an outage.
    try:
        return _ERROR.decode(body).type.startswith(ERROR_TYPE)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _findings(body: bytes, personal_number: str, organisation_number: str) -> tuple[Finding, ...]:
    try:
        information = _ANSWER.decode(body).information
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _Trouble("answer: not understood") from None
    if not information:
        raise _Trouble("answer: empty")
    return tuple(_finding(item, personal_number, organisation_number) for item in information)


def _finding(item: _Information, personal_number: str, organisation_number: str) -> Finding:
    if item.person.identity.number != personal_number:
        raise _Trouble("answer: about another person")
    if item.organisation.identity.number[-10:] != organisation_number:
        raise _Trouble("answer: about another organisation")
    yes = item.verdict.outcome == "JA"
    if yes and not item.verdict.yes:
        raise _Trouble("answer: a yes without a way")
    return Finding(
        yes=yes,
        alternatives=tuple(_alternative(way, personal_number) for way in item.verdict.yes or ()) if yes else (),
        reason=None if yes else item.verdict.no,
        name=_name(item.organisation.name),
        pending_cases=item.organisation.pending.count if item.organisation.pending else 0,
    )


def _alternative(way: _Yes, personal_number: str) -> Alternative:
    if way.kind != TOGETHER:
        return Alternative(kind=way.kind)
    groups = way.others or []
    return Alternative(
        kind=way.kind,
        combinations=tuple(
            frozenset({personal_number, *(party.identity.number for party in group)}) for group in groups
        ),
    )


def _name(value: Any) -> str | None:
    """The organisation's name as one clean line; it is not what decides, so a strange one is merely left out."""
    name = value.get("namn") if isinstance(value, dict) else None
    if not isinstance(name, str):
        return None
    clean = " ".join("".join(char if char.isprintable() else " " for char in name).split())
    return clean[:NAME_LENGTH] or None

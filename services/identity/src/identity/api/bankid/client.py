"""Calls to BankID: mutual TLS, short time-outs, no redirects, bounded answers, a breaker in front (A27, B17)."""

from __future__ import annotations

import math
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import msgspec

from chassis.bounded import AnswerRefused, collect
from chassis.breaker import CircuitBreaker
from chassis.ids import utcnow
from chassis.telemetry import logger
from identity.api.bankid import wire
from identity.domain import personal_numbers, proofs
from identity.domain.bankid import Completed, Failed, Order, Outcome, Pending, Trouble
from identity.domain.errors import PersonalNumberInvalid
from identity.domain.logins import Login, binding
from identity.domain.signing import SignTask
from identity.settings import Settings

log = logger(__name__)
T = TypeVar("T")

CONNECT_SECONDS = 1.0
READ_SECONDS = 3.0
WHOLE_CALL_SECONDS = 6.0
"""A server that drips its answer keeps nobody longer than this."""
LARGEST_ANSWER = 256 * 1024
OK = 200
TOO_MANY = 429
SERVER_FAULT = 500
PASSING = frozenset({"unreachable", "maintenance", "toomanyrequests"})
"""Errors after which the same order may be asked about again (domain facts 1.6)."""
USER_AGENT_LENGTH = 256
OPENS_AFTER, STAYS_OPEN_SECONDS = 5, 10.0


def new_breaker(clock: Callable[[], float] = time.monotonic) -> CircuitBreaker:
    """Five failures in a row, however far apart, for the nights are quiet; then one call every ten seconds."""
    return CircuitBreaker(failures=OPENS_AFTER, within=math.inf, rest=STAYS_OPEN_SECONDS, clock=clock)


class BankIdFault(Exception):
    """A call failed; ``error_code`` is BankID's, or ``unreachable``/``unreadable``. Never shown as it is."""

    def __init__(self, error_code: str) -> None:
        super().__init__(error_code)
        self.error_code = error_code

    @property
    def passing(self) -> bool:
        """Whether the same question may be asked again soon."""
        return self.error_code.lower() in PASSING

    @property
    def ours(self) -> bool:
        """Whether BankID found fault with our request."""
        return self.error_code.lower() in {
            "invalidparameters",
            "unauthorized",
            "notfound",
            "methodnotallowed",
            "unsupportedmediatype",
        }


@dataclass(frozen=True, kw_only=True)
class StartOrder:
    """What an order is started with: an identification, or with ``sign`` a signature."""

    login_id: UUID
    end_user_ip: str
    visible_data: str
    return_url: str | None
    referring_domain: str
    user_agent: str | None
    device_identifier: str | None
    sign: SignTask | None = None


class BankId:
    """The Relying Party API. Thread-safe; connections are made on first use, so it may be made before a fork."""

    def __init__(self, settings: Settings, *, breaker: CircuitBreaker | None = None) -> None:
        base = settings.bankid_url.rstrip("/")
        self._base = base if urlsplit(base).path.strip("/") else f"{base}/rp/v6.0"
        self._breaker = breaker or new_breaker()
        self._roots_file = settings.bankid_signature_ca_file
        self._http = httpx2.Client(
            verify=_tls(settings) if base.startswith("https://") else False,
            timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=20, max_keepalive_connections=10),
            follow_redirects=False,
            trust_env=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "minasidor"},
        )

    def start(self, order: StartOrder) -> Order:
        """Start an identification or a signature; raises ``BankIdFault``."""
        web = {
            "referringDomain": order.referring_domain,
            "userAgent": order.user_agent and order.user_agent[:USER_AGENT_LENGTH],
            "deviceIdentifier": order.device_identifier,
        }
        body: dict[str, object] = {
            "endUserIp": order.end_user_ip,
            "userVisibleData": order.visible_data,
            "userNonVisibleData": binding(order.login_id),
            "returnRisk": True,
            "web": {name: value for name, value in web.items() if value},
        }
        if order.return_url is not None:
            body["returnUrl"] = order.return_url
        if order.sign is not None:
            # The person who is logged in signs, and nobody else: BankID refuses every other one.
            body |= {
                "userVisibleDataFormat": "simpleMarkdownV1",
                "userNonVisibleData": order.sign.non_visible_data(order.login_id),
                "requirement": {"personalNumber": order.sign.personal_number},
            }
        started = self._decoded(wire.START, self._call("sign" if order.sign else "auth", body))
        return Order(
            order_ref=started.order_ref,
            auto_start_token=started.auto_start_token,
            qr_start_token=started.qr_start_token,
            qr_start_secret=started.qr_start_secret,
        )

    def collect(self, login: Login, sign: SignTask | None = None) -> Outcome:
        """Ask how the order of ``login`` goes; what goes wrong is an outcome too. ``sign``: what it is to sign."""
        try:
            return self._collect(login, sign)
        except BankIdFault as fault:
            return Trouble(error_code=fault.error_code, passing=fault.passing)
        except proofs.ProofRefused as error:
            log.error("bankid-proof-refused", login_id=str(login.id), part=str(error))  # noqa: TRY400 - a traceback could show the proof
            return Trouble(error_code="proof-refused", passing=False)

    def _collect(self, login: Login, sign: SignTask | None) -> Outcome:
        collected = self._decoded(wire.COLLECT, self._call("collect", {"orderRef": login.order_ref}))
        if collected.order_ref != login.order_ref:
            raise self._unreadable("order")
        match collected.status:
            case "pending":
                return Pending(hint_code=collected.hint_code)
            case "failed":
                return Failed(hint_code=collected.hint_code)
            case "complete":
                return self._completed(login, sign, bytes(collected.completion_data))
            case _:
                raise self._unreadable("status")

    def _completed(self, login: Login, sign: SignTask | None, raw: bytes) -> Completed:
        data = self._decoded(wire.COMPLETION, raw)
        try:
            number = personal_numbers.normalise(data.user.personal_number)
        except PersonalNumberInvalid:
            raise self._unreadable("personal number") from None
        expected = proofs.Expected(
            function=proofs.SIGNING if sign else proofs.IDENTIFICATION,
            personal_number=number,
            visible_data=sign.visible_data if sign else login.visible_data,
            non_visible_data=sign.non_visible_data(login.id) if sign else binding(login.id),
        )
        trust = proofs.Trust(roots=proofs.read_roots(self._roots_file), at=utcnow())
        proofs.verify(data.signature, data.ocsp_response, expected, trust)
        return Completed(
            personal_number=number,
            name=data.user.name.strip(),
            given_name=data.user.given_name.strip(),
            surname=data.user.surname.strip(),
            device_address=data.device.ip_address,
            risk=data.risk,
            evidence=raw,
        )

    def cancel(self, order_ref: str) -> None:
        """Cancel an order, as far as that goes: one that has ended, or a BankID that is down, is no error."""
        try:
            self._call("cancel", {"orderRef": order_ref})
        except BankIdFault as fault:
            log.info("bankid-cancel-failed", code=fault.error_code)

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def _call(self, endpoint: str, body: object) -> bytes:
        if not self._breaker.allow():
            raise BankIdFault("unreachable")
        try:
            status, answer = self._post(endpoint, msgspec.json.encode(body))
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            self._breaker.failed()
            log.warning("bankid-unreachable", endpoint=endpoint, error=type(error).__name__)
            raise BankIdFault("unreachable") from error
        except BankIdFault:
            self._breaker.failed()
            raise
        if status == OK:
            self._breaker.succeeded()
            return answer
        raise self._refusal(endpoint, status, answer)

    def _post(self, endpoint: str, content: bytes) -> tuple[int, bytes]:
        deadline = time.monotonic() + WHOLE_CALL_SECONDS
        # Exactly this content type: a charset parameter gives 415.
        headers = {"Content-Type": "application/json"}
        with self._http.stream("POST", f"{self._base}/{endpoint}", content=content, headers=headers) as response:
            try:
                return response.status_code, collect(response.iter_raw(), most=LARGEST_ANSWER, until=deadline)
            except AnswerRefused as refused:
                log.warning("bankid-answer-refused", endpoint=endpoint, reason=refused.reason)
                raise BankIdFault("unreadable" if refused.reason == "too-large" else "unreachable") from None

    def _refusal(self, endpoint: str, status: int, body: bytes) -> BankIdFault:
        if status >= SERVER_FAULT:
            self._breaker.failed()
        else:
            self._breaker.succeeded()
        try:
            code = wire.REFUSAL.decode(body).error_code
        except (msgspec.DecodeError, UnicodeDecodeError):
            code = ""
        code = code or {405: "methodNotAllowed", TOO_MANY: "tooManyRequests"}.get(status, "unreadable")
        fault = BankIdFault(code)
        log.log(40 if fault.ours else 30, "bankid-refused", endpoint=endpoint, status=status, code=code)
        return fault

    def _decoded(self, decoder: msgspec.json.Decoder[T], body: bytes) -> T:
        try:
            return decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # Without "from": msgspec may quote a value.
            raise self._unreadable("schema") from None

    def _unreadable(self, part: str) -> BankIdFault:
        self._breaker.failed()
        log.error("bankid-answer-unreadable", part=part)
        return BankIdFault("unreadable")


def _tls(settings: Settings) -> ssl.SSLContext:
    # BankID's server certificate comes from its own root: that one is trusted and no other.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=settings.bankid_ca_file)
    context.load_cert_chain(settings.bankid_cert_file, settings.bankid_key_file)
    return context

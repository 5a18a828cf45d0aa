"""Calls to SPAR: mutual TLS, short time-outs, no redirects, bounded answers, a breaker in front (A27, B17).

No number, name or address is ever logged here: a refusal is told by a word, and by the time it took.
"""

from __future__ import annotations

import ssl
import time

import httpx2

from chassis.bounded import AnswerRefused, collect
from chassis.breaker import CircuitBreaker
from chassis.ids import utcnow
from chassis.telemetry import logger
from identity.api.spar import wire
from identity.domain.population_register import NoAnswer, RegisterAnswer, RegisterSilent
from identity.settings import Settings

log = logger(__name__)

CONNECT_SECONDS = 2.0
READ_SECONDS = 4.0
WHOLE_CALL_SECONDS = 6.0
"""A server that drips its answer keeps the job no longer than this."""
LARGEST_ANSWER = 256 * 1024
OK, SERVER_FAULT = 200, 500
HEADERS = {
    "Content-Type": "text/xml; charset=utf-8",
    "SOAPAction": f'"{wire.ACTION}"',
    "Accept": "text/xml",
    "Accept-Encoding": "identity",
    "User-Agent": "minasidor",
}


def new_breaker() -> CircuitBreaker:
    """Three failures within two minutes: then one question a minute until it answers. Nobody waits for it."""
    return CircuitBreaker(failures=3, within=120.0, rest=60.0)


class Spar:
    """Personsök by personal number. The breaker outlives a client: it is the process's."""

    def __init__(self, settings: Settings, *, breaker: CircuitBreaker | None = None) -> None:
        self._url = settings.spar_url
        self._breaker = breaker or new_breaker()
        self._who = wire.Customer(
            customer_number=settings.spar_customer_number,
            delivery_number=settings.spar_delivery_number or settings.spar_customer_number,
            assignment_id=settings.spar_assignment_id,
            user=settings.spar_user,
        )
        self._http = httpx2.Client(
            verify=_tls(settings) if self._url.startswith("https://") else False,
            timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ready(self) -> bool:
        """Whether a question may be asked now. Where the register does not answer: one a minute."""
        return self._breaker.allow()

    def ask(self, personal_number: str) -> RegisterAnswer:
        """What the register says of twelve digits; only after ``ready``.

        Raises ``NoAnswer`` where there is no usable answer about this person, ``RegisterSilent`` where it is the
        register that does not answer.
        """
        began = time.monotonic()
        try:
            answer = self._ask(personal_number)
        except NoAnswer as fault:
            self._breaker.failed()
            silent = isinstance(fault, RegisterSilent)
            log.warning(
                "population-register-silent" if silent else "population-register-unusable",
                reason=str(fault),
                seconds=round(time.monotonic() - began, 3),
            )
            raise
        except BaseException:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return answer

    def _ask(self, personal_number: str) -> RegisterAnswer:
        try:
            status, body = self._post(wire.question(self._who, personal_number))
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            # Its text and its request stay here: the request holds the number.
            raise RegisterSilent(type(error).__name__) from None
        if status == SERVER_FAULT:
            # SOAP tells its faults so; what is none is the outage of something before the register.
            wire.raise_fault(body)
        if status != OK:
            raise RegisterSilent(f"status {status}")
        return wire.read(body, personal_number, utcnow().date())

    def _post(self, content: bytes) -> tuple[int, bytes]:
        deadline = time.monotonic() + WHOLE_CALL_SECONDS
        with self._http.stream("POST", self._url, content=content, headers=HEADERS) as response:
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise RegisterSilent("compressed")
            try:
                return response.status_code, collect(response.iter_raw(), most=LARGEST_ANSWER, until=deadline)
            except AnswerRefused as refused:
                raise RegisterSilent(refused.reason) from None


def _tls(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.spar_ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.spar_cert_file, settings.spar_key_file)
    return context

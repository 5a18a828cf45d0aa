"""46elks' delivery webhook: form fields id, status, delivered; 200-204 or it comes again."""

import base64
import heapq
import logging
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any, Final

from sim_postbox.box import Box
from sim_postbox.faults import Faults
from sim_postbox.messages import timestamp

ATTEMPTS: Final = 6
LONGEST_WAIT: Final = 60.0
ANSWER_SECONDS: Final = 5.0
ACCEPTED: Final = range(200, 205)

log = logging.getLogger("gunicorn.error")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_options: object) -> None:
        """Take a redirect for the failure it is."""


@dataclass(order=True)
class _Attempt:
    due: float
    number: int
    sms: str = field(compare=False)
    url: str = field(compare=False)
    form: dict[str, str] = field(compare=False)


class Delivery(threading.Thread):
    """Reports what became of each SMS; one thread, so reports of one SMS keep their order."""

    def __init__(self, box: Box, faults: Faults, *, retry_seconds: float) -> None:
        super().__init__(name="delivery", daemon=True)
        self._box = box
        self._faults = faults
        self._retry_seconds = retry_seconds
        self._wake = threading.Condition()
        self._queue: list[_Attempt] = []
        self._made: list[dict[str, Any]] = []
        handlers = (urllib.request.ProxyHandler({}), _NoRedirects())
        self._opener = urllib.request.build_opener(*handlers)

    def begin(self, sms: str) -> None:
        """Decide what becomes of an accepted SMS, and report it if somebody wants to know."""
        message = self._box.get(sms)
        if message is None:
            return
        fault = self._faults.take(
            "delivery.failed",
            "delivery.silent",
            "delivery.twice",
            recipients=message.recipients,
        )
        kind = fault.kind if fault else ""
        if kind == "delivery.silent":
            return
        status = "failed" if kind == "delivery.failed" else "delivered"
        self.report(sms, status, times=2 if kind == "delivery.twice" else 1)

    def report(self, sms: str, status: str, *, times: int = 1) -> bool:
        """Set the status of an SMS and send the webhook; False when the SMS is not kept."""
        at = timestamp().replace("+00:00", "") if status == "delivered" else None
        message = self._box.change(sms, status=status, delivered_at=at)
        if message is None:
            return False
        if message.webhook:
            form = {"id": sms, "status": status} | ({"delivered": at} if at else {})
            with self._wake:
                for _ in range(times):
                    now = time.monotonic()
                    heapq.heappush(self._queue, _Attempt(now, 1, sms, message.webhook, form))
                self._wake.notify()
        return True

    def made(self) -> list[dict[str, Any]]:
        """Webhook calls made: sms, url, status reported, attempt, and the answer (or the error)."""
        with self._wake:
            return list(self._made)

    def clear(self) -> None:
        """Forget calls made and calls waiting."""
        with self._wake:
            self._queue.clear()
            self._made.clear()

    def run(self) -> None:
        """Make each call when it is due, for as long as the process lives."""
        while True:
            with self._wake:
                while not self._queue or self._queue[0].due > time.monotonic():
                    wait = self._queue[0].due - time.monotonic() if self._queue else None
                    self._wake.wait(wait)
                attempt = heapq.heappop(self._queue)
            answer = self._call(attempt)
            with self._wake:
                self._note(attempt, answer)
                if answer not in ACCEPTED and attempt.number < ATTEMPTS:
                    wait = min(self._retry_seconds * 2 ** (attempt.number - 1), LONGEST_WAIT)
                    attempt.due = time.monotonic() + wait
                    attempt.number += 1
                    heapq.heappush(self._queue, attempt)

    def _note(self, attempt: _Attempt, answer: int | str) -> None:
        call = {
            "sms": attempt.sms,
            "url": attempt.url,
            "status": attempt.form["status"],
            "attempt": attempt.number,
            "answer": answer,
        }
        self._made = [*self._made[-999:], call]

    def _call(self, attempt: _Attempt) -> int | str:
        url, headers = _with_credentials(attempt.url)
        data = urllib.parse.urlencode(attempt.form).encode()
        try:
            request = urllib.request.Request(url, data, headers)  # noqa: S310 - checked by the API
            with self._opener.open(request, timeout=ANSWER_SECONDS) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except (OSError, ValueError) as error:
            log.info("delivery webhook: %s", error)
            return type(error).__name__


def _with_credentials(url: str) -> tuple[str, dict[str, str]]:
    """Name and password in an address become Basic authentication, as 46elks promises."""
    parts = urllib.parse.urlsplit(url)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if parts.username is None:
        return url, headers
    user = urllib.parse.unquote(parts.username)
    password = urllib.parse.unquote(parts.password or "")
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    headers["Authorization"] = f"Basic {token}"
    netloc = parts.netloc.rpartition("@")[2]
    return urllib.parse.urlunsplit(parts._replace(netloc=netloc)), headers

"""SMS by the API of 46elks: ``POST /a1/sms``, a form, Basic authentication."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx2 as httpx

from chassis.bounded import AnswerRefused, collect
from chassis.sealing import Unsealer
from chassis.telemetry import logger
from notify.consumers.sending.opening import open_message
from notify.domain import Outcome, Verdict, report_mac
from notify.settings import Settings
from notify.usecases.sending import Outgoing

log = logger(__name__)

LONGEST_ANSWER = 64 * 1024
BAD_REQUEST, TOO_MANY, SERVER_ERROR = 400, 429, 500
REPORTS_PATH = "/api/notify/v1/sms-reports"


class ElksClient:
    """The SMS provider, as the sender sees it."""

    def __init__(self, settings: Settings, unsealer: Unsealer, *, transport: httpx.BaseTransport | None = None) -> None:
        """``transport``: another way out, for tests."""
        self._settings = settings
        self._unsealer = unsealer
        self.timeout_seconds = float(settings.sms_timeout_seconds)
        self._http = httpx.Client(
            base_url=settings.sms_url,
            auth=(settings.sms_user, settings.sms_password),
            timeout=httpx.Timeout(self.timeout_seconds / 2, connect=min(3.0, self.timeout_seconds / 2)),
            trust_env=False,
            follow_redirects=False,
            transport=transport,
        )

    def send(self, message: Outgoing) -> Outcome:
        """Try once. Their API knows no key against duplicates, so an answer that got lost may mean a second SMS."""
        if not self._settings.sms_user:
            return Outcome(Verdict.REFUSED, "sms-off")
        opened = open_message(message, self._unsealer, self._settings)
        if isinstance(opened, Outcome):
            return opened
        form = {"from": self._settings.sms_sender, "to": opened.address, "message": opened.words.sms}
        if self._settings.sms_webhook_url:
            mac = report_mac(self._settings.sms_webhook_key, message.delivery_id)
            form["whendelivered"] = (
                f"{self._settings.sms_webhook_url.rstrip('/')}{REPORTS_PATH}/{message.delivery_id}/{mac}"
            )
        try:
            status, body = self._post(form)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Outcome(Verdict.UNREACHABLE, f"sms-{type(error).__name__}", trouble=True)
        except httpx.HTTPError as error:
            return Outcome(Verdict.TEMPORARY, f"sms-{type(error).__name__}", trouble=True)
        return _understand(status, body)

    def rest(self) -> None:
        """The pool closes idle connections by itself."""

    def close(self) -> None:
        """Close the pool."""
        self._http.close()

    def _post(self, form: dict[str, str]) -> tuple[int, bytes]:
        end = time.monotonic() + self.timeout_seconds
        with self._http.stream("POST", "/a1/sms", data=form) as answer:
            try:
                return answer.status_code, collect(answer.iter_bytes(), most=LONGEST_ANSWER, until=end)
            except AnswerRefused as refused:
                raise httpx.ReadError(refused.reason) from None


def _understand(status: int, body: bytes) -> Outcome:
    reason = f"sms-{status}"
    if status == BAD_REQUEST:
        # Plain text; only that it is about the number matters, and the number stands in it.
        about_number = b"Invalid to number" in body
        return Outcome(Verdict.BOUNCED if about_number else Verdict.REFUSED, reason)
    if status == TOO_MANY:
        return Outcome(Verdict.TEMPORARY, reason)
    if status >= SERVER_ERROR or status in {401, 402, 403}:
        # Down, wrong password, no money left: not this message's fault.
        log.error("sms-provider-refuses", status=status)
        return Outcome(Verdict.UNREACHABLE, reason, trouble=True)
    answer = _json(body) if status == 200 else None  # noqa: PLR2004
    if not isinstance(answer, dict) or not isinstance(answer.get("id"), str):
        return Outcome(Verdict.TEMPORARY, "sms-nonsense", trouble=True)
    if answer.get("status") == "failed":
        return Outcome(Verdict.REFUSED, "sms-failed")
    return Outcome(Verdict.SENT, provider_id=answer["id"][:100])


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None

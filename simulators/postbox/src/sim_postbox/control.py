"""Client of the postbox for journeys, failure tests and demonstrations. Standard library only."""

import time
import urllib.parse
from collections.abc import Callable
from typing import Any

from sim_common.client import ControlClient, ControlError, FaultClient, Json

__all__ = ["Control", "ControlError", "FaultControl", "NothingCameError"]

POLL_SECONDS = 0.05


class NothingCameError(AssertionError):
    """No such message within the time; the text lists what came instead."""


class Control(ControlClient):
    """`Control("http://127.0.0.1:8083")`: reads the postbox and troubles it."""

    def __init__(self, base_url: str, *, timeout: float = 5.0) -> None:
        super().__init__(base_url, timeout=timeout)
        self.faults = FaultControl(self)

    def reset(self) -> None:
        """Forget messages, counts, faults and webhook calls."""
        self.call("POST", "/control/reset")

    def messages(self, to: str = "", *, since: int = 0, kind: str = "") -> list[Json]:
        """Messages oldest first: id, kind, from, to, subject, text, html, links, headers ..."""
        query = urllib.parse.urlencode({"to": to, "since": since, "kind": kind})
        return list(self.call("GET", f"/api/messages?{query}")["messages"])

    def message(self, message_id: str) -> Json:
        """One message by its id."""
        return self.call("GET", f"/api/messages/{message_id}")

    def mark(self) -> int:
        """Now, as a number to give as `since`: only what comes after it counts."""
        return int(self.call("GET", "/api/messages?since=999999999999")["last"])

    def counts(self) -> dict[str, int]:
        """How many times each Message-ID was accepted."""
        return dict(self.call("GET", "/api/message-ids")["counts"])

    def webhooks(self) -> list[Json]:
        """Delivery webhook calls made: sms, url, status, attempt, answer."""
        return list(self.call("GET", "/api/webhooks")["calls"])

    def report_sms(self, sms: str, status: str) -> None:
        """Send the delivery webhook of an SMS now, with status sent, delivered or failed."""
        self.call("POST", f"/control/sms/{sms}/report", {"status": status})

    def wait_for_mail(
        self,
        to: str,
        subject_contains: str | None = None,
        *,
        since: int = 0,
        timeout: float = 10.0,
    ) -> Json:
        """The newest mail to an address whose subject contains some words, once there is one."""
        return self._wait(to, "mail", "subject", subject_contains, since, timeout)

    def wait_for_sms(self, to: str, contains: str | None = None, *, since: int = 0, timeout: float = 10.0) -> Json:
        """The newest SMS to a number whose text contains some words, once there is one."""
        return self._wait(to, "sms", "text", contains, since, timeout)

    def _wait(self, to: str, kind: str, field: str, contains: str | None, since: int, timeout: float) -> Json:
        wanted = (contains or "").casefold()

        def newest() -> Json | None:
            found = self.messages(to, since=since, kind=kind)
            return next((m for m in found[::-1] if wanted in m[field].casefold()), None)

        return self._until(newest, timeout, f"{kind} to {to} with {contains!r}", since)

    def _until(self, check: Callable[[], Json | None], timeout: float, what: str, since: int) -> Json:
        until = time.monotonic() + timeout
        while (found := check()) is None:
            if time.monotonic() > until:
                came = [
                    f"{m['kind']} to {m['to']}: {m['subject'] or m['text'][:60]!r}"
                    for m in self.messages(since=since)[-20:]
                ]
                message = f"no {what} in {timeout} s; came: {came}"
                raise NothingCameError(message)
            time.sleep(POLL_SECONDS)
        return found


class FaultControl(FaultClient):
    """Trouble for the next `count` times (None: until `clear()`), for all or only for `to`."""

    def reject(self, to: str | None = None, *, count: int | None = None) -> None:
        """Mail to the address is refused with 550, for good unless `count` is given."""
        self.add("smtp.reject", to=to, count=count, code=550)

    def reject_temporarily(self, to: str | None = None, *, count: int | None = 1) -> None:
        """Mail is refused with 451, `count` times."""
        self.add("smtp.reject", to=to, count=count, code=451)

    def smtp_refuse_connections(self, *, count: int | None = None) -> None:
        """Every new SMTP connection is closed without a greeting."""
        self.add("smtp.connect", count=count)

    def smtp_slow(self, seconds: float = 30.0, **fields: Any) -> None:
        """The answer to the mail's data comes `seconds` late; `clear()` lets it go at once."""
        self.add("smtp.slow", seconds=seconds, **fields)

    def drop_before_data(self, **fields: Any) -> None:
        """The connection closes at the DATA command; nothing is kept."""
        self.add("smtp.drop-before-data", **fields)

    def drop_after_data(self, *, keep: bool = True, **fields: Any) -> None:
        """The mail is taken (kept, if `keep`), but the connection closes instead of the 250."""
        self.add("smtp.drop-after-data", keep=keep, **fields)

    def sms(self, kind: str, **fields: Any) -> None:
        """SMS API: status (code=, text=), slow, garbage, huge, redirect (text=), drop, drop-after."""
        self.add(f"sms.{kind}", **fields)

    def delivery(self, kind: str, **fields: Any) -> None:
        """One of failed, silent and twice: what the delivery webhook of an SMS does."""
        self.add(f"delivery.{kind}", **fields)

    def struck(self) -> dict[str, int]:
        """How often each kind of fault has struck since the last clear or reset."""
        return dict(self._control.call("GET", "/control/faults")["struck"])

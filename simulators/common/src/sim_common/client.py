"""Base of the simulators' control clients, for journeys, failure tests and demonstrations. Standard library only."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

Json = dict[str, Any]
POLL_SECONDS = 0.02


class ControlError(Exception):
    """The simulator refused: HTTP status and its words."""


class ControlClient:
    """Speaks JSON with one simulator, past any proxy; `timeout` in seconds."""

    def __init__(self, base_url: str, *, timeout: float = 5.0) -> None:
        self.base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """One request; {} for an empty answer. Raises ControlError, or OSError when it is down."""
        data = json.dumps({} if body is None else body).encode() if method != "GET" else None
        request = urllib.request.Request(  # noqa: S310 - the address is the developer's own
            self.base_url + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                content = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise ControlError(error.code, error.read().decode(errors="replace")) from None
        return dict(json.loads(content)) if content else {}

    def wait_ready(self, timeout: float = 10.0) -> None:
        """Return as soon as the process answers; TimeoutError after `timeout` seconds."""
        until = time.monotonic() + timeout
        while True:
            try:
                self.call("GET", "/livez")
            except OSError as error:
                if time.monotonic() > until:
                    message = f"{self.base_url} does not answer: {error}"
                    raise TimeoutError(message) from error
                time.sleep(POLL_SECONDS)
            else:
                return


class FaultClient:
    """Trouble for the next `count` calls (None: until `clear()`)."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control

    def add(self, kind: str, **fields: Any) -> None:
        """Order a fault by its fields: those of the simulator's `faults.Fault`."""
        self._control.call("POST", "/control/faults", {"kind": kind, **fields})

    def clear(self) -> None:
        """No more faults; whoever is kept waiting goes on."""
        self._control.call("DELETE", "/control/faults")

    def remaining(self) -> list[Json]:
        """Faults not used up."""
        return list(self._control.call("GET", "/control/faults")["faults"])


class HttpFaultClient(FaultClient):
    """The faults that every HTTP interface may have."""

    def status(self, status: int = 503, **fields: Any) -> None:
        """An HTTP status without body."""
        self.add("status", status=status, **fields)

    def slow(self, seconds: float = 30.0, **fields: Any) -> None:
        """The true answer, `seconds` late; `clear()` lets it go at once."""
        self.add("slow", seconds=seconds, **fields)

    def garbage(self, **fields: Any) -> None:
        """200 with bytes that are neither UTF-8 nor what the caller reads (JSON, XML)."""
        self.add("garbage", **fields)

    def huge(self, size: int = 2_000_000, **fields: Any) -> None:
        """200 with `size` bytes, in chunks."""
        self.add("huge", size=size, **fields)

    def redirect(self, location: str, **fields: Any) -> None:
        """302 to `location`."""
        self.add("redirect", location=location, **fields)

    def drop(self, **fields: Any) -> None:
        """The connection closes without an answer."""
        self.add("drop", **fields)

    def truncated(self, **fields: Any) -> None:
        """The connection closes in the middle of the answer."""
        self.add("truncated", **fields)

    def answer(self, body: Json | str, status: int = 200, **fields: Any) -> None:
        """Any body with any status: missing fields, markup in names, another person (B17)."""
        text = body if isinstance(body, str) else json.dumps(body)
        self.add("answer", body=text, status=status, **fields)

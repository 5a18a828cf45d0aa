"""Client of `/control/` for journeys, failure tests and demonstrations. Standard library only."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any, Literal

Status = Literal["ACTIVE", "DEREGISTERED", "BANKRUPT"]
Json = dict[str, Any]


class ControlError(Exception):
    """The stand-in refused: HTTP status and its words."""


class Control:
    """`Control("http://127.0.0.1:8082")`. Every change lasts until `reset()`."""

    def __init__(self, base_url: str, *, timeout: float = 5.0) -> None:
        self.base_url = base_url.rstrip("/")
        self.faults = FaultControl(self)
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
                time.sleep(0.02)
            else:
                return

    def reset(self) -> None:
        """Back to the data set: no faults, no tokens, no calls."""
        self.call("POST", "/control/reset")

    def calls(self, path_part: str = "") -> list[Json]:
        """Calls made (path, body, request_id, status, fault), oldest first."""
        made = self.call("GET", "/control/calls")["calls"]
        return [call for call in made if path_part in call["path"]]

    def forget_calls(self) -> None:
        """Start the list of calls anew."""
        self.call("DELETE", "/control/calls")

    def companies(self) -> list[Json]:
        """All registrations as they are now."""
        return list(self.call("GET", "/control/companies")["companies"])

    def put_company(self, number: str, **fields: Any) -> None:
        """Add or replace a company: name=, form=, officers=[{person, roles}], rules=[...], ..."""
        self.call("PUT", f"/control/companies/{number}", fields)

    def set_status(self, number: str, status: Status) -> None:
        """Deregister, bankrupt or revive a company."""
        self.call("PATCH", f"/control/companies/{number}", {"status": status})

    def set_pending_cases(self, number: str, antal: int) -> None:
        """Set `inneliggandeArenden.antal`."""
        self.call("PATCH", f"/control/companies/{number}", {"pending_cases": antal})

    def take_down(self, number: str, *, down: bool = True) -> None:
        """Questions about this company are answered 503 (D11); others go on."""
        self.call("PATCH", f"/control/companies/{number}", {"down": down})

    def set_rules(self, number: str, rules: Sequence[Json]) -> None:
        """Replace the signing rules: [{"alternative": "ENSAM", "persons": [...], "count": 1}]."""
        self.call("PUT", f"/control/companies/{number}/rules", {"rules": list(rules)})

    def put_officer(
        self, number: str, person: str, roles: Sequence[str], *, name: tuple[str, str] | None = None
    ) -> None:
        """List a person with roles (LE, OF, SU, VD, EVD, EFT, REV ...); `name` is given, family."""
        body: Json = {"roles": list(roles)}
        if name:
            body |= {"given": name[0], "family": name[1]}
        self.call("PUT", f"/control/companies/{number}/officers/{person}", body)

    def remove_officer(self, number: str, person: str) -> None:
        """The person no longer signs for, or belongs to, the company (D12)."""
        self.call("DELETE", f"/control/companies/{number}/officers/{person}")

    def expire_tokens(self) -> None:
        """Every token issued so far is refused with 401 from now on."""
        self.call("PATCH", "/control/access", {"expire_tokens": True})

    def set_token_seconds(self, seconds: int) -> None:
        """Life of the tokens issued from now on."""
        self.call("PATCH", "/control/access", {"token_seconds": seconds})

    def set_subscribed(self, *, subscribed: bool) -> None:
        """False: the gateway answers 403 with code 900908."""
        self.call("PATCH", "/control/access", {"subscribed": subscribed})


class FaultControl:
    """Trouble for the next `count` calls (None: until `clear()`) to paths that start with `path`.

    `path` is "/foretagsinformation/" unless told; "/oauth2/" troubles the tokens, "/" both.
    """

    def __init__(self, control: Control) -> None:
        self._control = control

    def add(self, kind: str, **fields: Any) -> None:
        """Order a fault by its fields: count, path, status, seconds, size, location, body ..."""
        self._control.call("POST", "/control/faults", {"kind": kind, **fields})

    def status(self, status: int = 503, **fields: Any) -> None:
        """An HTTP status without body; retry_after= seconds adds the header."""
        self.add("status", status=status, **fields)

    def slow(self, seconds: float = 30.0, **fields: Any) -> None:
        """The true answer, `seconds` late; `clear()` lets it go at once."""
        self.add("slow", seconds=seconds, **fields)

    def garbage(self, **fields: Any) -> None:
        """200 with bytes that are neither UTF-8 nor JSON."""
        self.add("garbage", **fields)

    def huge(self, size: int = 2_000_000, **fields: Any) -> None:
        """200 with `size` bytes of JSON, in chunks."""
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

    def clear(self) -> None:
        """No more faults; calls kept waiting go on."""
        self._control.call("DELETE", "/control/faults")

    def remaining(self) -> list[Json]:
        """Faults not used up."""
        return list(self._control.call("GET", "/control/faults")["faults"])

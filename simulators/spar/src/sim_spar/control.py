"""Client of `/control/` for journeys, failure tests and demonstrations. Standard library only."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

Json = dict[str, Any]


class ControlError(Exception):
    """The stand-in refused: HTTP status and its words."""


class Control:
    """`Control("http://127.0.0.1:8087")`. Every change lasts until `reset()`."""

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
        """Back to the data set: no faults, no calls."""
        self.call("POST", "/control/reset")

    def calls(self, number: str | None = None) -> list[Json]:
        """Questions asked (number, user, status, fault), oldest first; about one person where `number` is given."""
        made = self.call("GET", "/control/calls")["calls"]
        return [call for call in made if number in (None, call["number"])]

    def forget_calls(self) -> None:
        """Start the list of calls anew."""
        self.call("DELETE", "/control/calls")

    def persons(self) -> list[Json]:
        """Everybody as they are now."""
        return list(self.call("GET", "/control/persons")["persons"])

    def put_person(self, number: str, **fields: Any) -> None:
        """Add or replace a person: given=, family=, addresses=[{line2, postal_code, town}], ..."""
        self.call("PUT", f"/control/persons/{number}", fields)

    def change(self, number: str, **fields: Any) -> None:
        """Change fields of a person."""
        self.call("PATCH", f"/control/persons/{number}", fields)

    def remove_person(self, number: str) -> None:
        """The register no longer knows the number."""
        self.call("DELETE", f"/control/persons/{number}")

    def protect(self, number: str, *, secrecy: bool = True, registration: bool = False) -> None:
        """Set Sekretessmarkering and Skyddad folkbokföring; both False lifts them."""
        self.change(number, secrecy=secrecy, protected_registration=registration)

    def move(self, number: str, street: str, postal_code: str, town: str) -> None:
        """The person moves; the address until now is history."""
        [before] = [person["addresses"] for person in self.persons() if person["number"] == number]
        old = [{**address, "until": "2026-11-01"} for address in before if address["kind"] == "Folkbokforingsadress"]
        new = {"line2": street, "postal_code": postal_code, "town": town, "since": "2026-11-01"}
        self.change(number, addresses=[*old, new])

    def die(self, number: str) -> None:
        """The person is dead: the register has no address any more."""
        self.change(number, deregistered="AV")

    def set_history(self, *, history: bool) -> None:
        """True: answers have dates, and what was before."""
        self.call("PATCH", "/control/assignment", {"history": history})


class FaultControl:
    """Trouble for the next `count` questions (None: until `clear()`)."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def add(self, kind: str, **fields: Any) -> None:
        """Order a fault by its fields: count, status, seconds, size, location, body ..."""
        self._control.call("POST", "/control/faults", {"kind": kind, **fields})

    def status(self, status: int = 503, **fields: Any) -> None:
        """An HTTP status without body."""
        self.add("status", status=status, **fields)

    def slow(self, seconds: float = 30.0, **fields: Any) -> None:
        """The true answer, `seconds` late; `clear()` lets it go at once."""
        self.add("slow", seconds=seconds, **fields)

    def soap_fault(self, **fields: Any) -> None:
        """500 with a SOAP fault."""
        self.add("soap-fault", **fields)

    def garbage(self, **fields: Any) -> None:
        """200 with bytes that are neither UTF-8 nor XML."""
        self.add("garbage", **fields)

    def bomb(self, **fields: Any) -> None:
        """200 with entities within entities."""
        self.add("bomb", **fields)

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

    def answer(self, body: str, status: int = 200, **fields: Any) -> None:
        """Any body with any status: another person, missing marks, other schemas (B17)."""
        self.add("answer", body=body, status=status, **fields)

    def clear(self) -> None:
        """No more faults; calls kept waiting go on."""
        self._control.call("DELETE", "/control/faults")

    def remaining(self) -> list[Json]:
        """Faults not used up."""
        return list(self._control.call("GET", "/control/faults")["faults"])

"""For tests, here and elsewhere: a simulator process and a plain relying party.

The relying party sends what it is told, also what a sensible one would never send. It works with
any client that looks like httpx's.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, cast

_READY = re.compile(r"sim_bankid ready api=(\S+) tester=(\S+)")
_STOP_SECONDS = 5


@dataclass(frozen=True)
class Simulator:
    """A running process; `tester` is where the control API and the page are."""

    process: subprocess.Popen[str]
    api: str
    tester: str


@contextmanager
def running(settings: Mapping[str, str] | None = None) -> Iterator[Simulator]:
    """A simulator process on a free loopback port, stopped at the end.

    It says itself when it is ready, so nothing polls or sleeps. Raises RuntimeError when it
    ends instead.
    """
    environ = {name: v for name, v in os.environ.items() if not name.startswith("SIM_BANKID_")}
    environ["SIM_BANKID_BIND"] = "127.0.0.1:0"
    process = subprocess.Popen(
        [sys.executable, "-m", "sim_bankid"],
        env=environ | dict(settings or {}),
        stdout=subprocess.PIPE,
        text=True,
    )
    with cast("IO[str]", process.stdout) as output:
        try:
            found = _READY.match(output.readline())
            if found is None:
                raise RuntimeError("the BankID simulator did not start")
            yield Simulator(process, found[1], found[2])
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class RelyingParty:
    """Calls the relying party API with just enough defaults to be valid."""

    def __init__(self, http: Any) -> None:
        self.http = http

    def post(self, endpoint: str, body: object) -> Any:
        """Send a body as it is; the response whatever it is."""
        return self.http.post(f"/rp/v6.0/{endpoint}", json=body)

    def auth(self, **fields: object) -> dict[str, Any]:
        """Start an identification."""
        return self.ok("auth", {"endUserIp": "198.51.100.7"} | fields)

    def sign(self, text: str = "Jag godkänner.", **fields: object) -> dict[str, Any]:
        """Start a signature of a text."""
        body = {"endUserIp": "198.51.100.7", "userVisibleData": b64(text)}
        return self.ok("sign", body | fields)

    def phone_auth(self, person: str, **fields: object) -> dict[str, Any]:
        """Start an identification in a telephone call."""
        return self.ok("phone/auth", {"personalNumber": person, "callInitiator": "RP"} | fields)

    def collect(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Ask how an order goes."""
        return self.ok("collect", {"orderRef": order["orderRef"]})

    def hint(self, order: Mapping[str, Any]) -> tuple[str, str]:
        """(status, hintCode) of an order that is pending or failed."""
        answer = self.collect(order)
        return answer["status"], answer["hintCode"]

    def completion(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """The completionData of an order that must be complete."""
        answer = self.collect(order)
        if answer["status"] != "complete":
            raise AssertionError(answer)
        data: dict[str, Any] = answer["completionData"]
        return data

    def ok(self, endpoint: str, body: object) -> dict[str, Any]:
        """The JSON of a call that must be answered 200."""
        response = self.post(endpoint, body)
        if not response.is_success:
            raise AssertionError(response.text)
        answer: dict[str, Any] = response.json()
        return answer


def b64(text: str) -> str:
    """Base64 of the UTF-8 of a text, as the API wants it."""
    return base64.b64encode(text.encode()).decode()


def assert_error(response: Any, status: int, code: str) -> None:
    """The answer is exactly an error in BankID's form."""
    body = response.json()
    found = (response.status_code, body.get("errorCode"), sorted(body), response.headers["Content-Type"])
    if found != (status, code, ["details", "errorCode"], "application/json"):
        raise AssertionError(found)

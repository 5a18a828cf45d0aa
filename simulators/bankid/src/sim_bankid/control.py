"""A client of the control API for tests and demonstrations; needs only the standard library."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from sim_bankid.persons import Person

OrderLike = str | Mapping[str, Any]


class ControlError(Exception):
    """The simulator said no; `code` is its stable reason (`staleQr`, `notWaiting` ...)."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


class Control:
    """Plays the person with the telephone, and the weather.

    Persons are given as test persons or their personal numbers, orders as orderRef or as what
    another method returned. Every order method returns the order as the control API shows it.
    """

    def __init__(self, base_url: str, *, timeout: float = 10, tls: ssl.SSLContext | None = None) -> None:
        self._base = base_url.rstrip("/")
        self._timeout = timeout
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if tls is not None:
            handlers.append(urllib.request.HTTPSHandler(context=tls))
        self._opener = urllib.request.build_opener(*handlers)

    # ---- orders
    def orders(self, status: str | None = None) -> list[dict[str, Any]]:
        """Orders, newest first; `status` is pending, failed or complete."""
        query = f"?status={status}" if status else ""
        found: list[dict[str, Any]] = self._call("GET", f"/orders{query}")["orders"]
        return found

    def order(self, order: OrderLike) -> dict[str, Any]:
        """One order."""
        return self._call("GET", f"/orders/{_ref(order)}")

    def scan(self, qr_data: str, person: Person | str) -> dict[str, Any]:
        """Read a QR code as a person; ControlError staleQr when it is too old."""
        return self._call("POST", "/scan", {"qrData": qr_data, "person": _number(person)})

    def open(self, auto_start_token: str, person: Person | str | None = None) -> dict[str, Any]:
        """Start the app by its token; without a person nobody is identified yet (`started`)."""
        body = {"autoStartToken": auto_start_token}
        if person is not None:
            body["person"] = _number(person)
        return self._call("POST", "/open", body)

    def pick(self, order: OrderLike, person: Person | str) -> dict[str, Any]:
        """Open an order from the list: telephone orders, and QR orders without a camera."""
        return self._call("POST", "/open", {"orderRef": _ref(order), "person": _number(person)})

    def approve(
        self,
        order: OrderLike,
        *,
        risk: str | None = None,
        ip_address: str | None = None,
        mrtd: bool | None = None,
    ) -> dict[str, Any]:
        """Identifiera or Skriv under."""
        return self._call(
            "POST", f"/orders/{_ref(order)}/approve", _outcome(risk=risk, ip_address=ip_address, mrtd=mrtd)
        )

    def prepare(
        self,
        order: OrderLike,
        *,
        risk: str | None = None,
        ip_address: str | None = None,
        mrtd: bool | None = None,
    ) -> dict[str, Any]:
        """Decide what a later approval will carry."""
        return self._call("PATCH", f"/orders/{_ref(order)}", _outcome(risk=risk, ip_address=ip_address, mrtd=mrtd))

    def cancel(self, order: OrderLike) -> dict[str, Any]:
        """The person presses Avbryt."""
        return self._call("POST", f"/orders/{_ref(order)}/cancel", {})

    def fail(self, order: OrderLike, hint: str) -> dict[str, Any]:
        """End the order with any hint code."""
        return self._call("POST", f"/orders/{_ref(order)}/fail", {"hintCode": hint})

    def hint(self, order: OrderLike, hint: str) -> dict[str, Any]:
        """Let a running order show another pending hint code."""
        return self._call("POST", f"/orders/{_ref(order)}/hint", {"hintCode": hint})

    # ---- weather
    def fault(self, mode: str, endpoint: str = "*", times: int = 1, **options: object) -> None:
        """Spoil the next calls; modes and options are listed in the README."""
        body = {"mode": mode, "endpoint": endpoint, "times": times, **options}
        self._call("POST", "/faults", body)

    def faults(self) -> list[dict[str, Any]]:
        """Faults still waiting for their calls."""
        found: list[dict[str, Any]] = self._call("GET", "/faults")["faults"]
        return found

    def clear_faults(self) -> None:
        """Forget the faults still waiting for their calls."""
        self._call("DELETE", "/faults")

    def advance(self, seconds: float) -> None:
        """Move the simulator's clock forward."""
        self._call("POST", "/clock/advance", {"seconds": seconds})

    def freeze(self) -> None:
        """Let the simulator's clock stand still until `advance` or `run`."""
        self._call("POST", "/clock/freeze", {})

    def run(self) -> None:
        """Let the clock follow the machine again, from where it stands."""
        self._call("POST", "/clock/run", {})

    def clock(self) -> dict[str, Any]:
        """The clock: `now` (seconds since 1970), `time` (RFC 3339) and `frozen`."""
        return self._call("GET", "/clock")

    def calls(self) -> list[dict[str, Any]]:
        """The latest calls the simulated BankID got, oldest first."""
        found: list[dict[str, Any]] = self._call("GET", "/calls")["calls"]
        return found

    def reset(self) -> None:
        """No orders, faults or calls; the clock is the machine's again."""
        self._call("POST", "/reset", {})

    def ready(self) -> bool:
        """Whether the simulator answers."""
        try:
            return bool(self._call("GET", "/health")["status"] == "ok")
        except (OSError, ControlError):
            return False

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the tester gives the address
            f"{self._base}/control{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={} if body is None else {"Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode(errors="replace")
            try:
                said = json.loads(text)
                raise ControlError(error.code, said["error"], said["message"]) from None
            except (ValueError, KeyError, TypeError):
                raise ControlError(error.code, "unexpected", text[:200]) from None


def _ref(order: OrderLike) -> str:
    return order if isinstance(order, str) else str(order["orderRef"])


def _number(person: Person | str) -> str:
    return person if isinstance(person, str) else person.personal_number


def _outcome(*, risk: str | None, ip_address: str | None, mrtd: bool | None) -> dict[str, Any]:
    values = {"risk": risk, "ipAddress": ip_address, "mrtd": mrtd}
    return {name: value for name, value in values.items() if value is not None}

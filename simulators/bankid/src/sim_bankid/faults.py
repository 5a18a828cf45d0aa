"""Faults the tester orders for the next calls: errors, delays, rubbish, huge or edited answers."""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from sim_bankid.domain.errors import Refused
from sim_bankid.validation import SHAPES

MODES = ("error", "slow", "raw", "huge", "redirect", "disconnect", "edit")
_STATUSES = range(200, 600)
_MAX_TIMES = 10_000
_MAX_SECONDS = 120
_MAX_BYTES = 2_000_000_000


@dataclass(kw_only=True)
class Fault:
    """What happens to the next `times` calls of one endpoint (`*`: of any).

    `carry_out` says whether the call takes effect although its answer is replaced: an answer
    that is lost after the effect is the hardest case for a relying party.
    """

    mode: str
    endpoint: str = "*"
    times: int = 1
    seconds: float = 0
    carry_out: bool = False
    status: int = 500
    error_code: str | None = None
    details: str = "Simulated fault"
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "text/html"
    text: str = "<html><body>Bad gateway</body></html>"
    size: int = 10_000_000
    location: str = "http://127.0.0.1:9/"
    remove: list[str] = field(default_factory=list)
    set: dict[str, object] = field(default_factory=dict)

    def view(self) -> dict[str, object]:
        """The fault as the control API shows it."""
        return {name: getattr(self, member) for name, (member, _) in _MEMBERS.items()}


_MEMBERS: dict[str, tuple[str, tuple[type, ...]]] = {
    "mode": ("mode", (str,)),
    "endpoint": ("endpoint", (str,)),
    "times": ("times", (int,)),
    "seconds": ("seconds", (int, float)),
    "carryOut": ("carry_out", (bool,)),
    "status": ("status", (int,)),
    "errorCode": ("error_code", (str, type(None))),
    "details": ("details", (str,)),
    "headers": ("headers", (dict,)),
    "contentType": ("content_type", (str,)),
    "text": ("text", (str,)),
    "size": ("size", (int,)),
    "location": ("location", (str,)),
    "remove": ("remove", (list,)),
    "set": ("set", (dict,)),
}


def fault_from(body: Mapping[str, object]) -> Fault:
    """Read a fault from the control API; Refused 400 badFault says what is wrong."""
    values: dict[str, object] = {}
    for name, value in body.items():
        member, types = _MEMBERS.get(name, ("", ()))
        if not types:
            raise Refused(400, "badFault", f"unknown member {name}")
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise Refused(400, "badFault", f"{name} has the wrong type")
        values[member] = value
    if values.get("mode") not in MODES:
        raise Refused(400, "badFault", f"mode must be one of {', '.join(MODES)}")
    headers = body.get("headers")
    if isinstance(headers, dict) and not all(
        isinstance(value, str) and f"{name}{value}".isprintable() for name, value in headers.items()
    ):
        raise Refused(400, "badFault", "headers must be printable texts")
    fault = Fault(**values)  # type: ignore[arg-type]  # names and types were checked above
    if fault.endpoint != "*" and fault.endpoint not in SHAPES:
        raise Refused(400, "badFault", f"no endpoint {fault.endpoint}")
    if fault.mode == "redirect" and "status" not in values:
        fault.status = 302
    if fault.mode == "raw" and "status" not in values:
        fault.status = 200
    if not 1 <= fault.times <= _MAX_TIMES:
        raise Refused(400, "badFault", "times must be 1-10000")
    if not 0 <= fault.seconds <= _MAX_SECONDS or not 0 <= fault.size <= _MAX_BYTES:
        raise Refused(400, "badFault", "seconds or size out of range")
    if fault.status not in _STATUSES:
        raise Refused(400, "badFault", "status must be 200-599")
    return fault


class FaultQueue:
    """Faults waiting for their calls, first come first served, thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put a fault last."""
        with self._lock:
            self._faults.append(fault)

    def take(self, endpoint: str) -> Fault | None:
        """The fault for a call to this endpoint, None if it is to go well."""
        with self._lock:
            for fault in self._faults:
                if fault.endpoint in ("*", endpoint):
                    fault.times -= 1
                    if fault.times == 0:
                        self._faults.remove(fault)
                    return fault
        return None

    def views(self) -> list[dict[str, object]]:
        """Every waiting fault."""
        with self._lock:
            return [fault.view() for fault in self._faults]

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._faults.clear()


def edited(answer: dict[str, object], fault: Fault) -> dict[str, object]:
    """The answer with members removed and set; paths are dotted (`completionData.user.name`)."""
    result = copy.deepcopy(answer)
    for path in fault.remove:
        *parents, last = str(path).split(".")
        _inside(result, parents, make=False).pop(last, None)
    for path, value in fault.set.items():
        *parents, last = path.split(".")
        _inside(result, parents, make=True)[last] = value
    return result


def _inside(value: dict[str, object], parents: list[str], *, make: bool) -> dict[str, object]:
    for name in parents:
        child = value.get(name)
        if not isinstance(child, dict):
            child = {}
            if make:
                value[name] = child
        value = child
    return value

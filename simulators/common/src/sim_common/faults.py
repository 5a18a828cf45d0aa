"""Trouble on order: the next calls fail in a chosen way (A27, B17). Each simulator says what its faults are."""

import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar, cast

from flask import Response, request


class Fault(Protocol):
    """What the queue needs of a fault, a frozen dataclass: `count` calls (None: until cleared) treated as `kind`."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def kind(self) -> str:
        """What happens; slow, drop and truncated are done here, the others by the simulator's `answer`."""

    @property
    def count(self) -> int | None:
        """Calls left; None: until cleared."""

    @property
    def seconds(self) -> float:
        """How long `slow` keeps the caller waiting."""


OneFault = TypeVar("OneFault", bound=Fault)


class Faults(ABC, Generic[OneFault]):
    """The faults now ordered, oldest first; safe to use from every thread."""

    half: ClassVar[bytes]
    """The beginning of an answer on the wire, where `truncated` ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[OneFault] = []
        self._released = threading.Event()

    def add(self, fault: OneFault) -> None:
        """Order one more fault, after those already ordered."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Forget all faults, and let every call that is being kept waiting go on."""
        with self._lock:
            self._faults.clear()
            self._released.set()
            self._released = threading.Event()

    def listed(self) -> list[dict[str, Any]]:
        """What remains, as JSON."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def first(self, concerns: Callable[[OneFault], bool]) -> OneFault | None:
        """The oldest fault that concerns the call, used up by one."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if concerns(fault):
                    if fault.count is not None:
                        if fault.count > 1:
                            # mypy knows `replace` of a dataclass by name only
                            self._faults[index] = replace(cast("Any", fault), count=fault.count - 1)
                        else:
                            del self._faults[index]
                    return fault
        return None

    def apply(self, fault: OneFault) -> Response | None:
        """The answer the fault gives, or None to go on with the true one."""
        if fault.kind == "slow":
            self._released.wait(fault.seconds)
            return None
        if fault.kind in {"drop", "truncated"}:
            return cut(self.half if fault.kind == "truncated" else b"")
        return self.answer(fault)

    @abstractmethod
    def answer(self, fault: OneFault) -> Response:
        """The answer of a fault that has one."""


def cut(half: bytes = b"") -> Response:
    """Close the caller's connection, after `half`, under the feet of the server; the Response is never sent."""
    connection: socket.socket = request.environ["gunicorn.socket"]
    if half:
        connection.sendall(half)
    connection.shutdown(socket.SHUT_RDWR)
    return Response(b"", 500, {"Connection": "close"})

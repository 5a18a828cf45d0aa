"""The register's memory: persons and calls made. One lock, nothing on disk."""

import threading
import time
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sim_spar.faults import Faults
from sim_spar.persons import PERSONS, Person
from sim_spar.settings import Settings

CALLS_KEPT = 1000


class UnknownPersonError(LookupError):
    """The control interface was asked to change somebody who isn't there."""


def timestamp() -> str:
    """Now, in UTC, as ISO 8601 with offset."""
    return datetime.fromtimestamp(time.time(), UTC).isoformat()


class Register:
    """Everything that can change while the process runs; `reset` takes it back to the data set."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.faults = Faults()
        self._lock = threading.RLock()
        self._fill()

    def _fill(self) -> None:
        self._persons = {person.number: person for person in PERSONS}
        self._calls: deque[dict[str, Any]] = deque(maxlen=CALLS_KEPT)
        self.history = False

    def reset(self) -> None:
        """Back to the data set: no faults, no calls."""
        with self._lock:
            self._fill()
        self.faults.clear()

    def persons(self) -> list[Person]:
        """Everybody, in the order they came."""
        with self._lock:
            return list(self._persons.values())

    def person(self, number: str) -> Person | None:
        """The one with this number."""
        with self._lock:
            return self._persons.get(number)

    def put(self, person: Person) -> None:
        """Add a person or replace the one with the same number."""
        with self._lock:
            self._persons[person.number] = person

    def change(self, number: str, **fields: Any) -> None:
        """Change fields of a person."""
        with self._lock:
            known = self._persons.get(number)
            if known is None:
                raise UnknownPersonError
            self._persons[number] = replace(known, **fields)

    def remove(self, number: str) -> None:
        """The register no longer knows the number."""
        with self._lock:
            if self._persons.pop(number, None) is None:
                raise UnknownPersonError

    def record(self, call: dict[str, Any]) -> None:
        """Keep one call for the control interface; the oldest are forgotten."""
        with self._lock:
            self._calls.append(call)

    def calls(self) -> list[dict[str, Any]]:
        """The calls made, oldest first."""
        with self._lock:
            return list(self._calls)

    def forget_calls(self) -> None:
        """Start the list of calls anew."""
        with self._lock:
            self._calls.clear()

"""The register's memory: persons and calls made. One lock, nothing on disk."""

from dataclasses import replace
from typing import Any

from sim_common.memory import Memory
from sim_spar.faults import Faults
from sim_spar.persons import PERSONS, Person
from sim_spar.settings import Settings


class UnknownPersonError(LookupError):
    """The control interface was asked to change somebody who isn't there."""


class Register(Memory):
    """Everything that can change while the process runs; `reset` takes it back to the data set."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.faults: Faults = Faults()
        super().__init__(in_container=settings.in_container)

    def _fill(self) -> None:
        self._persons = {person.number: person for person in PERSONS}
        self.history = False

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

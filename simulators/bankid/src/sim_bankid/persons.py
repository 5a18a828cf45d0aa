"""The test persons. Their numbers are published test numbers; nobody real has them.

The names are made up (except Tolvan Tolvansson and Karin Test Persson, which come with their
numbers) and carry "Test" so that nobody takes them for people.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who can hold a simulated Mobile BankID.

    `issue_date` is sent as it stands: BankID may add an offset to the date, so one person has it.
    `ip_address` is where this person's telephone is seen from when it is another device than the
    browser (a documentation address).
    """

    personal_number: str
    given_name: str
    surname: str
    issue_date: str
    ip_address: str

    @property
    def name(self) -> str:
        """Given name and surname."""
        return f"{self.given_name} {self.surname}"

    @property
    def uhi(self) -> str:
        """The identifier of this person's telephone: base64 of 20 bytes, as BankID's are."""
        seed = f"sim-{self.personal_number}".encode()
        return base64.b64encode(hashlib.sha1(seed, usedforsecurity=False).digest()).decode()


_ROWS = (
    ("191212121212", "Tolvan", "Tolvansson", "2023-12-12"),
    ("199908072391", "Karin", "Test Persson", "2023-01-01"),
    ("199006022397", "Erik", "Test Lindqvist", "2024-03-05Z"),
    ("199107172380", "Åsa", "Test Öberg", "2024-05-17"),
    ("199610202385", "Sara", "Test Nyström", "2025-02-28"),
    ("199312172381", "Märta", "Test Sjögren", "2025-06-06+02:00"),
    ("200001052380", "Ebba", "Test Håkansson", "2025-09-30"),
    ("194408139089", "Gunvor", "Test Ahlström", "2022-11-15"),
    ("200001012384", "Linnéa", "Test Åkerlund", "2026-01-10"),
    ("201001192382", "Moa", "Test Björk", "2026-02-01"),
)

PERSONS: Mapping[str, Person] = MappingProxyType(
    {
        number: Person(
            personal_number=number,
            given_name=given_name,
            surname=surname,
            issue_date=issue_date,
            ip_address=f"192.0.2.{position}",
        )
        for position, (number, given_name, surname, issue_date) in enumerate(_ROWS, start=101)
    }
)
"""Every test person by personal number (12 digits), in the order the page shows them."""

"""The register's memory: companies, tokens, calls made. One lock, nothing on disk."""

import secrets
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sim_bolagsverket.companies import (
    COMPANIES,
    PERSONS,
    Company,
    Officer,
    Person,
    Rule,
)
from sim_bolagsverket.faults import Faults
from sim_bolagsverket.settings import Settings
from sim_common.memory import Memory


class UnknownCompanyError(LookupError):
    """The control API was asked to change a company that isn't there."""


class Register(Memory):
    """Everything that can change while the process runs; `reset` takes it back to the data set."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.faults: Faults = Faults()
        super().__init__(in_container=settings.in_container)

    def _fill(self) -> None:
        self._companies = {(c.number, c.serial): c for c in COMPANIES}
        self._persons = {p.number: p for p in PERSONS}
        self._tokens: dict[str, tuple[float, frozenset[str]]] = {}
        self.subscribed = True
        self.token_seconds = self.settings.token_seconds

    # --- tokens

    def issue_token(self, scopes: Iterable[str]) -> tuple[str, int]:
        """A new bearer token and its life in seconds."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens[token] = (time.monotonic() + self.token_seconds, frozenset(scopes))
            return token, self.token_seconds

    def token_scopes(self, token: str) -> frozenset[str] | None:
        """The scopes of a living token, or None."""
        with self._lock:
            until, scopes = self._tokens.get(token, (0.0, frozenset()))
            return scopes if time.monotonic() < until else None

    def revoke(self, token: str | None = None) -> None:
        """End one token, or all."""
        with self._lock:
            if token is None:
                self._tokens.clear()
            else:
                self._tokens.pop(token, None)

    # --- companies

    def people(self) -> dict[str, Person]:
        """Everybody the register knows, by number."""
        with self._lock:
            return dict(self._persons)

    def companies(self, number: str | None = None) -> list[Company]:
        """All registrations, or those of one number, in order of `namnskyddslopnummer`."""
        with self._lock:
            kept = [c for c in self._companies.values() if number in (None, c.number)]
        return sorted(kept, key=lambda c: c.serial) if number else kept

    def change(self, number: str, **fields: Any) -> list[Company]:
        """Change the fields of every registration of a number."""
        with self._lock:
            found = self.companies(number)
            if not found:
                raise UnknownCompanyError(number)
            for company in found:
                self._companies[number, company.serial] = replace(company, **fields)
            return self.companies(number)

    def put(self, company: Company) -> None:
        """Add a company or replace the one of the same number and serial."""
        with self._lock:
            for officer in company.officers:
                self._persons.setdefault(officer.person, Person(officer.person, "Okänd", "Person"))
            self._companies[company.number, company.serial] = company

    def put_officer(self, number: str, officer: Officer, *, name: tuple[str, str] | None) -> None:
        """List a person with roles, replacing the roles held before; `name` is given, family."""
        with self._lock:
            if name or officer.person not in self._persons:
                given, family = name or ("Okänd", "Person")
                self._persons[officer.person] = Person(officer.person, given, family)
            for company in self.change(number):
                others = tuple(o for o in company.officers if o.person != officer.person)
                changed = replace(company, officers=(*others, officer))
                self._companies[number, company.serial] = changed

    def remove_officer(self, number: str, person: str) -> None:
        """Take a person out of the company, and out of every rule that names them."""
        with self._lock:
            for company in self.change(number):
                officers = tuple(o for o in company.officers if o.person != person)
                rules = tuple(_without(rule, person) for rule in company.rules)
                kept = tuple(rule for rule in rules if len(rule.persons) >= max(rule.count, 1))
                changed = replace(company, officers=officers, rules=kept)
                self._companies[number, company.serial] = changed


def _without(rule: Rule, person: str) -> Rule:
    return replace(rule, persons=tuple(number for number in rule.persons if number != person))

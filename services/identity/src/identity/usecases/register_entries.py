"""What is kept of the population register's answer, as the person sees it (FJ3, FJ4)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.telemetry import logger
from chassis.transaction import Tx
from chassis.vault import CannotOpen
from identity.domain.persons import Person
from identity.domain.population_register import Outcome, PostalAddress
from identity.store import population_register as store
from identity.usecases.keys import Keys

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class RegisterView:
    """What a person sees of the own entry. The name that others see stays BankID's (D5)."""

    name: str | None
    address: PostalAddress | None
    protected: bool
    """The identity is protected: neither name nor address is kept."""
    checked_at: datetime


def place(person_id: UUID) -> str:
    """What an answer is sealed for."""
    return f"population_register.answer:{person_id}"


def want(tx: Tx, keys: Keys, person_id: UUID) -> None:
    """At registration and at login: ask about the person soon, if thirty days have passed. Nothing is waited for."""
    if keys.asks_population_register:
        store.want(tx, person_id)


def drop_of_protected(tx: Tx, person_id: UUID) -> None:
    """Keep no address of somebody whose identity has become protected (FJ9)."""
    store.drop_of_protected(tx, person_id)


def of_person(tx: Tx, keys: Keys, person: Person) -> RegisterView | None:
    """What the register last said of the person; None where it has said nothing, or knows nobody."""
    entry = store.get(tx, person.id)
    if entry is None or entry.checked_at is None or entry.outcome == Outcome.UNKNOWN:
        return None
    if entry.outcome == Outcome.PROTECTED or person.protected_identity:
        return RegisterView(name=None, address=None, protected=True, checked_at=entry.checked_at)
    if entry.answer_sealed is None:
        return None
    try:
        said = json.loads(keys.vault.open(bytes(entry.answer_sealed), place=place(person.id)))
    except CannotOpen:
        # A key that is gone: the rest of the profile is not to fail for it, and the register is asked again in time.
        log.error("register-answer-unreadable", person_id=str(person.id))  # noqa: TRY400 - nothing more is known
        return None
    address = said["address"]
    return RegisterView(
        name=said["name"],
        address=PostalAddress(**(address | {"lines": tuple(address["lines"])})) if address else None,
        protected=False,
        checked_at=entry.checked_at,
    )

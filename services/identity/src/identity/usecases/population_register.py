"""The population register: whom to ask about, what becomes of the answer (FJ3), and protected identity (FJ9).

Claim, ask outside any transaction, settle. A login only says that somebody is to be asked about; it never waits for it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from uuid import UUID

from chassis.telemetry import logger
from chassis.transaction import Tx
from chassis.vault import CannotOpen
from identity.domain import personal_numbers
from identity.domain.errors import PersonNotFound
from identity.domain.persons import Person
from identity.domain.population_register import Outcome, Question, RegisterAnswer
from identity.domain.staff import StaffAction
from identity.store import persons
from identity.store import population_register as store
from identity.usecases.keys import Keys
from identity.usecases.persons import personal_number
from identity.usecases.register_entries import place
from identity.usecases.staff import note

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class LiftProtection:
    """An operator has made sure that the person's identity need not be protected any longer."""

    personal_number: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Lifted:
    """What the operator is told; the person by the opaque id only."""

    person_id: UUID
    lifted: bool
    still_protected: bool
    """By the register's last answer, or by the billing system."""


def is_due(tx: Tx) -> bool:
    """Whether there is anybody to ask about."""
    return store.is_due(tx)


def next_question(tx: Tx, keys: Keys) -> Question | None:
    """Somebody to ask about, noted as asked by this transaction; None where nobody is due.

    A number whose key is gone is passed over, and comes again later as after any question in vain.
    """
    while (claimed := store.claim(tx)) is not None:
        try:
            number = personal_number(keys, claimed.person_id, claimed.personal_number_sealed)
        except CannotOpen:
            log.error("personal-number-unreadable", person_id=str(claimed.person_id))  # noqa: TRY400 - that is all
            continue
        return Question(person_id=claimed.person_id, personal_number=number)
    return None


def settle(tx: Tx, keys: Keys, person_id: UUID, answer: RegisterAnswer) -> None:
    """Keep what the register said. Of a protected person nothing is kept but the mark.

    A mark protects the identity at once, for everybody who is told of it; a mark that is gone lifts nothing by itself.
    """
    person = persons.lock(tx, person_id)
    if person is None:
        return  # erased while the register was asked
    if answer.outcome is Outcome.PROTECTED:
        protect(tx, person)
    kept = None
    if answer.outcome is Outcome.FOUND and not person.protected_identity:
        text = json.dumps({"name": answer.name, "address": asdict(answer.address) if answer.address else None})
        kept = keys.vault.seal(text, place=place(person_id))
    if answer.deregistered is not None:
        # Somebody who is dead, or has another number, logs in: nothing is refused, but an operator should know.
        log.warning("population-register-deregistered", person_id=str(person_id))
    store.settle(tx, person_id, answer.outcome, kept)


def protect(tx: Tx, person: Person) -> None:
    """Protect the identity because the register says so, as a customer row that says so does."""
    if persons.protect_by_register(tx, person.id):
        log.warning("protected-by-population-register", person_id=str(person.id))
    persons.refresh_protection(tx, person.id)


def lift_protection(tx: Tx, keys: Keys, cmd: LiftProtection) -> Lifted:
    """Take away the protection that came by the register; written down, with the reason.

    Refused (``lifted`` False) while the register's last answer still has the mark. Raises ``PersonNotFound``,
    ``PersonalNumberInvalid``.
    """
    index = keys.vault.index("personal-number", personal_numbers.normalise(cmd.personal_number))
    person = persons.lock_by_index(tx, index)
    if person is None:
        raise PersonNotFound
    entry = store.get(tx, person.id)
    lifted = (entry is None or entry.outcome != Outcome.PROTECTED) and persons.lift_by_register(tx, person.id)
    if lifted:
        persons.refresh_protection(tx, person.id)
        note(tx, keys, StaffAction.LIFT, reason=cmd.reason, staff_person_id=None, person_id=person.id)
        log.warning("register-protection-lifted", person_id=str(person.id))
    now = persons.get(tx, person.id)
    return Lifted(person_id=person.id, lifted=lifted, still_protected=bool(now and now.protected_identity))


def forget(tx: Tx) -> int:
    """Delete what nobody has asked about for thirteen months; a protected identity stays protected."""
    return store.forget(tx)

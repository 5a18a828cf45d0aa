"""An inviter says by personal number whom an invitation is for; the number stays here, as a keyed hash (FC2, D23).

Nothing that the inviter is told depends on whether anybody has the number: making a binding looks nobody up, and what
comes of it is said to the person who accepts, about the own number alone (C30).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.transaction import Tx
from identity.domain import bindings as rules
from identity.domain import personal_numbers
from identity.domain.errors import PersonalNumberInvalid, PersonBindingNotFound, PersonBindingsTooMany
from identity.store import bindings, sessions
from identity.usecases.acting import acting_person
from identity.usecases.keys import Keys

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class BindPerson:
    """The person who is logged in gives somebody's personal number."""

    personal_number: str


@dataclass(frozen=True, kw_only=True)
class UseBinding:
    """Invitations sends a mail for ``made_by`` that the binding is to hold for."""

    made_by: UUID


@dataclass(frozen=True, kw_only=True)
class CheckBinding:
    """Invitations asks whether the binding is this person's number."""

    person_id: UUID


@dataclass(frozen=True, kw_only=True)
class Binding:
    """What stands for the number outside identity: an id that says nothing."""

    id: UUID
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Whether it is the same person."""

    same: bool


def bind_person(tx: Tx, keys: Keys, cmd: BindPerson) -> Binding:
    """Keep the hash of a number; the same for a number that nobody here has.

    Raises ``PersonalNumberInvalid``, and ``PersonBindingsTooMany`` after thirty in 24 hours.
    """
    person_id = acting_person(tx)
    try:
        number = personal_numbers.normalise(cmd.personal_number)
    except PersonalNumberInvalid:
        raise PersonalNumberInvalid(field="personal_number") from None
    # One at a time for each person, so that two at once cannot both be the thirtieth.
    sessions.hold(tx, person_id)
    if bindings.recent(tx, person_id, rules.COUNTED_IN) >= rules.MOST:
        log.warning("person-bindings-too-many", person_id=str(person_id))
        raise PersonBindingsTooMany(retry_after=3600)
    binding_id = new_id()
    index = keys.vault.index("personal-number", number)
    until = bindings.add(tx, binding_id, index=index, made_by=person_id, lasts=rules.KEPT)
    log.info("person-bound", binding_id=str(binding_id), person_id=str(person_id))
    return Binding(id=binding_id, expires_at=until)


def use_binding(tx: Tx, binding_id: UUID, cmd: UseBinding) -> Binding:
    """It is there and this person's own: kept as long as the mail that is sent now can lead to anything.

    Raises ``PersonBindingNotFound``.
    """
    until = bindings.use(tx, binding_id, cmd.made_by, lasts=rules.KEPT)
    if until is None:
        raise PersonBindingNotFound
    return Binding(id=binding_id, expires_at=until)


def check_binding(tx: Tx, binding_id: UUID, cmd: CheckBinding) -> Checked:
    """Whether the person who would accept is the one whose number was given; raises ``PersonBindingNotFound``."""
    same = bindings.is_of(tx, binding_id, cmd.person_id)
    if same is None:
        raise PersonBindingNotFound
    if not same:
        log.info("person-binding-of-another", binding_id=str(binding_id))
    return Checked(same=same)

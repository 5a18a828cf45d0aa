"""Staff: roles given and taken by an operator, and persons looked up at the desk. Everything is written down."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.transaction import Tx
from identity.domain import personal_numbers
from identity.domain.errors import LookupsTooMany, PersonalNumberInvalid, PersonNotFound
from identity.domain.persons import Person, Source
from identity.domain.staff import LOOKUPS_COUNTED_IN, MOST_LOOKUPS, PersonCard, StaffAction, StaffRole
from identity.store import persons, sessions, staff
from identity.usecases.keys import Keys
from identity.usecases.persons import find_or_add

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class ChangeRoles:
    """An operator gives (``grant``) or takes roles. ``name`` is used where the person is not known yet."""

    personal_number: str
    roles: tuple[StaffRole, ...]
    grant: bool
    reason: str
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class RolesChanged:
    """What the operator is told; the person by the opaque id only."""

    person_id: UUID
    roles: list[str]
    changed: bool


@dataclass(frozen=True, kw_only=True)
class LookUpPerson:
    """Staff ask who has this personal number."""

    personal_number: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class TakePerson:
    """Staff need a person who may never have logged in: the administrator of a paper form (fullmakt)."""

    personal_number: str
    name: str
    reason: str


def change_roles(tx: Tx, keys: Keys, cmd: ChangeRoles) -> RolesChanged:
    """Give or take roles; the next request of the person's open sessions follows it.

    Raises ``PersonNotFound`` where the person is unknown and no name was given (or roles are to be taken),
    ``PersonalNumberInvalid``, and in production ``PublishedNumberRefused``. Doing it twice changes nothing.
    """
    person = _person(tx, keys, personal_numbers.normalise(cmd.personal_number), cmd.name if cmd.grant else None)
    before = set(person.staff)
    after = before | set(cmd.roles) if cmd.grant else before - set(cmd.roles)
    action = StaffAction.GRANT if cmd.grant else StaffAction.REVOKE
    for role in sorted(before ^ after):
        note(tx, keys, action, reason=cmd.reason, staff_person_id=None, person_id=person.id, role=role)
        log.warning("staff-role-changed", action=action, role=role, person_id=str(person.id))
    if before != after:
        staff.set_roles(tx, person.id, sorted(after))
    return RolesChanged(person_id=person.id, roles=sorted(after), changed=before != after)


def list_staff(tx: Tx) -> list[tuple[UUID, list[str]]]:
    """Who holds which roles."""
    return staff.holders(tx)


def look_up(tx: Tx, keys: Keys, cmd: LookUpPerson) -> PersonCard | None:
    """Who has the number, or None. In a transaction of its own: asking in vain is written down as well.

    Raises ``PersonalNumberInvalid``, and ``LookupsTooMany`` after sixty in an hour.
    """
    staff_person_id = _may_look_up(tx)
    number = _number(cmd.personal_number)
    found = persons.get_by_index(tx, keys.vault.index("personal-number", number))
    note(
        tx,
        keys,
        StaffAction.LOOKUP,
        reason=cmd.reason,
        staff_person_id=staff_person_id,
        person_id=found.id if found else None,
    )
    log.info("staff-looked-up", staff_person_id=str(staff_person_id), person_id=str(found.id) if found else None)
    return _card(found) if found else None


def take_person(tx: Tx, keys: Keys, cmd: TakePerson) -> tuple[PersonCard, bool]:
    """Return the person with the number and whether it is a new one; the name counts for a new one only.

    Raises as ``look_up``, and in production ``PublishedNumberRefused``.
    """
    staff_person_id = _may_look_up(tx)
    number = _number(cmd.personal_number)
    known = persons.id_by_index(tx, keys.vault.index("personal-number", number)) is not None
    person = find_or_add(tx, keys, number, name=cmd.name, source=Source.STAFF, locale="sv")
    action = StaffAction.LOOKUP if known else StaffAction.CREATE
    note(tx, keys, action, reason=cmd.reason, staff_person_id=staff_person_id, person_id=person.id)
    log.info("staff-took-person", staff_person_id=str(staff_person_id), person_id=str(person.id), created=not known)
    return _card(person), not known


def _may_look_up(tx: Tx) -> UUID:
    if tx.principal is None or tx.principal.person_id is None:
        raise PersonNotFound
    person_id = tx.principal.person_id
    # One at a time for each member of staff, so that two at once cannot both be the sixtieth.
    sessions.hold(tx, person_id)
    if staff.recent_lookups(tx, person_id) >= MOST_LOOKUPS:
        log.warning("staff-lookups-too-many", staff_person_id=str(person_id))
        raise LookupsTooMany(retry_after=int(LOOKUPS_COUNTED_IN.total_seconds()))
    return person_id


def _number(value: str) -> str:
    try:
        return personal_numbers.normalise(value)
    except PersonalNumberInvalid:
        raise PersonalNumberInvalid(field="personal_number") from None


def _person(tx: Tx, keys: Keys, number: str, name: str | None) -> Person:
    if name:
        return find_or_add(tx, keys, number, name=name, source=Source.STAFF, locale="sv")
    person = persons.lock_by_index(tx, keys.vault.index("personal-number", number))
    if person is None:
        raise PersonNotFound
    return person


def note(
    tx: Tx,
    keys: Keys,
    action: StaffAction,
    *,
    reason: str,
    staff_person_id: UUID | None,
    person_id: UUID | None,
    role: str | None = None,
) -> None:
    """Write down what was done to or asked about a person, and why (sealed: it is free text of people)."""
    entry_id = new_id()
    staff.note(
        tx,
        entry_id=entry_id,
        action=action,
        staff_person_id=staff_person_id,
        person_id=person_id,
        role=role,
        # Free text of people: it may name the person.
        reason_sealed=keys.vault.seal(reason, place=f"staff_access.reason:{entry_id}"),
    )


def _card(person: Person) -> PersonCard:
    return PersonCard(
        person_id=person.id,
        name=person.name,
        birth_year=person.birth_year,
        protected_identity=person.protected_identity,
    )

"""Persons: recognised by BankID or named by the billing system, and registered by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.identity import CustomerIdentifiedV1, UserRegisteredV1
from identity.domain import personal_numbers
from identity.domain.errors import PersonNotFound, PublishedNumberRefused, RegistrationExists, TermsOutdated
from identity.domain.persons import Person, Source, clean_email, clean_phone
from identity.domain.population_register import PostalAddress
from identity.store import persons
from identity.store.persons import Terms
from identity.usecases import register_entries
from identity.usecases.acting import acting_person
from identity.usecases.contacts import contact_of, place, take_contact, tell_contact
from identity.usecases.keys import Keys
from identity.usecases.register_entries import RegisterView

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Register:
    """A person confirms the registration, having read terms of ``terms_version`` (T14-T16)."""

    accept_terms: bool
    terms_version: str
    email: str | None = None
    phone: str | None = None
    locale: str | None = None


@dataclass(frozen=True, kw_only=True)
class RegisterCustomer:
    """The billing system names a customer."""

    customer_number: str
    personal_number: str
    name: str
    email: str | None
    phone: str | None
    protected_identity: bool


@dataclass(frozen=True, kw_only=True)
class NoteBounce:
    """An address does not take messages."""

    person_id: UUID
    channel: str
    bounced_at: datetime


@dataclass(frozen=True, kw_only=True)
class Me:
    """What a person sees of the own data; the personal number masked (D23)."""

    person_id: UUID
    name: str
    birth_year: int
    personal_number_masked: str
    email: str | None
    phone: str | None
    email_bounced: bool
    phone_bounced: bool
    email_verified: bool
    phone_verified: bool
    locale: str
    registered_at: datetime | None
    contact_review_due: bool
    """Time to ask whether the contact details are still right (FJ5)."""
    population_register: RegisterView | None
    """What the population register says (FJ3); None where it is not asked, has not answered, or knows nobody."""


@dataclass(frozen=True, kw_only=True)
class Prefill:
    """The own name, contact and address, for forms (S6, J4)."""

    name: str
    email: str | None
    phone: str | None
    address: PostalAddress | None


def recognise(tx: Tx, keys: Keys, personal_number: str, name: str) -> UUID:
    """Return the person whom BankID has identified; a new one where nobody has that number.

    Raises ``PublishedNumberRefused`` for a published test number in production.
    """
    person = find_or_add(tx, keys, personal_number, name=name, source=Source.BANKID, locale=tx.locale)
    if person.name != name or person.name_source != Source.BANKID:
        persons.change(tx, person.id, name=name, name_source=Source.BANKID)
        if person.name != name and (person.email_sealed or person.phone_sealed):
            tell_contact(tx, keys, person.id)
    return person.id


def known(tx: Tx, keys: Keys, personal_number: str) -> UUID | None:
    """The person with this number, if we have met."""
    return persons.id_by_index(tx, keys.vault.index("personal-number", personal_number))


def register(tx: Tx, keys: Keys, cmd: Register) -> UserRegisteredV1:
    """Confirm the registration of the person who is logged in (T14-T16); returns what the others are told.

    Raises ``TermsOutdated`` where other terms are in force, ``RegistrationExists`` the second time.
    """
    person_id = acting_person(tx)
    if persons.current_terms(tx).version != cmd.terms_version:
        raise TermsOutdated
    person = persons.lock(tx, person_id)
    if person is None:
        raise PersonNotFound
    locale = cmd.locale or person.locale
    registered_at = persons.register(tx, person_id, cmd.terms_version, locale)
    if registered_at is None:
        raise RegistrationExists
    persons.accept_terms(tx, person_id, cmd.terms_version, tx.locale)
    register_entries.want(tx, keys, person_id)
    take_contact(tx, keys, person, email=cmd.email, phone=cmd.phone, source=Source.PERSON)
    registered = UserRegisteredV1(
        person_id=person_id, registered_at=registered_at, terms_version=cmd.terms_version, locale=locale
    )
    tx.emit(registered, aggregate_id=person_id, version=persons.next_version(tx, person_id))
    tell_contact(tx, keys, person_id)
    return registered


def show_me(tx: Tx, keys: Keys) -> Me:
    """The own data of the person who is logged in."""
    person = persons.get(tx, acting_person(tx))
    if person is None:
        raise PersonNotFound
    number = personal_number(keys, person.id, person.personal_number_sealed)
    email, phone = contact_of(keys, person)
    return Me(
        person_id=person.id,
        name=person.name,
        birth_year=person.birth_year,
        personal_number_masked=personal_numbers.masked(number),
        email=email,
        phone=phone,
        email_bounced=person.email_bounced_at is not None,
        phone_bounced=person.phone_bounced_at is not None,
        email_verified=person.email_verified_at is not None,
        phone_verified=person.phone_verified_at is not None,
        locale=person.locale,
        registered_at=person.registered_at,
        contact_review_due=person.contact_review_due(tx.now),
        population_register=register_entries.of_person(tx, keys, person),
    )


def prefill(tx: Tx, keys: Keys) -> Prefill:
    """What a form may be filled with beforehand; an address that takes no messages is left out."""
    person = persons.get(tx, acting_person(tx))
    if person is None:
        raise PersonNotFound
    email, phone = contact_of(keys, person)
    entry = register_entries.of_person(tx, keys, person)
    return Prefill(
        name=person.name,
        email=email if person.email_bounced_at is None else None,
        phone=phone if person.phone_bounced_at is None else None,
        address=entry.address if entry else None,
    )


def current_terms(tx: Tx) -> Terms:
    """The terms in force (T16)."""
    return persons.current_terms(tx)


def register_customer(tx: Tx, keys: Keys, cmd: RegisterCustomer) -> None:
    """Join a customer number to a person, and take over addresses that the person has not given.

    Raises ``PersonalNumberInvalid`` or, in production, ``PublishedNumberRefused``.
    """
    number = personal_numbers.normalise(cmd.personal_number)
    person = find_or_add(tx, keys, number, name=cmd.name, source=Source.BATCH, locale="sv")
    changed = False
    if person.name_source in {Source.BATCH, Source.STAFF} and person.name != cmd.name:
        persons.change(tx, person.id, name=cmd.name, name_source=Source.BATCH)
        changed = True
    email = clean_email(cmd.email) if cmd.email else None
    phone = clean_phone(cmd.phone) if cmd.phone else None
    if (cmd.email and email is None) or (cmd.phone and phone is None):
        log.warning("contact-from-billing-unusable", person_id=str(person.id))
    if take_contact(tx, keys, person, email=email, phone=phone, source=Source.BATCH) or (
        changed and (person.email_sealed or person.phone_sealed)
    ):
        tell_contact(tx, keys, person.id)
    version = persons.put_customer(tx, cmd.customer_number, person.id, protected_identity=cmd.protected_identity)
    if version is None:
        return
    persons.refresh_protection(tx, person.id)
    register_entries.drop_of_protected(tx, person.id)
    tx.emit(
        CustomerIdentifiedV1(
            person_id=person.id,
            customer_number=cmd.customer_number,
            protected_identity=cmd.protected_identity,
        ),
        aggregate_id=cmd.customer_number,
        version=version,
    )


def note_bounce(tx: Tx, cmd: NoteBounce) -> None:
    """Flag an address that does not work, unless it has been changed since (B-04)."""
    person = persons.lock(tx, cmd.person_id)
    if person is None:
        log.warning("bounce-for-unknown-person", person_id=str(cmd.person_id))
        return
    if person.contact_changed_at is not None and person.contact_changed_at > cmd.bounced_at:
        return
    persons.change(tx, person.id, **{f"{cmd.channel}_bounced_at": cmd.bounced_at})


def personal_number(keys: Keys, person_id: UUID, sealed: bytes) -> str:
    """The twelve digits, for those few places that may see them."""
    return keys.vault.open(sealed, place=place("personal_number", person_id))


def find_or_add(tx: Tx, keys: Keys, number: str, *, name: str, source: Source, locale: str) -> Person:
    """Return the person with ``number`` (twelve digits), held until the commit; a new one where nobody has it.

    Raises ``PublishedNumberRefused`` for a published test number in production.
    """
    if keys.refuse_published_numbers and personal_numbers.is_test_number(number):
        raise PublishedNumberRefused
    index = keys.vault.index("personal-number", number)
    person = persons.lock_by_index(tx, index)
    if person is None:
        person_id = new_id()
        persons.add(
            tx,
            {
                "id": person_id,
                "personal_number_index": index,
                "personal_number_sealed": keys.vault.seal(number, place=place("personal_number", person_id)),
                "name": name,
                "name_source": source,
                "birth_year": personal_numbers.birth_year(number),
                "locale": locale,
            },
        )
        person = persons.lock_by_index(tx, index)
    if person is None:
        raise PersonNotFound
    return person

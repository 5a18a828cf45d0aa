"""Addresses of a person: kept sealed, told to notify, changed by the person with a code (T66, T67, J1, J2)."""

from __future__ import annotations

import hmac
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.ids import new_id
from chassis.transaction import Tx
from contracts.identity import ContactChangedV1, ContactConfirmationRequestedV1, ContactReplacedV1
from contracts.notify import Channel
from identity.domain.contacts import ChangeStatus, ContactChange, ContactKind, new_code
from identity.domain.errors import (
    CodeExpired,
    CodesTooMany,
    CodeTriesSpent,
    CodeWrong,
    ContactChangeClosed,
    ContactChangeNotFound,
    ContactUnchanged,
    PersonNotFound,
)
from identity.domain.persons import Person, Source
from identity.store import contacts, persons
from identity.usecases.acting import acting_person, check_login_is_fresh
from identity.usecases.keys import Keys

EMAIL, PHONE = ContactKind.EMAIL.value, ContactKind.PHONE.value
CHANNELS = {EMAIL: Channel.EMAIL, PHONE: Channel.SMS}


@dataclass(frozen=True, kw_only=True)
class ChangeContact:
    """A person wants to be reached elsewhere; exactly one of the two is given."""

    email: str | None = None
    phone: str | None = None

    @property
    def kind(self) -> str:
        """Which of the two."""
        return EMAIL if self.email is not None else PHONE

    @property
    def address(self) -> str:
        """The new address or number."""
        return self.email or self.phone or ""


@dataclass(frozen=True, kw_only=True)
class ConfirmContact:
    """The code that came to the new address."""

    code: str


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What a try found: the change whose try it took (or None), and whether the code was right."""

    change: ContactChange | None
    right: bool = False


@dataclass(frozen=True, kw_only=True)
class ChangeView:
    """A change as its person sees it; without the address, since answers are kept with their Idempotency-Key."""

    contact_change_id: UUID
    kind: str
    status: str
    tries_left: int
    expires_at: datetime


def place(column: str, person_id: UUID) -> str:
    """What a sealed column of the person table is sealed for."""
    return f"person.{column}:{person_id}"


def contact_of(keys: Keys, person: Person) -> tuple[str | None, str | None]:
    """E-mail address and mobile number, in clear."""
    email = person.email_sealed and keys.vault.open(person.email_sealed, place=place(EMAIL, person.id))
    phone = person.phone_sealed and keys.vault.open(person.phone_sealed, place=place(PHONE, person.id))
    return email or None, phone or None


def take_contact(tx: Tx, keys: Keys, person: Person, *, email: str | None, phone: str | None, source: Source) -> bool:
    """Store the addresses that are new; what the person has given outranks the billing system."""
    current = dict(zip((EMAIL, PHONE), contact_of(keys, person), strict=True))
    sources = {EMAIL: person.email_source, PHONE: person.phone_source}
    values: dict[str, Any] = {}
    for column, value in ((EMAIL, email), (PHONE, phone)):
        if value is None or (source == Source.BATCH and sources[column] == Source.PERSON):
            continue
        values[f"{column}_source"] = source
        if value != current[column]:
            values[f"{column}_sealed"] = keys.vault.seal(value, place=place(column, person.id))
            values[f"{column}_bounced_at"] = None
            values[f"{column}_verified_at"] = None
            values["contact_changed_at"] = tx.now
    if values:
        persons.change(tx, person.id, **values)
    return "contact_changed_at" in values


def tell_contact(tx: Tx, keys: Keys, person_id: UUID) -> None:
    """Tell notify the whole new state, sealed."""
    person = persons.get(tx, person_id)
    if person is None:
        raise PersonNotFound
    email, phone = contact_of(keys, person)
    tx.emit(
        ContactChangedV1(
            person_id=person_id,
            sealed_contact=keys.sealer.seal({"email": email, "phone": phone, "name": person.name}),
            has_email=email is not None,
            has_phone=phone is not None,
            locale=person.locale,
        ),
        aggregate_id=person_id,
        version=persons.next_version(tx, person_id),
    )


def change_locale(tx: Tx, keys: Keys, locale: str) -> None:
    """Choose the language of pages and notices; the one that is chosen already is told to nobody again."""
    person = _lock_person(tx)
    if person.locale != locale:
        persons.change(tx, person.id, locale=locale)
        tell_contact(tx, keys, person.id)


def confirm_contact(tx: Tx) -> None:
    """The person says that the contact details are right; nobody asks again for a year (FJ5)."""
    persons.change(tx, _lock_person(tx).id, contact_reviewed_at=tx.now)


def request_change(tx: Tx, keys: Keys, cmd: ChangeContact) -> ChangeView:
    """Send a code to the new address. Nothing else is changed yet.

    Raises ``LoginTooOld`` unless BankID was used within fifteen minutes, ``ContactUnchanged`` where the address is
    known and confirmed, ``CodesTooMany`` after three in an hour. An earlier code for the same kind dies.
    """
    person = _lock_person(tx)
    check_login_is_fresh(tx, person.id)
    current = dict(zip((EMAIL, PHONE), contact_of(keys, person), strict=True))
    verified = {EMAIL: person.email_verified_at, PHONE: person.phone_verified_at}
    bounced = {EMAIL: person.email_bounced_at, PHONE: person.phone_bounced_at}
    if current[cmd.kind] == cmd.address and verified[cmd.kind] is not None and bounced[cmd.kind] is None:
        raise ContactUnchanged(field=cmd.kind)
    wait = contacts.wait_for_next(tx, person.id)
    if wait is not None:
        raise CodesTooMany(retry_after=math.ceil(wait.total_seconds()))
    contacts.supersede(tx, person.id, cmd.kind)
    change_id, code = new_id(), new_code()
    change = contacts.add(
        tx,
        change_id=change_id,
        person_id=person.id,
        kind=cmd.kind,
        address_sealed=keys.vault.seal(cmd.address, place=_change_place(change_id)),
        code_mac=_code_mac(keys, change_id, code),
    )
    tx.emit(
        ContactConfirmationRequestedV1(
            contact_change_id=change_id,
            person_id=person.id,
            channel=CHANNELS[cmd.kind],
            sealed_recipient=keys.sealer.seal({cmd.kind: cmd.address, "code": code}),
            locale=person.locale,
            expires_at=change.expires_at,
        ),
        aggregate_id=change_id,
        version=1,
    )
    return _view(tx, change)


def show_change(tx: Tx, change_id: UUID) -> ChangeView:
    """How the own change goes; raises ``ContactChangeNotFound`` for another's."""
    return _view(tx, _get(tx, change_id))


def try_code(tx: Tx, keys: Keys, change_id: UUID, code: str) -> Attempt:
    """Spend one of the five tries, and compare. In a transaction of its own, committed whatever comes of it."""
    change = contacts.spend_try(tx, change_id, acting_person(tx))
    if change is None or change.code_mac is None:
        return Attempt(change=None)
    return Attempt(change=change, right=hmac.compare_digest(change.code_mac, _code_mac(keys, change_id, code)))


def confirm_change(tx: Tx, keys: Keys, change_id: UUID, attempt: Attempt) -> ChangeView:
    """Use the new address from now on, and tell the old one.

    Raises ``CodeWrong`` with the tries left, ``CodeTriesSpent``, ``CodeExpired``, ``ContactChangeClosed`` or
    ``ContactChangeNotFound``. Of two right codes at once, one wins.
    """
    if attempt.change is None:
        raise _refusal(_get(tx, change_id).status_at(tx.now))
    if not attempt.right:
        raise CodeWrong(field="code", left=attempt.change.tries_left)
    person = _lock_person(tx)
    change = attempt.change
    if change.address_sealed is None or not contacts.confirm(tx, change_id):
        raise ContactChangeClosed
    address = keys.vault.open(change.address_sealed, place=_change_place(change_id))
    old = dict(zip((EMAIL, PHONE), contact_of(keys, person), strict=True))[change.kind]
    values = {EMAIL: None, PHONE: None} | {change.kind: address}
    take_contact(tx, keys, person, email=values[EMAIL], phone=values[PHONE], source=Source.PERSON)
    persons.change(tx, person.id, **{f"{change.kind}_verified_at": tx.now, f"{change.kind}_bounced_at": None})
    tell_contact(tx, keys, person.id)
    if old is not None and old != address:
        tx.emit(
            ContactReplacedV1(
                person_id=person.id,
                channel=CHANNELS[change.kind],
                sealed_recipient=keys.sealer.seal({change.kind: old}),
                locale=person.locale,
                replaced_at=tx.now,
            ),
            aggregate_id=person.id,
            version=persons.next_version(tx, person.id),
        )
    return _view(tx, _get(tx, change_id))


def _refusal(status: ChangeStatus) -> Exception:
    refusals: dict[ChangeStatus, type[Exception]] = {
        ChangeStatus.EXPIRED: CodeExpired,
        ChangeStatus.LOCKED: CodeTriesSpent,
    }
    return refusals.get(status, ContactChangeClosed)()


def _get(tx: Tx, change_id: UUID) -> ContactChange:
    change = contacts.get(tx, change_id, acting_person(tx))
    if change is None:
        raise ContactChangeNotFound
    return change


def _view(tx: Tx, change: ContactChange) -> ChangeView:
    return ChangeView(
        contact_change_id=change.id,
        kind=change.kind,
        status=change.status_at(tx.now),
        tries_left=change.tries_left,
        expires_at=change.expires_at,
    )


def _lock_person(tx: Tx) -> Person:
    person = persons.lock(tx, acting_person(tx))
    if person is None:
        raise PersonNotFound
    return person


def _change_place(change_id: UUID) -> str:
    return f"contact_change.address:{change_id}"


def _code_mac(keys: Keys, change_id: UUID, code: str) -> bytes:
    # Keyed: a million codes are tried in a moment by whoever reads the table, unless the key stands elsewhere.
    return keys.vault.index("contact-code", str(change_id), code)

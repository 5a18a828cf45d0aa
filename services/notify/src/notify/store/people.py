"""Who there is and how to reach them: copies of what identity, org-registry and invitations tell, and the choices."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import any_, case, func, literal, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.transaction import Tx
from notify.domain import Address, Channel, Choice, Reach, Subject
from notify.store.tables import account, contact, invitation, membership, preference

LOCAL_TODAY: Any = literal_column("(now() AT TIME ZONE 'Europe/Stockholm')::date")
HOLDERS = ("owner", "signatory")
BOUNCED_AT = {Channel.EMAIL: "email_bounced_at", Channel.SMS: "sms_bounced_at"}


@dataclass(frozen=True, slots=True)
class Person:
    """How somebody can be reached, and what he has chosen for one subject."""

    reach: Reach
    choice: Choice
    known: bool


def put_contact(
    tx: Tx, person_id: UUID, sealed: str, *, has_email: bool, has_phone: bool, locale: str, version: int
) -> bool:
    """Keep the newest contact; what had bounced is forgotten with the old one. False where a newer one is here."""
    statement = insert(contact).values(
        person_id=person_id,
        sealed_contact=sealed,
        has_email=has_email,
        has_phone=has_phone,
        locale=locale,
        version=version,
        bounces=0,
    )
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["person_id"],
        set_={
            "sealed_contact": new.sealed_contact,
            "has_email": new.has_email,
            "has_phone": new.has_phone,
            "locale": new.locale,
            "version": new.version,
            "email_bounced_at": None,
            "sms_bounced_at": None,
        },
        where=contact.c.version < new.version,
    )
    return tx.session.execute(statement.returning(contact.c.person_id)).first() is not None


def mark_bounced(tx: Tx, person_id: UUID, channel: Channel, version: int) -> int | None:
    """Note that the address of contact ``version`` takes nothing; the number of bounces of the person so far.

    None where it is noted already, or the person has given another address meanwhile.
    """
    column = BOUNCED_AT[channel]
    row = tx.session.execute(
        update(contact)
        .where(contact.c.person_id == person_id, contact.c.version == version, contact.c[column].is_(None))
        .values({column: tx.now, "bounces": contact.c.bounces + 1})
        .returning(contact.c.bounces)
    ).first()
    return None if row is None else int(row.bounces)


def get_contact(tx: Tx, person_id: UUID) -> Any | None:
    """What is known of the person's addresses: that they exist, never which they are."""
    return tx.session.execute(
        select(
            contact.c.has_email,
            contact.c.has_phone,
            contact.c.email_bounced_at,
            contact.c.sms_bounced_at,
            contact.c.locale,
        ).where(contact.c.person_id == person_id)
    ).first()


def _address(*, has: bool | None, bounced_at: datetime | None) -> Address:
    if not has:
        return Address.NONE
    return Address.USABLE if bounced_at is None else Address.BOUNCED


def persons(tx: Tx, person_ids: Collection[UUID], subject: Subject) -> dict[UUID, Person]:
    """Reach and choice of each of ``person_ids``, also of those nothing is known of."""
    rows = tx.session.execute(
        select(contact.c.person_id, contact.c.has_email, contact.c.has_phone, contact.c.email_bounced_at,
               contact.c.sms_bounced_at).where(contact.c.person_id.in_(person_ids))
    ).all()  # fmt: skip
    reaches = {
        row.person_id: Reach(
            email=_address(has=row.has_email, bounced_at=row.email_bounced_at),
            sms=_address(has=row.has_phone, bounced_at=row.sms_bounced_at),
        )
        for row in rows
    }
    chosen = {
        row.person_id: Choice(email=row.email, sms=row.sms)
        for row in tx.session.execute(
            select(preference.c.person_id, preference.c.email, preference.c.sms).where(
                preference.c.person_id.in_(person_ids), preference.c.subject == subject.name
            )
        )
    }
    default = Choice(email=subject.email, sms=subject.sms)
    return {one: Person(reaches.get(one, Reach()), chosen.get(one, default), one in reaches) for one in person_ids}


def choices(tx: Tx, person_id: UUID) -> dict[str, Choice]:
    """What the person has chosen, by subject."""
    rows = tx.session.execute(
        select(preference.c.subject, preference.c.email, preference.c.sms).where(preference.c.person_id == person_id)
    )
    return {row.subject: Choice(email=row.email, sms=row.sms) for row in rows}


def put_choice(tx: Tx, person_id: UUID, subject: str, choice: Choice) -> None:
    """Keep a choice."""
    values = {"email": choice.email, "sms": choice.sms, "updated_at": tx.now}
    tx.session.execute(
        insert(preference)
        .values(person_id=person_id, subject=subject, **values)
        .on_conflict_do_update(index_elements=["person_id", "subject"], set_=values)
    )


def put_account(tx: Tx, account_id: UUID, kind: str, opened_at: datetime) -> None:
    """Keep an account; the first telling counts."""
    tx.session.execute(
        insert(account).values(account_id=account_id, kind=kind, opened_at=opened_at).on_conflict_do_nothing()
    )


def account_known(tx: Tx, account_id: UUID) -> bool:
    """Whether the account's opening has been told."""
    return (
        tx.session.execute(select(account.c.account_id).where(account.c.account_id == account_id)).first() is not None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A membership as an event tells it; ``services`` None: the event does not say how it is narrowed."""

    membership_id: UUID
    account_id: UUID
    person_id: UUID
    role: str
    active: bool
    services: Sequence[str] | None = None
    ends_on: date | None = None
    granted_by: UUID | None = None


def put_membership(tx: Tx, told: Membership) -> Any | None:
    """Keep the state of a membership; returns the row that was there before."""
    before = tx.session.execute(
        select(membership.c.active, membership.c.granted_by)
        .where(membership.c.membership_id == told.membership_id)
        .with_for_update()
    ).first()
    values: dict[str, Any] = {
        "account_id": told.account_id,
        "person_id": told.person_id,
        "role": told.role,
        "active": told.active,
    }
    if told.services is not None:
        values |= {"services": list(told.services), "ends_on": told.ends_on, "granted_by": told.granted_by}
    statement = insert(membership).values(membership_id=told.membership_id, **({"services": []} | values))
    tx.session.execute(statement.on_conflict_do_update(index_elements=["membership_id"], set_=values))
    return before


def _current() -> tuple[Any, ...]:
    return membership.c.active, or_(membership.c.ends_on.is_(None), membership.c.ends_on >= LOCAL_TODAY)


def people_of(tx: Tx, account_id: UUID, *, area: str | None = None, holders: bool = False) -> list[UUID]:
    """Who acts for the account now, in ``area`` if it is given; ``holders``: only owners and signatories."""
    statement = select(membership.c.person_id).where(membership.c.account_id == account_id, *_current()).distinct()
    if area is not None:
        covers = literal(area) == any_(membership.c.services)
        statement = statement.where(or_(func.cardinality(membership.c.services) == 0, covers))
    if holders:
        statement = statement.where(membership.c.role.in_(HOLDERS))
    return list(tx.session.execute(statement.order_by(membership.c.person_id)).scalars())


def put_invitation(
    tx: Tx,
    invitation_id: UUID,
    *,
    version: int,
    account_id: UUID,
    inviter_id: UUID | None = None,
    acceptor_id: UUID | None = None,
    sealed_recipient: str | None = None,
) -> bool:
    """Keep what an event says of an invitation; False where a later event of it has been seen before.

    The newest sealed address is kept whatever the order of arrival.
    """
    sealed_version = version if sealed_recipient else 0
    statement = insert(invitation).values(
        invitation_id=invitation_id,
        account_id=account_id,
        inviter_id=inviter_id,
        acceptor_id=acceptor_id,
        sealed_recipient=sealed_recipient,
        sealed_version=sealed_version,
        version=version,
        changed_at=tx.now,
    )
    new = statement.excluded
    newer_address = new.sealed_version > invitation.c.sealed_version
    statement = statement.on_conflict_do_update(
        index_elements=["invitation_id"],
        set_={
            "inviter_id": func.coalesce(new.inviter_id, invitation.c.inviter_id),
            "acceptor_id": func.coalesce(new.acceptor_id, invitation.c.acceptor_id),
            "sealed_recipient": case((newer_address, new.sealed_recipient), else_=invitation.c.sealed_recipient),
            "email_bounced_at": case((newer_address, None), else_=invitation.c.email_bounced_at),
            "sealed_version": func.greatest(new.sealed_version, invitation.c.sealed_version),
            "version": func.greatest(new.version, invitation.c.version),
            "changed_at": new.changed_at,
        },
    )
    newest: int = tx.session.execute(statement.returning(invitation.c.version)).scalar_one()
    return newest <= version


def get_invitation(tx: Tx, invitation_id: UUID) -> Any | None:
    """What is known of an invitation."""
    return tx.session.execute(select(invitation).where(invitation.c.invitation_id == invitation_id)).first()


def invited_address(tx: Tx, invitation_id: UUID | None) -> Address:
    """Whether the invited address is known and works."""
    row = get_invitation(tx, invitation_id) if invitation_id else None
    return (
        Address.NONE if row is None else _address(has=row.sealed_recipient is not None, bounced_at=row.email_bounced_at)
    )


def mark_invitation_bounced(tx: Tx, invitation_id: UUID) -> None:
    """The invited address takes no mail."""
    tx.session.execute(
        update(invitation).where(invitation.c.invitation_id == invitation_id).values(email_bounced_at=tx.now)
    )


def forget_invited_addresses(tx: Tx, older_than: timedelta) -> int:
    """Remove the sealed addresses of invitations that nothing has happened to for so long; returns how many."""
    done = tx.session.execute(
        update(invitation)
        .where(invitation.c.changed_at < tx.now - older_than, invitation.c.sealed_recipient.is_not(None))
        .values(sealed_recipient=None)
        .returning(invitation.c.invitation_id)
    ).all()
    return len(done)

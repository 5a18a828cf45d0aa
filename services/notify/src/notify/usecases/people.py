"""Who there is: contacts, accounts and memberships, copied from events, and what their coming and going tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from chassis.transaction import Tx
from notify.domain import Channel
from notify.store import copies, notices, people
from notify.store.notices import Notice
from notify.usecases import telling

OWNER, DELEGATE, COMPANY = "owner", "delegate", "company"


@dataclass(frozen=True, kw_only=True)
class ChangeContact:
    """The person's addresses, sealed, and language."""

    person_id: UUID
    sealed_contact: str
    has_email: bool
    has_phone: bool
    locale: str
    version: int


@dataclass(frozen=True, kw_only=True)
class TellAddress:
    """Something for one sealed address and nobody else, worthless after ``expires_at``."""

    event_id: UUID
    template: str
    object_id: UUID
    channel: str
    sealed_recipient: str
    locale: str
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TellPerson:
    """Something that concerns the person alone, whatever account."""

    event_id: UUID
    template: str
    person_id: UUID


@dataclass(frozen=True, kw_only=True)
class WarnOfLogin:
    """Somebody has logged in as the person, in a new browser."""

    event_id: UUID
    person_id: UUID


@dataclass(frozen=True, kw_only=True)
class Welcome:
    """Somebody has registered."""

    event_id: UUID
    person_id: UUID


@dataclass(frozen=True, kw_only=True)
class OpenAccount:
    """An account can be used."""

    event_id: UUID
    account_id: UUID
    kind: str
    opened_at: datetime
    by_power: bool = False
    """A power of attorney opened it: its decision tells the administrator, where the form says (T40)."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A person may act for an account."""

    event_id: UUID
    membership_id: UUID
    account_id: UUID
    person_id: UUID
    role: str
    services: tuple[str, ...]
    ends_on: date | None
    granted_by: UUID | None
    invitation_id: UUID | None
    by_power: bool = False
    """The decision about the power of attorney tells the person (T40)."""


@dataclass(frozen=True, kw_only=True)
class Remove:
    """A person may no longer act for an account."""

    event_id: UUID
    membership_id: UUID
    account_id: UUID
    person_id: UUID
    role: str
    let_in: int = 0
    told_otherwise: bool = False
    """Another event tells why, and to whom (D12): nothing is told here."""


@dataclass(frozen=True, kw_only=True)
class AskForReview:
    """The account's delegates are to be gone through."""

    event_id: UUID
    account_id: UUID
    template: str


@dataclass(frozen=True, kw_only=True)
class LoseSignatory:
    """By the register a person is no signatory any more."""

    event_id: UUID
    account_id: UUID
    person_id: UUID


def change_contact(tx: Tx, cmd: ChangeContact) -> None:
    """Keep the newest contact, and send what has waited for it."""
    newest = people.put_contact(
        tx,
        cmd.person_id,
        cmd.sealed_contact,
        has_email=cmd.has_email,
        has_phone=cmd.has_phone,
        locale=cmd.locale,
        version=cmd.version,
    )
    if newest:
        telling.take_up_person(tx, cmd.person_id)


def warn_of_login(tx: Tx, cmd: WarnOfLogin) -> None:
    """Tell the person of a login in a browser that was never used before."""
    telling.tell(tx, Notice(event_id=cmd.event_id, template="login-new-device", person_id=cmd.person_id))


def tell_person(tx: Tx, cmd: TellPerson) -> None:
    """Tell the person alone."""
    telling.tell(tx, Notice(event_id=cmd.event_id, template=cmd.template, person_id=cmd.person_id))


def tell_address(tx: Tx, cmd: TellAddress) -> None:
    """Send a code to a new address, or a warning to an old one (T67): there, and by no other channel."""
    telling.tell(
        tx,
        Notice(
            event_id=cmd.event_id,
            template=cmd.template,
            object_id=cmd.object_id,
            channel=Channel(cmd.channel),
            sealed_recipient=cmd.sealed_recipient,
            locale=cmd.locale,
            expires_at=cmd.expires_at,
        ),
    )


def welcome(tx: Tx, cmd: Welcome) -> None:
    """Confirm the registration (T14)."""
    telling.tell(tx, Notice(event_id=cmd.event_id, template="registration-welcome", person_id=cmd.person_id))


def open_account(tx: Tx, cmd: OpenAccount) -> None:
    """Note the account; who may start a company's account is told that it is there (T40)."""
    people.put_account(tx, cmd.account_id, cmd.kind, cmd.opened_at)
    if cmd.kind == COMPANY and not cmd.by_power:
        told = telling.TellAccount(event_id=cmd.event_id, template="account-ready", account_id=cmd.account_id)
        telling.tell_account(tx, told)


def grant(tx: Tx, cmd: Grant) -> None:
    """Note the membership. The newcomer is told (T53), and so are those who answer for the account (B-07).

    A change of a membership that is in force tells nobody.
    """
    before = people.put_membership(
        tx,
        people.Membership(
            membership_id=cmd.membership_id,
            account_id=cmd.account_id,
            person_id=cmd.person_id,
            role=cmd.role,
            active=True,
            services=cmd.services,
            ends_on=cmd.ends_on,
            granted_by=cmd.granted_by,
        ),
    )
    if before is None or not before.active:
        telling.tell(tx, *_welcoming(tx, cmd))
    telling.take_up_account(tx, cmd.account_id)


def _welcoming(tx: Tx, cmd: Grant) -> list[Notice]:
    told = []
    if cmd.invitation_id is not None or cmd.role == DELEGATE:
        # Approved after an invitation, or after asking for it (FC16): told at the invited address, or his own.
        told.append(
            Notice(
                event_id=cmd.event_id,
                template="membership-granted",
                person_id=cmd.person_id,
                account_id=cmd.account_id,
                invitation_id=cmd.invitation_id,
            )
        )
    elif (
        cmd.role != OWNER
        and not cmd.by_power
        and people.account_known(tx, cmd.account_id)
        and not notices.is_waiting(tx, cmd.account_id, "account-ready")
    ):
        # A further signatory of an account that was opened before (D9).
        told.append(
            Notice(event_id=cmd.event_id, template="account-ready", person_id=cmd.person_id, account_id=cmd.account_id)
        )
    others = set(people.people_of(tx, cmd.account_id, holders=True)) - {cmd.person_id, cmd.granted_by}
    told += [
        Notice(event_id=cmd.event_id, template="access-given", person_id=other, account_id=cmd.account_id)
        for other in sorted(others)
    ]
    return told


def remove(tx: Tx, cmd: Remove) -> None:
    """Note the end of a membership and tell both sides (B-07): the person, and those who answer for the account."""
    before = people.put_membership(
        tx,
        people.Membership(
            membership_id=cmd.membership_id,
            account_id=cmd.account_id,
            person_id=cmd.person_id,
            role=cmd.role,
            active=False,
        ),
    )
    copies.stop_of(tx, cmd.account_id, cmd.person_id)
    if cmd.told_otherwise or (before is not None and not before.active):
        return
    # D6: those whom the person let in stay, and who answers for the account is to know it.
    template = "inviter-removed" if cmd.let_in else "access-removed"
    others = set(people.people_of(tx, cmd.account_id, holders=True))
    if before is not None and before.granted_by in people.people_of(tx, cmd.account_id):
        others.add(before.granted_by)
    telling.tell(
        tx,
        Notice(
            event_id=cmd.event_id, template="membership-removed", person_id=cmd.person_id, account_id=cmd.account_id
        ),
        *(
            Notice(event_id=cmd.event_id, template=template, person_id=other, account_id=cmd.account_id)
            for other in sorted(others - {cmd.person_id})
        ),
    )


def lose_signatory(tx: Tx, cmd: LoseSignatory) -> None:
    """Tell the person that the role is suspended, and the other signatories (D12)."""
    others = set(people.people_of(tx, cmd.account_id, holders=True)) - {cmd.person_id}
    telling.tell(
        tx,
        Notice(event_id=cmd.event_id, template="signatory-lost", person_id=cmd.person_id, account_id=cmd.account_id),
        *(
            Notice(event_id=cmd.event_id, template="signatory-lost-other", person_id=other, account_id=cmd.account_id)
            for other in sorted(others)
        ),
    )


def ask_for_review(tx: Tx, cmd: AskForReview) -> None:
    """Tell owner and signatories (B-08); delegates are what is gone through."""
    holders = sorted(people.people_of(tx, cmd.account_id, holders=True))
    telling.tell(
        tx,
        *(
            Notice(event_id=cmd.event_id, template=cmd.template, person_id=holder, account_id=cmd.account_id)
            for holder in holders
        ),
    )

"""Telling: one notice per event, recipient and template, on the channels that choice and addresses give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.transaction import Tx
from notify.domain import (
    SUBJECTS,
    TEMPLATES,
    WAITS_AT_MOST,
    Address,
    Channel,
    Choice,
    DeliveryState,
    NotificationState,
    Plan,
    Planned,
    Reach,
    Subject,
    plan,
)
from notify.store import copies, notices, people
from notify.store.notices import Notice

KEEP = timedelta(days=400)
KEEP_INVITED = timedelta(days=120)
"""Longer than an invitation may take in all: 72 hours (T47) and 30 days (D3), renewals included."""
BATCH = 1000
WAKE = notices.WAKE
"""PostgreSQL channel that is notified when a commit has made deliveries."""


@dataclass(frozen=True, kw_only=True)
class TellAccount:
    """Tell everybody who acts for an account; with ``area``, those whose membership covers that service area."""

    event_id: UUID
    template: str
    account_id: UUID
    object_id: UUID | None = None
    area: str | None = None


def tell(tx: Tx, *told: Notice) -> None:
    """Write down ``told``, each once, and plan the deliveries."""
    by_subject: dict[str, set[UUID]] = {}
    for notice in told:
        if notice.person_id is not None:
            by_subject.setdefault(TEMPLATES[notice.template].subject, set()).add(notice.person_id)
    known = {name: people.persons(tx, ids, SUBJECTS[name]) for name, ids in by_subject.items()}
    for notice in told:
        subject = SUBJECTS[TEMPLATES[notice.template].subject]
        person = known[subject.name][notice.person_id] if notice.person_id is not None else None
        notices.add(tx, notice, _plan(tx, notice, subject, person))


def tell_account(tx: Tx, cmd: TellAccount) -> None:
    """Tell the people of an account; where there is nobody yet, the notice waits for the first membership."""
    base = Notice(
        event_id=cmd.event_id,
        template=cmd.template,
        account_id=cmd.account_id,
        object_id=cmd.object_id,
        area=cmd.area,
    )
    tell(tx, *_copies(tx, base))
    found = people.people_of(tx, cmd.account_id, area=cmd.area)
    if found:
        tell(tx, *(replace(base, person_id=person_id) for person_id in found))
    else:
        notices.add(tx, base, Plan((), waits=True))


def _copies(tx: Tx, base: Notice) -> list[Notice]:
    """The same for the account's further addresses that want the subject (B11, C21)."""
    rows = copies.wanted(tx, base.account_id, TEMPLATES[base.template].subject) if base.account_id else ()
    return [
        replace(base, copy_id=row.id, channel=Channel.EMAIL, sealed_recipient=row.sealed_address, locale=row.locale)
        for row in rows
    ]


def take_up_person(tx: Tx, person_id: UUID) -> None:
    """The person has an address now: what has waited for it goes out."""
    for row in notices.waiting(tx, person_id=person_id):
        _address(tx, row)


def take_up_invited(tx: Tx, invitation_id: UUID) -> None:
    """The invited address is known now."""
    for row in notices.waiting(tx, invitation_id=invitation_id):
        _address(tx, row)


def take_up_account(tx: Tx, account_id: UUID) -> None:
    """The account has people now: what has waited for them is told to each."""
    for row in notices.waiting(tx, account_id=account_id):
        _hand_on(tx, row)


def take_up_all(tx: Tx) -> tuple[int, int]:
    """The net: notices that two consumers at once could have left waiting go out, those of seven days are given up.

    Returns how many were looked at and how many given up.
    """
    abandoned = notices.abandon(tx, WAITS_AT_MOST)
    rows = notices.waiting(tx, limit=BATCH)
    for row in rows:
        if row.person_id is None and row.invitation_id is None:
            _hand_on(tx, row)
        else:
            _address(tx, row)
    return len(rows), abandoned


def forget(tx: Tx) -> int:
    """Delete what is older than is kept; returns how many notices."""
    people.forget_invited_addresses(tx, KEEP_INVITED)
    return notices.forget(tx, KEEP, BATCH)


def reach_of(tx: Tx, row: Any) -> Reach:
    """How the recipient of a notice can be reached now; ``row`` has the columns of a notice."""
    notice = _notice(row)
    person = None
    if notice.person_id is not None:
        subject = SUBJECTS[TEMPLATES[notice.template].subject]
        person = people.persons(tx, [notice.person_id], subject)[notice.person_id]
    return _reach(tx, notice, person)


def _notice(row: Any) -> Notice:
    names = ("event_id", "template", "person_id", "invitation_id", "account_id", "object_id", "area")
    values: dict[str, Any] = {name: getattr(row, name, None) for name in (*names, "sealed_recipient")}
    return Notice(**values)


def _reach(tx: Tx, notice: Notice, person: people.Person | None) -> Reach:
    if notice.sealed_recipient is not None:
        return Reach(email=Address.USABLE)
    reach = person.reach if person else Reach()
    if reach.email is Address.NONE:
        # A newcomer who has given no address is told at the one he was invited at (T53).
        return replace(reach, email=people.invited_address(tx, notice.invitation_id))
    return reach


def _plan(tx: Tx, notice: Notice, subject: Subject, person: people.Person | None) -> Plan:
    if notice.channel is not None:
        return Plan((Planned(notice.channel, DeliveryState.QUEUED),))
    choice = person.choice if person else Choice(email=True, sms=False)
    return plan(subject, choice, _reach(tx, notice, person))


def _address(tx: Tx, row: notices.Waiting) -> None:
    notice = _notice(row)
    subject = SUBJECTS[TEMPLATES[notice.template].subject]
    person = None
    if notice.person_id is not None:
        person = people.persons(tx, [notice.person_id], subject)[notice.person_id]
    decided = _plan(tx, notice, subject, person)
    if not decided.waits:
        notices.address(tx, row, decided)


def _hand_on(tx: Tx, row: notices.Waiting) -> None:
    found: Sequence[UUID] = people.people_of(tx, row.account_id, area=row.area)
    if found:
        tell(tx, *(replace(_notice(row), person_id=person_id) for person_id in found))
        notices.settle(tx, row.id, NotificationState.ADDRESSED)

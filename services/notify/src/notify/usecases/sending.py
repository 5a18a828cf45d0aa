"""The life of a delivery: claimed, sent by somebody else outside every transaction, settled, reported on (6.6)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.notify import AddressBouncedV1
from contracts.notify import Channel as ToldChannel
from notify.domain import (
    SUBJECTS,
    TEMPLATES,
    UNCOUNTED,
    Channel,
    DeliveryState,
    DeliveryUnknown,
    NotificationState,
    Outcome,
    fallback,
    link_path,
    move,
    next_state,
)
from notify.store import notices, outgoing, people
from notify.store.notices import Notice
from notify.usecases import telling

log = logger(__name__)


class Source(StrEnum):
    """Whose sealed value holds the address."""

    CONTACT = "contact"
    INVITED = "invited"
    LINK = "link"
    """The invitation itself: the value holds the address and the link."""
    DIRECT = "direct"
    """An address of its own, perhaps with a code (T67)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A claimed delivery, with its address still sealed."""

    delivery_id: UUID
    claim_id: UUID
    channel: Channel
    message_key: str
    template: str
    template_version: int
    locale: str
    mandatory: bool
    path: str
    source: Source
    sealed: str
    contact_version: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Take deliveries of a channel for one sender."""

    channel: Channel
    claim_id: UUID
    limit: int
    lease: timedelta


@dataclass(frozen=True, kw_only=True)
class Settle:
    """What an attempt came to."""

    sent: Outgoing
    outcome: Outcome
    give_up: timedelta


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the SMS provider says became of a message."""

    delivery_id: UUID
    provider_id: str
    status: str


def claim(tx: Tx, cmd: Claim) -> list[Outgoing]:
    """Take what is due; what cannot or need not be sent any more is settled at once and not handed out."""
    taken = outgoing.claim(tx, cmd.channel, cmd.claim_id, limit=cmd.limit, lease=cmd.lease)
    if not taken:
        return []
    ready = []
    for row in outgoing.details(tx, taken):
        if not row.wanted:
            outgoing.put(tx, row.id, DeliveryState.SUPPRESSED, reason="no-longer-member")
            continue
        if row.expired:
            outgoing.put(tx, row.id, DeliveryState.SUPPRESSED, reason="expired")
            outgoing.forget_sealed(tx, row.notification_id)
            continue
        found = _address(row)
        if found is None:
            outgoing.put(tx, row.id, DeliveryState.SUPPRESSED, reason="no-contact")
            _use_other_channel(tx, row.id, address_lost=True)
            continue
        source, sealed = found
        ready.append(
            Outgoing(
                delivery_id=row.id,
                claim_id=cmd.claim_id,
                channel=Channel(row.channel),
                message_key=row.message_key,
                template=row.template,
                template_version=row.template_version,
                locale=row.notice_locale or row.locale or "sv",
                mandatory=SUBJECTS[TEMPLATES[row.template].subject].mandatory,
                path=link_path(row.template, row.object_id, row.account_id),
                source=source,
                sealed=sealed,
                contact_version=row.contact_version or 0,
                created_at=row.created_at,
            )
        )
    return ready


def _address(row: Any) -> tuple[Source, str] | None:
    if row.only_channel is not None:
        return (Source.DIRECT, row.sealed_recipient) if row.sealed_recipient is not None else None
    if row.channel == Channel.SMS:
        usable = row.has_phone and row.sms_bounced_at is None
        return (Source.CONTACT, row.sealed_contact) if usable else None
    if row.sealed_recipient is not None:
        return Source.LINK, row.sealed_recipient
    if row.has_email:
        return (Source.CONTACT, row.sealed_contact) if row.email_bounced_at is None else None
    return (Source.INVITED, row.invited) if row.invited is not None else None


def wait_for_next(tx: Tx, channel: Channel) -> timedelta | None:
    """How long until something of the channel is due; None where nothing is there."""
    due = outgoing.next_due(tx, channel)
    return None if due is None else max(timedelta(), due - tx.now)


def release(tx: Tx, claimed: Collection[Outgoing]) -> None:
    """Give back what was claimed and not tried."""
    for claim_id in {one.claim_id for one in claimed}:
        outgoing.release(tx, claim_id, [one.delivery_id for one in claimed if one.claim_id == claim_id])


def settle(tx: Tx, cmd: Settle) -> DeliveryState | None:
    """Write down what an attempt came to, and do what follows from it: retry, other channel, tell of a bounce (B-04).

    None where the delivery is no longer this sender's: a report was faster, or the lease had run out.
    """
    row = outgoing.lock(tx, cmd.sent.delivery_id)
    if row is None or row.claim_id != cmd.sent.claim_id or row.state != DeliveryState.SENDING:
        log.warning("delivery-settled-by-another", delivery_id=str(cmd.sent.delivery_id))
        return None
    state, wait = next_state(cmd.outcome, attempts=row.attempts, age=tx.now - row.created_at, give_up=cmd.give_up)
    values: dict[str, Any] = {"reason": cmd.outcome.reason}
    if wait is not None:
        values["due_at"] = tx.now + wait
        if cmd.outcome.verdict in UNCOUNTED:
            values["attempts"] = row.attempts - 1
    if state is DeliveryState.SENT:
        values |= {"sent_at": tx.now, "provider_id": cmd.outcome.provider_id}
        outgoing.forget_sealed(tx, row.notification_id)
    outgoing.put(tx, row.id, move(DeliveryState(row.state), state), **values)
    if state is DeliveryState.BOUNCED:
        _note_bounce(tx, row, cmd.sent)
    if state in {DeliveryState.BOUNCED, DeliveryState.FAILED_PERMANENT}:
        if cmd.sent.source in {Source.DIRECT, Source.LINK}:  # no other channel leads there, and nobody tries again
            outgoing.forget_sealed(tx, row.notification_id)
        _use_other_channel(tx, row.id, address_lost=state is DeliveryState.BOUNCED)
    return state


def report(tx: Tx, cmd: Report) -> None:
    """Take a delivery report; the same one again changes nothing. Raises ``DeliveryUnknown``."""
    row = outgoing.lock(tx, cmd.delivery_id)
    if row is None or row.channel != Channel.SMS or (row.provider_id or cmd.provider_id) != cmd.provider_id:
        raise DeliveryUnknown
    if row.state not in {DeliveryState.SENDING, DeliveryState.SENT}:
        return
    state = DeliveryState(row.state)
    if cmd.status == "delivered":
        outgoing.put(tx, row.id, move(state, DeliveryState.DELIVERED), reason="", provider_id=cmd.provider_id)
    elif cmd.status == "failed":
        values = {"reason": "sms-not-delivered", "provider_id": cmd.provider_id}
        outgoing.put(tx, row.id, move(state, DeliveryState.FAILED_PERMANENT), **values)
        _use_other_channel(tx, row.id, address_lost=False)


def _note_bounce(tx: Tx, row: Any, sent: Outgoing) -> None:
    channel = sent.channel
    if sent.source is Source.CONTACT:
        bounces = people.mark_bounced(tx, row.person_id, channel, sent.contact_version)
        if bounces is not None:
            event = AddressBouncedV1(person_id=row.person_id, channel=ToldChannel(channel.value), bounced_at=tx.now)
            tx.emit(event, aggregate_id=row.person_id, version=bounces)
        return
    if sent.source is Source.DIRECT:
        return
    people.mark_invitation_bounced(tx, row.invitation_id)
    known = people.get_invitation(tx, row.invitation_id)
    if sent.source is Source.LINK and known is not None and known.inviter_id is not None:
        telling.tell(
            tx,
            Notice(
                event_id=row.event_id,
                template="invitation-undeliverable",
                person_id=known.inviter_id,
                account_id=known.account_id,
                object_id=row.invitation_id,
            ),
        )


def _use_other_channel(tx: Tx, delivery_id: UUID, *, address_lost: bool) -> None:
    """The channel has failed: another one is used, or the notice waits for the person to give a new address."""
    row = outgoing.lock(tx, delivery_id)
    if row is None or row.person_id is None:
        return
    states = outgoing.states(tx, row.notification_id)
    other = fallback(telling.reach_of(tx, row), states, [Channel(row.channel)])
    if other is not None:
        notices.add_fallback(tx, row, other, instead_of=row.id)
    elif address_lost and not any(
        state not in {DeliveryState.SUPPRESSED, DeliveryState.BOUNCED, DeliveryState.FAILED_PERMANENT}
        for state in states.values()
    ):
        notices.settle(tx, row.notification_id, NotificationState.WAITING)

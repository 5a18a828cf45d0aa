"""The senders' side of deliveries: claimed in a short transaction, sent outside any, settled in another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, exists, func, or_, select, update

from chassis.transaction import Tx
from notify.domain import TEMPLATES, Channel, DeliveryState
from notify.store.people import LOCAL_TODAY
from notify.store.tables import contact, delivery, invitation, membership, notification

DUE = (DeliveryState.QUEUED, DeliveryState.FAILED_TEMPORARY)
MEMBERS_ONLY = tuple(name for name, template in TEMPLATES.items() if template.members_only)


def claim(tx: Tx, channel: Channel, claim_id: UUID, *, limit: int, lease: timedelta) -> Sequence[UUID]:
    """Take up to ``limit`` deliveries that are due, or whose sender has died; each is one attempt more."""
    due = and_(delivery.c.state.in_(DUE), delivery.c.due_at <= func.now())
    left = and_(delivery.c.state == DeliveryState.SENDING, delivery.c.lease_until <= func.now())
    # Two statements, so that each walks its own partial index.
    taken: list[UUID] = []
    for condition, order in ((left, delivery.c.lease_until), (due, delivery.c.due_at)):
        if len(taken) == limit:
            break
        chosen = (
            select(delivery.c.id)
            .where(delivery.c.channel == channel, condition)
            .order_by(order)
            .limit(limit - len(taken))
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        taken += tx.session.execute(
            update(delivery)
            .where(delivery.c.id.in_(chosen))
            .values(
                state=DeliveryState.SENDING,
                attempts=delivery.c.attempts + 1,
                claim_id=claim_id,
                lease_until=func.now() + lease,
            )
            .returning(delivery.c.id)
        ).scalars()
    return taken


def details(tx: Tx, delivery_ids: Collection[UUID]) -> list[Any]:
    """All that sending needs to know of claimed deliveries, oldest first."""
    n, c, i = notification.c, contact.c, invitation.c
    member = exists().where(
        membership.c.account_id == n.account_id,
        membership.c.person_id == n.person_id,
        membership.c.active,
        or_(membership.c.ends_on.is_(None), membership.c.ends_on >= LOCAL_TODAY),
    )
    wanted = case((and_(n.template.in_(MEMBERS_ONLY), n.person_id.is_not(None)), member), else_=True)
    columns = (
        delivery.c.id,
        delivery.c.notification_id,
        delivery.c.channel,
        delivery.c.attempts,
        delivery.c.message_key,
        n.template,
        n.template_version,
        n.person_id,
        n.account_id,
        n.invitation_id,
        n.object_id,
        n.sealed_recipient,
        n.channel.label("only_channel"),
        n.locale.label("notice_locale"),
        (n.expires_at <= func.now()).label("expired"),
        n.created_at,
        c.sealed_contact,
        c.has_email,
        c.has_phone,
        c.email_bounced_at,
        c.sms_bounced_at,
        c.version.label("contact_version"),
        c.locale,
        i.sealed_recipient.label("invited"),
        wanted.label("wanted"),
    )
    joined = (
        delivery.join(notification, n.id == delivery.c.notification_id)
        .outerjoin(contact, c.person_id == n.person_id)
        .outerjoin(invitation, i.invitation_id == n.invitation_id)
    )
    statement = select(*columns).select_from(joined).where(delivery.c.id.in_(delivery_ids))
    return list(tx.session.execute(statement.order_by(n.created_at, delivery.c.id)).all())


def next_due(tx: Tx, channel: Channel) -> datetime | None:
    """When the next delivery of the channel is due, or its lease ends."""
    soonest = tx.session.execute(
        select(
            func.least(
                select(func.min(delivery.c.due_at))
                .where(delivery.c.channel == channel, delivery.c.state.in_(DUE))
                .scalar_subquery(),
                select(func.min(delivery.c.lease_until))
                .where(delivery.c.channel == channel, delivery.c.state == DeliveryState.SENDING)
                .scalar_subquery(),
            )
        )
    ).scalar_one()
    return None if soonest is None else soonest


def lock(tx: Tx, delivery_id: UUID) -> Any | None:
    """One delivery with its notice, locked."""
    n = notification.c
    return tx.session.execute(
        select(
            delivery.c.id,
            delivery.c.notification_id,
            delivery.c.channel,
            delivery.c.state,
            delivery.c.attempts,
            delivery.c.claim_id,
            delivery.c.provider_id,
            n.event_id,
            n.recipient,
            n.template,
            n.subject,
            n.person_id,
            n.account_id,
            n.invitation_id,
            n.created_at,
        )
        .select_from(delivery.join(notification, n.id == delivery.c.notification_id))
        .where(delivery.c.id == delivery_id)
        .with_for_update()
    ).first()


def put(tx: Tx, delivery_id: UUID, state: DeliveryState, **values: Any) -> None:
    """Move a locked delivery to ``state``: nobody has it any more."""
    if state not in {*DUE, DeliveryState.SENDING}:
        values.setdefault("settled_at", tx.now)
    tx.session.execute(
        update(delivery)
        .where(delivery.c.id == delivery_id)
        .values(state=state, lease_until=None, claim_id=None, **values)
    )


def forget_sealed(tx: Tx, notification_id: UUID) -> None:
    """The link has been delivered: notify need not keep it, not even sealed."""
    tx.session.execute(update(notification).where(notification.c.id == notification_id).values(sealed_recipient=None))


def states(tx: Tx, notification_id: UUID) -> dict[Channel, DeliveryState]:
    """The states of a notice's deliveries."""
    rows = tx.session.execute(
        select(delivery.c.channel, delivery.c.state).where(delivery.c.notification_id == notification_id)
    )
    return {Channel(row.channel): DeliveryState(row.state) for row in rows}


def release(tx: Tx, claim_id: UUID, delivery_ids: Collection[UUID]) -> None:
    """Give back what was claimed and not tried."""
    tx.session.execute(
        update(delivery)
        .where(
            delivery.c.id.in_(delivery_ids),
            delivery.c.claim_id == claim_id,
            delivery.c.state == DeliveryState.SENDING,
        )
        .values(
            state=DeliveryState.QUEUED,
            attempts=delivery.c.attempts - 1,
            claim_id=None,
            lease_until=None,
        )
    )

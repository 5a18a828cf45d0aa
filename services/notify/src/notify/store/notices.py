"""Notifications and their deliveries: made once per business key, planned, taken up again, suppressed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from chassis.ids import new_id
from chassis.transaction import Tx
from notify.domain import (
    TEMPLATES,
    Channel,
    DeliveryState,
    NotificationState,
    Plan,
    message_key,
)
from notify.store.tables import delivery, notification

WAKE = "notify_delivery"
"""The channel on which the senders listen."""
Waiting = Row[Any]
"""A notice as ``waiting`` returns it."""
REVIVABLE = (DeliveryState.SUPPRESSED, DeliveryState.BOUNCED, DeliveryState.FAILED_PERMANENT)
UNSENT = (DeliveryState.QUEUED, DeliveryState.FAILED_TEMPORARY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell one recipient: a person, an invited address, an account's people, or one sealed address."""

    event_id: UUID
    template: str
    person_id: UUID | None = None
    invitation_id: UUID | None = None
    account_id: UUID | None = None
    object_id: UUID | None = None
    area: str | None = None
    sealed_recipient: str | None = None
    channel: Channel | None = None
    """The sealed recipient is an address on this channel, and no other will do."""
    locale: str | None = None
    expires_at: datetime | None = None
    copy_id: UUID | None = None
    """A further address of the account (B11, C21)."""

    @property
    def recipient(self) -> str:
        """The recipient in the business key."""
        if self.copy_id is not None:
            return f"copy:{self.copy_id}"
        if self.channel is not None:
            return f"{self.channel}:{self.object_id}"
        if self.person_id is not None:
            return f"person:{self.person_id}"
        if self.invitation_id is not None:
            return f"invitation:{self.invitation_id}"
        return f"account:{self.account_id}"


def add(tx: Tx, notice: Notice, plan: Plan) -> bool:
    """Write down a notice with its deliveries; False where it is there already (the event came again)."""
    template = TEMPLATES[notice.template]
    notification_id = new_id()
    made = tx.session.execute(
        insert(notification)
        .values(
            id=notification_id,
            event_id=notice.event_id,
            recipient=notice.recipient,
            template=template.name,
            template_version=template.version,
            subject=template.subject,
            person_id=notice.person_id,
            account_id=notice.account_id,
            invitation_id=notice.invitation_id,
            object_id=notice.object_id,
            area=notice.area,
            sealed_recipient=notice.sealed_recipient,
            channel=notice.channel,
            locale=notice.locale,
            expires_at=notice.expires_at,
            state=plan.state,
            created_at=tx.now,
        )
        .on_conflict_do_nothing(constraint="uq_notification_business_key")
        .returning(notification.c.id)
    ).first()
    if made is None:
        return False
    _deliver(tx, notification_id, notice.event_id, notice.recipient, template.name, plan)
    return True


def address(tx: Tx, row: Row[Any], plan: Plan) -> None:
    """Give a notice that has waited the deliveries of ``plan``."""
    _deliver(tx, row.id, row.event_id, row.recipient, row.template, plan)
    settle(tx, row.id, plan.state)


def _deliver(tx: Tx, notification_id: UUID, event_id: UUID, recipient: str, template: str, plan: Plan) -> None:
    if not plan.deliveries:
        return
    statement = insert(delivery).values(
        [
            {
                "id": new_id(),
                "notification_id": notification_id,
                "channel": planned.channel,
                "state": planned.state,
                "reason": planned.reason,
                "message_key": message_key(event_id, recipient, template, planned.channel),
                "attempts": 0,
                "due_at": tx.now,
                "created_at": tx.now,
                "settled_at": tx.now if planned.state is DeliveryState.SUPPRESSED else None,
            }
            for planned in plan.deliveries
        ]
    )
    new = statement.excluded
    tx.session.execute(
        statement.on_conflict_do_update(
            constraint="uq_delivery_channel",
            set_={
                "state": new.state,
                "reason": new.reason,
                "attempts": 0,
                "due_at": new.due_at,
                "settled_at": new.settled_at,
            },
            where=delivery.c.state.in_(REVIVABLE),
        )
    )
    if any(planned.state is DeliveryState.QUEUED for planned in plan.deliveries):
        wake(tx)


def add_fallback(tx: Tx, row: Row[Any], channel: Channel, *, instead_of: UUID) -> None:
    """Use the other channel."""
    values = {
        "state": DeliveryState.QUEUED,
        "reason": "fallback",
        "fallback_of": instead_of,
        "attempts": 0,
        "due_at": tx.now,
        "settled_at": None,
    }
    tx.session.execute(
        insert(delivery)
        .values(
            id=new_id(),
            notification_id=row.notification_id,
            channel=channel,
            message_key=message_key(row.event_id, row.recipient, row.template, channel),
            created_at=tx.now,
            **values,
        )
        .on_conflict_do_update(constraint="uq_delivery_channel", set_=values, where=delivery.c.state.in_(REVIVABLE))
    )
    wake(tx)


def wake(tx: Tx) -> None:
    """Tell the senders, with the commit, that there is something to do; once per transaction."""
    if "woken" not in tx.session.info:
        tx.session.info["woken"] = True
        tx.session.execute(text(f"NOTIFY {WAKE}"))


def settle(tx: Tx, notification_id: UUID, state: NotificationState) -> None:
    """Set the state of a notice."""
    tx.session.execute(update(notification).where(notification.c.id == notification_id).values(state=state))


def waiting(
    tx: Tx,
    *,
    person_id: UUID | None = None,
    account_id: UUID | None = None,
    invitation_id: UUID | None = None,
    limit: int | None = None,
) -> list[Row[Any]]:
    """The notices that wait, oldest first: for one person, for people of one account, for one invited address, or all.

    They are locked; those that another transaction works on are left to it.
    """
    statement = select(notification).where(notification.c.state == NotificationState.WAITING)
    if person_id is not None:
        statement = statement.where(notification.c.person_id == person_id)
    if account_id is not None:
        statement = statement.where(notification.c.account_id == account_id, notification.c.person_id.is_(None))
    if invitation_id is not None:
        statement = statement.where(notification.c.invitation_id == invitation_id)
    statement = statement.order_by(notification.c.created_at).limit(limit).with_for_update(skip_locked=True)
    return list(tx.session.execute(statement).all())


def is_waiting(tx: Tx, account_id: UUID, template: str) -> bool:
    """Whether a notice of that kind waits for people of the account."""
    statement = select(notification.c.id).where(
        notification.c.state == NotificationState.WAITING,
        notification.c.person_id.is_(None),
        notification.c.account_id == account_id,
        notification.c.template == template,
    )
    return tx.session.execute(statement).first() is not None


def abandon(tx: Tx, older_than: timedelta) -> int:
    """Give up notices that have waited for so long; returns how many."""
    done = tx.session.execute(
        update(notification)
        .where(
            notification.c.state == NotificationState.WAITING,
            notification.c.created_at <= tx.now - older_than,
        )
        .values(state=NotificationState.ABANDONED, sealed_recipient=None)
        .returning(notification.c.id)
    ).all()
    return len(done)


def suppress(tx: Tx, invitation_id: UUID, templates: Collection[str], reason: str) -> None:
    """Hold back what has not gone out yet about an invitation: its link is dead, or a newer one is on its way."""
    ids = (
        select(notification.c.id)
        .where(notification.c.invitation_id == invitation_id, notification.c.template.in_(templates))
        .scalar_subquery()
    )
    tx.session.execute(
        update(delivery)
        .where(delivery.c.notification_id.in_(ids), delivery.c.state.in_(UNSENT))
        .values(state=DeliveryState.SUPPRESSED, reason=reason, settled_at=tx.now)
    )
    tx.session.execute(
        update(notification)
        .where(notification.c.id.in_(ids), notification.c.state == NotificationState.WAITING)
        .values(state=NotificationState.ABANDONED, sealed_recipient=None)
    )


def forget(tx: Tx, older_than: timedelta, limit: int) -> int:
    """Delete old notices with their deliveries, at most ``limit``; returns how many."""
    old = (
        select(notification.c.id)
        .where(notification.c.created_at < tx.now - older_than)
        .order_by(notification.c.created_at)
        .limit(limit)
        .scalar_subquery()
    )
    gone = tx.session.execute(delete(notification).where(notification.c.id.in_(old)).returning(notification.c.id)).all()
    return len(gone)


def mark_read(tx: Tx, person_id: UUID, notification_id: UUID, *, read: bool) -> bool:
    """Set or remove the read mark; False where the person has no such notice."""
    mark = func.coalesce(notification.c.read_at, tx.now) if read else None
    return (
        tx.session.execute(
            update(notification)
            .where(notification.c.id == notification_id, notification.c.person_id == person_id)
            .values(read_at=mark)
            .returning(notification.c.id)
        ).first()
        is not None
    )


def mark_all_read(tx: Tx, person_id: UUID, until: Any) -> None:
    """Set the read mark on all that the person had at ``until``."""
    tx.session.execute(
        update(notification)
        .where(
            notification.c.person_id == person_id,
            notification.c.created_at <= until,
            notification.c.read_at.is_(None),
        )
        .values(read_at=tx.now)
    )

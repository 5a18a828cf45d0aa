"""What is kept of a person, and how it goes (B-21, J10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, update

from chassis.privacy import rows
from chassis.transaction import Tx
from notify.store.copies import notice_copy
from notify.store.tables import contact, delivery, invitation, membership, notification, preference


def contact_of(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """Which addresses there are; they themselves stand here sealed, and are handed out by identity."""
    shown = [column for column in contact.c if column.name not in {"sealed_contact", "version"}]
    return rows(tx.session.execute(select(*shown).where(contact.c.person_id == person_id)))


def preferences(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """The chosen channels."""
    return rows(
        tx.session.execute(select(preference).where(preference.c.person_id == person_id).order_by(preference.c.subject))
    )


def notices(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """Every notice to the person, with what became of it on each channel."""
    n, d = notification.c, delivery.c
    found = rows(
        tx.session.execute(
            select(n.id, n.template, n.subject, n.account_id, n.object_id, n.state, n.created_at, n.read_at)
            .where(n.person_id == person_id)
            .order_by(n.created_at, n.id)
        )
    )
    of = {notice["id"]: notice | {"deliveries": []} for notice in found}
    sent = select(d.notification_id, d.channel, d.state, d.reason, d.attempts, d.created_at, d.sent_at, d.settled_at)
    for part in rows(tx.session.execute(sent.where(d.notification_id.in_(of)).order_by(d.created_at, d.channel))):
        of[part.pop("notification_id")]["deliveries"].append(part)
    return list(of.values())


def memberships(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """The copies of the person's memberships, which say whom to tell; who granted them is another person."""
    shown = [column for column in membership.c if column.name != "granted_by"]
    found = select(*shown).where(membership.c.person_id == person_id).order_by(membership.c.membership_id)
    return rows(tx.session.execute(found))


def invitations(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """Which invitations the person made or answered; the invited address is another's."""
    i = invitation.c
    found = select(i.invitation_id, i.account_id, (i.inviter_id == person_id).label("made_by_me"), i.changed_at).where(
        or_(i.inviter_id == person_id, i.acceptor_id == person_id)
    )
    return rows(tx.session.execute(found.order_by(i.changed_at, i.invitation_id)))


def copies_of(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """The further addresses that the person has added; masked, for they are others'."""
    shown = [column for column in notice_copy.c if column.name not in {"sealed_address", "token_hash", "added_by"}]
    return rows(
        tx.session.execute(select(*shown).where(notice_copy.c.added_by == person_id).order_by(notice_copy.c.created_at))
    )


def forget(tx: Tx, person_id: UUID, account_ids: Sequence[UUID]) -> dict[str, int]:
    """Delete everything about the person; returns how many rows by table."""
    n = notification.c
    conditions = (
        (contact, contact.c.person_id == person_id),
        (preference, preference.c.person_id == person_id),
        (notification, or_(n.person_id == person_id, and_(n.person_id.is_(None), n.account_id.in_(account_ids)))),
        (membership, membership.c.person_id == person_id),
        (notice_copy, or_(notice_copy.c.added_by == person_id, notice_copy.c.account_id.in_(account_ids))),
    )
    gone = {
        table.name: len(tx.session.execute(delete(table).where(mine).returning(*table.primary_key)).all())
        for table, mine in conditions
    }
    gone["invitation"] = 0
    for column in ("inviter_id", "acceptor_id"):
        changed = update(invitation).where(invitation.c[column] == person_id).values({column: None})
        gone["invitation"] += len(tx.session.execute(changed.returning(invitation.c.invitation_id)).all())
    tx.session.execute(update(membership).where(membership.c.granted_by == person_id).values(granted_by=None))
    return gone

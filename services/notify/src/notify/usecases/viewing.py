"""The in-app list and its read marks: each person sees his own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import Forbidden
from chassis.transaction import Tx
from notify.domain import NotificationNotFound, link_path
from notify.store import notices, pages
from notify.usecases import rendering


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A notice in the list: a title and a link (D26)."""

    id: UUID
    subject: str
    title: str
    link: str
    account_id: UUID | None
    created_at: datetime
    read_at: datetime | None


def list_notifications(tx: Tx, *, unread: bool | None, limit: int, page: int) -> tuple[list[Shown], int]:
    """My notices, newest first, in my language, and how many there are."""
    rows, total = pages.notifications(tx, _person_id(tx), unread=unread, limit=limit, offset=(page - 1) * limit)
    shown = [
        Shown(
            id=row.id,
            subject=row.subject,
            title=rendering.title(row.template, row.template_version, tx.locale),
            link=link_path(row.template, row.object_id, row.account_id),
            account_id=row.account_id,
            created_at=row.created_at,
            read_at=row.read_at,
        )
        for row in rows
    ]
    return shown, total


def mark(tx: Tx, notification_id: UUID, *, read: bool) -> None:
    """Set or remove the read mark; raises ``NotificationNotFound``, also where the notice is somebody else's."""
    if not notices.mark_read(tx, _person_id(tx), notification_id, read=read):
        raise NotificationNotFound


def mark_all(tx: Tx, until: datetime) -> None:
    """Mark as read what the person has seen: all that was made up to ``until``."""
    notices.mark_all_read(tx, _person_id(tx), until)


def _person_id(tx: Tx) -> UUID:
    if tx.principal is None or tx.principal.person_id is None:
        raise Forbidden
    return tx.principal.person_id

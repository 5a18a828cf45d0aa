"""What customer service makes of a power of attorney: the administrator is told where the form says (T40, D13)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.transaction import Tx
from notify.domain import Channel
from notify.store.notices import Notice
from notify.usecases import telling

TEMPLATES = {
    "submitted": "power-received",
    "approved": "power-approved",
    "rejected": "power-rejected",
    "needs-completion": "power-completion",
}


@dataclass(frozen=True, kw_only=True)
class TellAdministrator:
    """What has happened, and the sealed address that the administrator gave; why stands in the portal (D26)."""

    event_id: UUID
    power_id: UUID
    person_id: UUID
    what: str
    """``submitted``, or the outcome of the review."""
    sealed_recipient: str
    locale: str


def tell_administrator(tx: Tx, cmd: TellAdministrator) -> None:
    """Mail the address of the form and no other; the notice is in the person's list too."""
    telling.tell(
        tx,
        Notice(
            event_id=cmd.event_id,
            template=TEMPLATES[cmd.what],
            person_id=cmd.person_id,
            object_id=cmd.power_id,
            channel=Channel.EMAIL,
            sealed_recipient=cmd.sealed_recipient,
            locale=cmd.locale,
        ),
    )

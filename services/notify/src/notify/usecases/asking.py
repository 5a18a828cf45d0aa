"""Somebody asks to be let in to an account (FC16): those who may answer are told."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.transaction import Tx
from notify.store import people
from notify.store.notices import Notice
from notify.usecases import telling


@dataclass(frozen=True, kw_only=True)
class AskForDecision:
    """Who it is and what is written stands in the portal, not in a mail (D26)."""

    event_id: UUID
    account_id: UUID
    access_request_id: UUID


def ask_for_decision(tx: Tx, cmd: AskForDecision) -> None:
    """Tell owner and signatories: they alone may answer, delegates see whom they invited (T50)."""
    holders = sorted(people.people_of(tx, cmd.account_id, holders=True))
    telling.tell(
        tx,
        *(
            Notice(
                event_id=cmd.event_id,
                template="access-request-received",
                person_id=holder,
                account_id=cmd.account_id,
                object_id=cmd.access_request_id,
            )
            for holder in holders
        ),
    )

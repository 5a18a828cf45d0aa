"""Adding what the services tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from activity.domain import instant
from activity.store import ledger
from chassis.transaction import Tx
from contracts.activities import ActivityRecorded

MONTHS_AHEAD = 2


@dataclass(frozen=True, kw_only=True)
class Append:
    """One act, the service that told it, and when it happened (the clock of that service's database)."""

    event: ActivityRecorded
    service: str
    at: datetime


def canonical(cmd: Append) -> bytes:
    """The bytes that are hashed: JSON with sorted names, UTF-8, no spaces. Stored as they are."""
    fields: dict[str, Any] = msgspec.to_builtins(cmd.event)
    return msgspec.json.encode(fields | {"service": cmd.service, "at": instant(cmd.at)}, order="sorted")


def append(tx: Tx, cmd: Append) -> None:
    """Put it at the end of the chain of its account; of its person where no account was acted for."""
    event = cmd.event
    chain_id = event.account_id or event.about_person_id or event.person_id
    if chain_id is None:
        message = "an act of nobody for nobody"
        raise ValueError(message)
    ledger.append(
        tx,
        chain_id=chain_id,
        activity_id=event.activity_id,
        at=cmd.at,
        person_id=event.person_id,
        account_id=event.account_id,
        about_person_id=event.about_person_id,
        body=canonical(cmd),
    )


def make_months(tx: Tx) -> int:
    """Make this month's partition and the next ones, where they are missing; how many were."""
    days = (tx.now.date() + timedelta(days=31 * ahead) for ahead in range(MONTHS_AHEAD + 1))
    return sum(ledger.make_month(tx, day) for day in days)

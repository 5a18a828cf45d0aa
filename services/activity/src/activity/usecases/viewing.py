"""Reading the log: one's own acts, and those for an account (FJ6, FC19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from activity.domain import SUPPORT_NAME
from activity.store import pages
from activity.usecases import naming
from activity.usecases.naming import Unseal
from chassis.errors import Forbidden
from chassis.transaction import Principal, Tx

DELEGATE = "delegate"
STAFF = frozenset({"support", "staff"})


@dataclass(frozen=True, kw_only=True)
class ListActivities:
    """Which of them: from an instant, until before another one, newest first."""

    limit: int
    page: int
    after: datetime | None = None
    before: datetime | None = None

    def window(self) -> dict[str, Any]:
        """For the store."""
        return {
            "after": self.after,
            "before": self.before,
            "limit": self.limit,
            "offset": (self.page - 1) * self.limit,
        }


@dataclass(frozen=True, kw_only=True)
class Told:
    """Who it was, as the reader may know it."""

    kind: str
    name: str | None


@dataclass(frozen=True, kw_only=True)
class Activity:
    """One act, in the reader's language."""

    id: UUID
    at: datetime
    actor: Told
    account_id: UUID | None
    service: str
    action: str
    text: str
    reason: str | None


def list_own(tx: Tx, cmd: ListActivities, unseal: Unseal | None) -> tuple[list[Activity], int]:
    """What the person did, whatever account it was for, and what was done to the person."""
    person_id = _person(tx.principal)
    rows, total = pages.of_person(tx, person_id, **cmd.window())
    return _views(tx, rows, person_id, unseal), total


def list_of_account(tx: Tx, cmd: ListActivities, unseal: Unseal | None) -> tuple[list[Activity], int]:
    """What was done for the account: everything for its owner and signatories, their own acts for delegates."""
    rows, total = _of_account(tx, cmd)
    return _views(tx, rows, _person(tx.principal), unseal), total


def _of_account(tx: Tx, cmd: ListActivities) -> tuple[Sequence[Any], int]:
    principal = tx.principal
    if principal is None or principal.account_id is None:
        raise Forbidden
    by = principal.person_id if principal.role == DELEGATE else None
    return pages.of_account(tx, principal.account_id, by=by, **cmd.window())


def _views(tx: Tx, rows: Sequence[Any], reader: UUID, unseal: Unseal | None) -> list[Activity]:
    told = [(row.at, msgspec.json.decode(bytes(row.body))) for row in rows]
    others = {UUID(body["person_id"]) for _, body in told if _is_member(body, reader)}
    names = naming.names_of(tx, others, unseal)
    return [
        Activity(
            id=UUID(body["activity_id"]),
            at=at,
            actor=_actor(body, reader, names, tx.locale),
            account_id=UUID(body["account_id"]) if body["account_id"] else None,
            service=body["service"],
            action=body["action"],
            text=body[f"text_{tx.locale}"],
            reason=body["reason"],
        )
        for at, body in told
    ]


def _is_member(body: dict[str, Any], reader: UUID) -> bool:
    return body["person_id"] not in {None, str(reader)} and body["actor"] not in STAFF


def _actor(body: dict[str, Any], reader: UUID, names: Mapping[UUID, str], locale: str) -> Told:
    if body["person_id"] is None:
        return Told(kind="system", name=None)
    if body["person_id"] == str(reader):
        return Told(kind="me", name=None)
    if body["actor"] in STAFF:
        return Told(kind="support", name=SUPPORT_NAME[locale])
    return Told(kind="member", name=names.get(UUID(body["person_id"])))


def _person(principal: Principal | None) -> UUID:
    if principal is None or principal.person_id is None:
        raise Forbidden
    return principal.person_id

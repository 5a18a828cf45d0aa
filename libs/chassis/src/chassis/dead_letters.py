"""Dead letters: what could not be handled, kept until somebody has looked at it.

A replay takes the same way as the delivery did (checks, inbox, handler) and settles the letter in the same
transaction: it has its effect exactly once. A discarded letter stays for 30 days with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import handling
from chassis.errors import Conflict, NotFound
from chassis.handling import Progress, Refused
from chassis.inbox import Delivery
from chassis.subscriptions import Subscriptions
from chassis.transaction import Database, Principal, Tx


class NoSuchDeadLetter(NotFound):
    """There is no dead letter with that id."""

    code = "no-such-dead-letter"
    sv = ("Finns inte", "Det finns inget olevererat meddelande med det id:t.")
    en = ("Not found", "There is no dead letter with that id.")


class AlreadySettled(Conflict):
    """It was replayed or discarded before."""

    code = "dead-letter-already-settled"
    sv = ("Redan hanterat", "Meddelandet är redan behandlat på nytt eller avskrivet.")
    en = ("Already settled", "The message has already been replayed or discarded.")


class StillRefused(Conflict):
    """It is refused again, for the same or another reason."""

    code = "dead-letter-still-refused"
    sv = ("Kan fortfarande inte tas emot", "Meddelandet avvisas igen: {reason}.")
    en = ("Still refused", "The message is refused again: {reason}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A dead letter without its content: content may be personal, see ``show``."""

    id: UUID
    event_id: UUID | None
    type: str | None
    sender: str | None
    error: str
    stack_hash: str
    attempts: int
    created_at: datetime
    settled_at: datetime | None
    outcome: str | None
    reason: str | None


_COLUMNS = "id, event_id, type, sender, error, stack_hash, attempts, created_at, settled_at, outcome, reason"


def listing(database: Database, *, settled: bool = False, limit: int = 100) -> list[DeadLetter]:
    """The open (or the settled) dead letters, oldest first."""
    state = "IS NOT NULL" if settled else "IS NULL"
    with database.read() as tx:
        rows = tx.session.connection().exec_driver_sql(
            f"SELECT {_COLUMNS} FROM dead_letter WHERE settled_at {state} ORDER BY created_at, id LIMIT %s",  # noqa: S608
            (limit,),
        )
        return [DeadLetter(**row) for row in rows.mappings()]


def show(database: Database, letter_id: UUID) -> tuple[DeadLetter, dict[str, Any], bytes]:
    """One dead letter with its headers and body; raises ``NoSuchDeadLetter``. The body may be personal."""
    with database.read() as tx:
        row = _one(tx, letter_id, f"{_COLUMNS}, headers, body")
    headers, body = row.pop("headers"), bytes(row.pop("body"))
    return DeadLetter(**row), headers, body


def replay(database: Database, subscriptions: Subscriptions, letter_id: UUID, *, trust_sender: bool = False) -> bool:
    """Handle a dead letter now; returns False where its event had been applied in the meantime.

    Raises ``NoSuchDeadLetter``, ``AlreadySettled``, ``StillRefused``, or what the handler raises; the letter stays.
    """
    with database.transaction(principal=Principal(service=database.settings.service)) as tx:
        row = _open(tx, letter_id)
        delivery = Delivery(
            tag=0,
            body=bytes(row["body"]),
            headers=row["headers"],
            routing_key=row["type"] or "",
            sender=row["sender"],
            redelivered=False,
        )
        try:
            work = handling.understand(delivery, subscriptions, trust_sender=trust_sender)
        except Refused as refused:
            raise StillRefused(reason=str(refused)) from refused
        known = (
            tx.session.connection()
            .exec_driver_sql("SELECT 1 FROM inbox WHERE event_id = %s", (work.envelope.id,))
            .scalar()
        )
        if handling.apply(tx, [work], Progress()):
            raise StillRefused(reason="id-reused")
        _settle(tx, letter_id, "replayed", None)
    return not known


def discard(database: Database, letter_id: UUID, reason: str) -> None:
    """Settle a dead letter without handling it; ``reason`` is kept. Raises as ``replay``, ``ValueError`` if empty."""
    if not reason.strip():
        message = "say why it is discarded"
        raise ValueError(message)
    with database.transaction() as tx:
        _open(tx, letter_id)
        _settle(tx, letter_id, "discarded", reason)


def _one(tx: Tx, letter_id: UUID, columns: str, lock: str = "") -> dict[str, Any]:
    query = f"SELECT {columns} FROM dead_letter WHERE id = %s {lock}"  # noqa: S608 - our own names
    row = tx.session.connection().exec_driver_sql(query, (letter_id,)).mappings().first()
    if row is None:
        raise NoSuchDeadLetter
    return dict(row)


def _open(tx: Tx, letter_id: UUID) -> dict[str, Any]:
    row = _one(tx, letter_id, "type, sender, headers, body, settled_at", "FOR UPDATE")
    if row["settled_at"] is not None:
        raise AlreadySettled
    return row


def _settle(tx: Tx, letter_id: UUID, outcome: str, reason: str | None) -> None:
    tx.session.connection().exec_driver_sql(
        "UPDATE dead_letter SET settled_at = clock_timestamp(), outcome = %s, reason = %s WHERE id = %s",
        (outcome, reason, letter_id),
    )

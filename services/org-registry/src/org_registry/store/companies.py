"""Organisations, confirmations of joint signatories, evidence, and the count of tries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, exists, func, select, text
from sqlalchemy.dialects.postgresql import insert

from chassis.ids import new_id
from chassis.transaction import Tx
from org_registry.domain.access import AccountStatus
from org_registry.domain.numbers import ProtectedNumber
from org_registry.store.tables import (
    accounts,
    attempts,
    checks,
    confirmations,
    customers,
    memberships,
    network_attempts,
    organisations,
)

TRIES, WINDOW = 10, timedelta(hours=1)
"""C30: tries per person, in any stretch of time as long as this."""

_COUNT = """
    INSERT INTO {table} AS known ({key}, tried_at) VALUES (:key, ARRAY[now()])
    ON CONFLICT ({key}) DO UPDATE SET tried_at = ARRAY(
        SELECT tried FROM unnest(known.tried_at) AS tried WHERE tried > now() - :window
    ) || now()
    WHERE (SELECT count(*) FROM unnest(known.tried_at) AS tried WHERE tried > now() - :window) < :tries
    RETURNING 1
    """
_TRY = text(_COUNT.format(table="company_attempt", key="person_id"))
_TRY_OF_NETWORK = text(_COUNT.format(table="company_attempt_network", key="network"))
_FORGET = "DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM unnest(tried_at) AS tried WHERE tried > now() - :window)"


def lock_organisation(tx: Tx, number: ProtectedNumber) -> UUID:
    """The organisation's id, made where it is new, locked."""
    mine = insert(organisations).values(id=new_id(), number_index=number.index, number_sealed=number.sealed)
    present = select(organisations.c.id).where(organisations.c.number_index == number.index)
    while True:
        tx.session.execute(mine.on_conflict_do_nothing(index_elements=[organisations.c.number_index]))
        found: UUID | None = tx.session.execute(present.with_for_update(key_share=True)).scalar_one_or_none()
        if found is not None:
            return found
        # It was there, and the job that drops what never opened has just taken it away: the next insert succeeds.


def count_try(tx: Tx, person_id: UUID) -> bool:
    """Count one more try; False (and nothing counted) where the last hour holds ten."""
    return (
        tx.session.execute(_TRY, {"key": person_id, "window": WINDOW, "tries": TRIES}).scalar_one_or_none() is not None
    )


def count_try_of_network(tx: Tx, network: bytes, *, tries: int) -> bool:
    """The same for everybody behind one address, under its keyed hash: who has many people to try with has one line."""
    values = {"key": network, "window": WINDOW, "tries": tries}
    return tx.session.execute(_TRY_OF_NETWORK, values).scalar_one_or_none() is not None


def seconds_to_next_try(tx: Tx, person_id: UUID) -> int:
    """How long the person has to wait, at least a second."""
    return _wait(tx, select(attempts.c.tried_at).where(attempts.c.person_id == person_id))


def seconds_to_next_try_of_network(tx: Tx, network: bytes) -> int:
    """How long everybody behind the address has to wait."""
    return _wait(tx, select(network_attempts.c.tried_at).where(network_attempts.c.network == network))


def _wait(tx: Tx, query: Select[Any]) -> int:
    tried: list[datetime] = tx.session.execute(query).scalar_one()
    return max(1, int((min(tried) + WINDOW - tx.now).total_seconds()) + 1)


def forget_tries(tx: Tx) -> int:
    """Drop the counters that no longer count; returns how many."""
    return sum(
        int(getattr(tx.session.execute(text(_FORGET.format(table=table)), {"window": WINDOW}), "rowcount", 0))
        for table in (attempts.name, network_attempts.name)
    )


def add_check(tx: Tx, **values: object) -> None:
    """Keep the evidence of one answer of the register."""
    tx.session.execute(insert(checks).values(**values))


def confirm(
    tx: Tx, account_id: UUID, person_id: UUID, combinations: Iterable[bytes], *, now: datetime, expires_at: datetime
) -> None:
    """Note that the person has confirmed for these combinations; one that still counts keeps its time."""
    statement = insert(confirmations).values(
        [
            {
                "account_id": account_id,
                "person_id": person_id,
                "combination": combination,
                "confirmed_at": now,
                "expires_at": expires_at,
            }
            for combination in combinations
        ]
    )
    tx.session.execute(
        statement.on_conflict_do_update(
            constraint="pk_signing_confirmation",
            set_={"confirmed_at": now, "expires_at": expires_at},
            where=confirmations.c.expires_at <= now,
        )
    )


def confirmed(
    tx: Tx, account_id: UUID, combinations: Iterable[bytes], *, now: datetime
) -> Sequence[tuple[bytes, UUID, datetime]]:
    """Who has confirmed for each of the combinations, and until when that counts."""
    rows = tx.session.execute(
        select(confirmations.c.combination, confirmations.c.person_id, confirmations.c.expires_at).where(
            confirmations.c.account_id == account_id,
            confirmations.c.combination.in_(list(combinations)),
            confirmations.c.expires_at > now,
        )
    ).all()
    return [(bytes(row.combination), row.person_id, row.expires_at) for row in rows]


def is_waiting(tx: Tx, person_id: UUID) -> bool:
    """Whether a confirmation of the person waits for others; one that has given a membership does not."""
    return bool(
        tx.session.execute(
            select(
                exists().where(
                    confirmations.c.person_id == person_id,
                    confirmations.c.expires_at > func.now(),
                    ~exists().where(
                        memberships.c.account_id == confirmations.c.account_id,
                        memberships.c.person_id == confirmations.c.person_id,
                    ),
                )
            )
        ).scalar_one()
    )


def drop_lapsed(tx: Tx) -> int:
    """Remove confirmations that were not answered in time, and what only existed for them (D10).

    Returns the number of accounts that never opened.
    """
    tx.session.execute(delete(confirmations).where(confirmations.c.expires_at <= func.now()))
    unconfirmed = ~exists().where(confirmations.c.account_id == accounts.c.id)
    waiting = accounts.c.status == AccountStatus.WAITING_COSIGNATORY
    # Under the lock of the organisation nobody confirms meanwhile; the second look is a new statement, so it sees all.
    locked = tx.session.scalars(
        select(organisations.c.id)
        .join(accounts, accounts.c.organisation_id == organisations.c.id)
        .where(waiting, unconfirmed)
        .with_for_update(of=organisations, skip_locked=True)
    ).all()
    gone = tx.session.scalars(
        delete(accounts)
        .where(accounts.c.organisation_id.in_(locked), waiting, unconfirmed)
        .returning(accounts.c.organisation_id)
    ).all()
    tx.session.execute(
        delete(organisations).where(
            organisations.c.id.in_(gone), ~exists().where(customers.c.organisation_id == organisations.c.id)
        )
    )
    return len(gone)

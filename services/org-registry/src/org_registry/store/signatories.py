"""What the register last said of each signatory, and when it is to be asked again (D12)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    Uuid,
    and_,
    delete,
    exists,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from chassis.transaction import Tx
from org_registry.domain.signatories import RightStatus, Standing
from org_registry.store.tables import METADATA, accounts, confirmations, organisations

INSTANT = DateTime(timezone=True)

rights = Table(
    "signatory_right",
    METADATA,
    Column("account_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("number_sealed", LargeBinary, nullable=False),
    Column("standing", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("checked_at", INSTANT, nullable=False),
    Column("next_check_at", INSTANT, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("lost_at", INSTANT),
)


def _mine(account_id: UUID, person_id: UUID) -> Any:
    return and_(rights.c.account_id == account_id, rights.c.person_id == person_id)


def note_answer(
    tx: Tx, account_id: UUID, person_id: UUID, number_sealed: bytes, *, standing: Standing, next_check_at: datetime
) -> None:
    """Keep what the register has just said of somebody who asked; his status stays, or is waiting."""
    statement = insert(rights).values(
        account_id=account_id,
        person_id=person_id,
        number_sealed=number_sealed,
        standing=standing.value,
        status=RightStatus.WAITING.value,
        checked_at=tx.now,
        next_check_at=next_check_at,
        failures=0,
    )
    again = ("number_sealed", "standing", "checked_at", "next_check_at", "failures")
    tx.session.execute(
        statement.on_conflict_do_update(
            constraint="pk_signatory_right", set_={name: statement.excluded[name] for name in again}
        )
    )


def hold(tx: Tx, account_id: UUID, people: Collection[UUID]) -> None:
    """They are signatories of the account by the register."""
    tx.session.execute(
        update(rights)
        .where(rights.c.account_id == account_id, rights.c.person_id.in_(people))
        .values(status=RightStatus.HELD.value, lost_at=None)
    )


def claim_due(tx: Tx, *, limit: int, lease: timedelta) -> Sequence[Any]:
    """Rights that are to be asked about now, longest overdue first; nobody else gets them within ``lease``."""
    due = (
        select(rights.c.account_id, rights.c.person_id)
        .where(rights.c.status != RightStatus.WAITING.value, rights.c.next_check_at <= func.now())
        .order_by(rights.c.next_check_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys = tx.session.execute(due).all()
    if not keys:
        return []
    place = tuple_(rights.c.account_id, rights.c.person_id)
    tx.session.execute(update(rights).where(place.in_(keys)).values(next_check_at=tx.now + lease))
    return tx.session.execute(
        select(*rights.c, organisations.c.number_index, organisations.c.number_sealed.label("organisation_sealed"))
        .join(accounts, accounts.c.id == rights.c.account_id)
        .join(organisations, organisations.c.id == accounts.c.organisation_id)
        .where(place.in_(keys))
        .order_by(rights.c.account_id, rights.c.person_id)
    ).all()


def able(tx: Tx, account_id: UUID) -> Sequence[Any]:
    """Everybody of whom the register last said that he may sign, alone or with others, confirmed for this account."""
    return tx.session.execute(
        select(rights.c.person_id, rights.c.number_sealed).where(
            rights.c.account_id == account_id,
            rights.c.status != RightStatus.WAITING.value,
            rights.c.standing != Standing.NONE.value,
        )
    ).all()


def lock(tx: Tx, account_id: UUID, person_id: UUID) -> Row[Any] | None:
    """One right, locked; None where it is not looked after any more."""
    return tx.session.execute(select(*rights.c).where(_mine(account_id, person_id)).with_for_update()).one_or_none()


def note_recheck(
    tx: Tx,
    account_id: UUID,
    person_id: UUID,
    *,
    standing: Standing,
    status: RightStatus,
    lost_at: datetime | None,
    next_check_at: datetime,
) -> None:
    """Keep what the register has said now."""
    tx.session.execute(
        update(rights)
        .where(_mine(account_id, person_id))
        .values(
            standing=standing.value,
            status=status.value,
            lost_at=lost_at,
            checked_at=tx.now,
            next_check_at=next_check_at,
            failures=0,
        )
    )


def postpone(tx: Tx, account_id: UUID, person_id: UUID, *, next_check_at: datetime, failures: int) -> None:
    """The register did not answer: ask again then. Nothing else changes."""
    tx.session.execute(
        update(rights).where(_mine(account_id, person_id)).values(next_check_at=next_check_at, failures=failures)
    )


def wake_others(tx: Tx, account_id: UUID, person_id: UUID) -> None:
    """Somebody of the account can sign, or cannot any more: whoever signs together with others is asked about now."""
    tx.session.execute(
        update(rights)
        .where(
            rights.c.account_id == account_id,
            rights.c.person_id != person_id,
            rights.c.status != RightStatus.WAITING.value,
            rights.c.standing == Standing.TOGETHER.value,
        )
        .values(next_check_at=func.now())
    )


def forget(tx: Tx, account_id: UUID, person_id: UUID) -> None:
    """Drop a right that nobody needs to ask about any more, and the sealed number with it."""
    tx.session.execute(delete(rights).where(_mine(account_id, person_id)))


def forget_unconfirmed(tx: Tx) -> int:
    """Drop those that only waited for a co-signatory who did not come (D10); returns how many."""
    waits = exists().where(
        confirmations.c.account_id == rights.c.account_id, confirmations.c.person_id == rights.c.person_id
    )
    gone = tx.session.execute(
        delete(rights).where(rights.c.status == RightStatus.WAITING.value, ~waits).returning(rights.c.person_id)
    )
    return len(gone.all())

"""Further addresses of accounts. The address stands here sealed for this service, and goes when the copies end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    DateTime,
    LargeBinary,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)

from chassis.transaction import Tx
from notify.store.tables import METADATA

Instant = DateTime(timezone=True)

notice_copy = Table(
    "notice_copy",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("added_by", Uuid, nullable=False),
    Column("address_masked", Text, nullable=False),
    Column("sealed_address", Text),
    Column("subjects", ARRAY(Text), nullable=False),
    Column("locale", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("confirmed_at", Instant),
    Column("stopped_at", Instant),
)
C = notice_copy.c


def _alive() -> ColumnElement[bool]:
    return and_(C.stopped_at.is_(None), or_(C.confirmed_at.is_not(None), C.expires_at > func.now()))


def lock(tx: Tx, account_id: UUID) -> None:
    """One at a time adds to an account: the limits hold."""
    tx.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"copy:{account_id}"})


def counted(tx: Tx, account_id: UUID, within: timedelta) -> tuple[int, int]:
    """How many addresses the account has, and how many were added ``within``."""
    row = tx.session.execute(
        select(
            func.count().filter(_alive()).label("alive"),
            func.count().filter(C.created_at > func.now() - within).label("added"),
        ).where(C.account_id == account_id)
    ).one()
    return row.alive, row.added


def add(tx: Tx, **values: object) -> None:
    """Keep a new one, which waits for its own yes."""
    tx.session.execute(insert(notice_copy).values(**values))


def of_account(tx: Tx, account_id: UUID) -> Sequence[Any]:
    """Those that get copies or wait for their yes, oldest first."""
    return tx.session.execute(select(*C).where(C.account_id == account_id, _alive()).order_by(C.created_at, C.id)).all()


def by_token(tx: Tx, token_hash: bytes) -> Any | None:
    """The one that a link was sent to, locked, with whether it still counts."""
    return tx.session.execute(
        select(*C, _alive().label("alive")).where(C.token_hash == token_hash).with_for_update()
    ).one_or_none()


def confirm(tx: Tx, copy_id: UUID) -> None:
    """The address has said yes."""
    tx.session.execute(
        update(notice_copy).where(C.id == copy_id, C.confirmed_at.is_(None)).values(confirmed_at=func.now())
    )


def stop(tx: Tx, *conditions: ColumnElement[bool]) -> int:
    """End copies, and forget the addresses; returns how many."""
    gone = tx.session.execute(
        update(notice_copy)
        .where(C.stopped_at.is_(None), *conditions)
        .values(stopped_at=func.now(), sealed_address=None)
        .returning(C.id)
    )
    return len(gone.all())


def stop_one(tx: Tx, copy_id: UUID, account_id: UUID | None = None) -> bool:
    """End one; of this account, where it is given."""
    mine = () if account_id is None else (C.account_id == account_id,)
    return stop(tx, C.id == copy_id, *mine) > 0


def stop_of(tx: Tx, account_id: UUID, person_id: UUID) -> int:
    """End those that a person has added to an account."""
    return stop(tx, C.account_id == account_id, C.added_by == person_id)


def forget_unconfirmed(tx: Tx) -> int:
    """End those that never said yes."""
    return stop(tx, C.confirmed_at.is_(None), C.expires_at <= func.now())


def wanted(tx: Tx, account_id: UUID, subject: str) -> Sequence[Any]:
    """The addresses that get copies of this subject."""
    return tx.session.execute(
        select(C.id, C.sealed_address, C.locale).where(
            C.account_id == account_id,
            C.stopped_at.is_(None),
            C.confirmed_at.is_not(None),
            literal(subject) == any_(C.subjects),
        )
    ).all()

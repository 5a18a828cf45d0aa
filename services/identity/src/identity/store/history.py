"""Statements on the login history (A11)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.transaction import Tx
from identity.domain.devices import DeviceKind
from identity.domain.history import LoginRecord, LoginResult
from identity.store.tables import login_record


def add(
    tx: Tx,
    *,
    login_id: UUID,
    person_id: UUID,
    result: LoginResult,
    bankid_device: str,
    device_hash: str | None,
    kind: DeviceKind,
    method: str,
) -> None:
    """Note that BankID has named the person; once per login."""
    tx.session.execute(
        sa.insert(login_record).values(
            id=login_id,
            person_id=person_id,
            result=result,
            bankid_device=bankid_device,
            device_hash=device_hash,
            browser=kind.browser,
            system=kind.system,
            method=method,
            identified_at=sa.func.now(),
        )
    )


def device_is_new(tx: Tx, person_id: UUID, device_hash: str | None) -> bool:
    """Whether the person has logged in before, and never in this browser. Only while the person's row is held."""
    mine = sa.and_(login_record.c.person_id == person_id, login_record.c.result == LoginResult.LOGGED_IN)
    here = login_record.c.device_hash == device_hash
    statement = sa.select(sa.exists().where(mine), sa.exists().where(mine, here))
    before, known = tx.session.execute(statement).one()
    return bool(before and not known)


def completed(tx: Tx, login_id: UUID) -> None:
    """The browser has got its session."""
    tx.session.execute(
        sa.update(login_record).where(login_record.c.id == login_id).values(result=LoginResult.LOGGED_IN)
    )


def of_person(tx: Tx, person_id: UUID, *, limit: int, page: int) -> tuple[list[LoginRecord], int]:
    """A page, the newest first, and how many there are in all."""
    mine = login_record.c.person_id == person_id
    statement = (
        sa.select(
            login_record.c.id,
            login_record.c.result,
            login_record.c.bankid_device,
            login_record.c.method,
            login_record.c.browser,
            login_record.c.system,
            login_record.c.identified_at,
        )
        .where(mine)
        .order_by(login_record.c.identified_at.desc(), login_record.c.id.desc())
        .limit(limit)
        .offset((page - 1) * limit)
    )
    total = tx.session.execute(sa.select(sa.func.count()).select_from(login_record).where(mine)).scalar_one()
    return [LoginRecord(**row._mapping) for row in tx.session.execute(statement)], total  # noqa: SLF001 - public name


def delete_older_than(tx: Tx, months: int) -> int:
    """Remove what is older than so many calendar months."""
    limit = sa.func.now() - sa.func.make_interval(0, months)
    result: Any = tx.session.execute(sa.delete(login_record).where(login_record.c.identified_at < limit))
    count: int = result.rowcount
    return count

"""Statements on sessions."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.transaction import Tx
from contracts.fields import PROTECTED_NAME
from identity.domain.devices import DeviceKind
from identity.domain.sessions import ABSOLUTE, IDLE, MOST_AT_ONCE, TOUCH_EVERY, OpenSession, Session
from identity.store.tables import person, session

COLUMNS = (
    session.c.id,
    session.c.person_id,
    session.c.account_id,
    session.c.account_role,
    session.c.last_seen_at,
    session.c.expires_at,
    person.c.name,
    person.c.birth_year,
    person.c.locale,
    person.c.staff,
    person.c.personal_number_sealed,
    person.c.registered_at.is_not(None).label("registered"),
)


def _open() -> sa.ColumnElement[bool]:
    return sa.and_(
        session.c.ended_at.is_(None),
        session.c.expires_at > sa.func.now(),
        session.c.last_seen_at > sa.func.now() - IDLE,
    )


def _session(row: Any) -> Session | None:
    return Session(**row._mapping) if row is not None else None  # noqa: SLF001 - SQLAlchemy's public name for it


def begin(  # noqa: PLR0913 - the columns of one row
    tx: Tx,
    *,
    session_id: UUID,
    token_hash: bytes,
    person_id: UUID,
    device_hash: str | None = None,
    kind: DeviceKind | None = None,
    account_id: UUID | None = None,
    account_role: str | None = None,
    continues: UUID | None = None,
) -> None:
    """Open a session; one that ``continues`` another keeps its device, its login and its absolute end."""
    now = sa.func.now()
    values: dict[str, Any] = {
        "authenticated_at": now,
        "expires_at": now + ABSOLUTE,
        "device_hash": device_hash,
        "browser": kind and kind.browser,
        "system": kind and kind.system,
    }
    if continues is not None:
        for name in values:
            values[name] = sa.select(session.c[name]).where(session.c.id == continues).scalar_subquery()
    tx.session.execute(
        sa.insert(session).values(
            id=session_id,
            token_hash=token_hash,
            person_id=person_id,
            account_id=account_id,
            account_role=account_role,
            last_seen_at=now,
            **values,
        )
    )


def hold(tx: Tx, person_id: UUID) -> None:
    """One at a time opens, rotates or ends the person's sessions.

    Without it two logins could both count four (C19), and a session that is just being rotated could slip through
    "log out everywhere". Before anything else that locks: whoever has a session row waits for nobody.
    """
    tx.session.execute(sa.select(person.c.id).where(person.c.id == person_id).with_for_update())


def end_beyond_limit(tx: Tx, person_id: UUID) -> None:
    """End the sessions unused longest, so that a new one fits (C19). Only between ``hold`` and the commit."""
    keep = (
        sa.select(session.c.id)
        .where(session.c.person_id == person_id, _open())
        .order_by(session.c.last_seen_at.desc(), session.c.id.desc())
        .offset(MOST_AT_ONCE - 1)
    )
    tx.session.execute(
        sa.update(session).where(session.c.id.in_(keep)).values(ended_at=sa.func.now(), end_reason="limit")
    )


def end(tx: Tx, session_id: UUID, person_id: UUID, reason: str) -> bool:
    """End an open session of this person; False where it was not open, or is another's."""
    statement = (
        sa.update(session)
        .where(session.c.id == session_id, session.c.person_id == person_id, _open())
        .values(ended_at=sa.func.now(), end_reason=reason)
        .returning(session.c.id)
    )
    return tx.session.execute(statement).one_or_none() is not None


def end_all(tx: Tx, person_id: UUID, reason: str, *, but: UUID | None) -> int:
    """End the person's open sessions, all ``but`` one; returns how many. Only between ``hold`` and the commit."""
    statement = (
        sa.update(session)
        .where(session.c.person_id == person_id, _open())
        .values(ended_at=sa.func.now(), end_reason=reason)
    )
    result: Any = tx.session.execute(statement if but is None else statement.where(session.c.id != but))
    count: int = result.rowcount
    return count


def of_person(tx: Tx, person_id: UUID) -> list[OpenSession]:
    """The person's open sessions, the one used last first."""
    statement = (
        sa.select(*(session.c[spec.name] for spec in fields(OpenSession)))
        .where(session.c.person_id == person_id, _open())
        .order_by(session.c.last_seen_at.desc(), session.c.id.desc())
    )
    return [OpenSession(**row._mapping) for row in tx.session.execute(statement)]  # noqa: SLF001 - public name


def end_by_token(tx: Tx, token_hash: bytes, reason: str) -> None:
    """End the session that a cookie stands for, if it is open."""
    tx.session.execute(
        sa.update(session)
        .where(session.c.token_hash == token_hash, session.c.ended_at.is_(None))
        .values(ended_at=sa.func.now(), end_reason=reason)
    )


def get(tx: Tx, session_id: UUID, token_hash: bytes) -> Session | None:
    """The open session with this id and cookie."""
    statement = (
        sa.select(*COLUMNS)
        .join(person, person.c.id == session.c.person_id)
        .where(session.c.id == session_id, session.c.token_hash == token_hash, _open())
    )
    return _session(tx.session.execute(statement).one_or_none())


def authenticated_at(tx: Tx, session_id: UUID, person_id: UUID) -> datetime | None:
    """When BankID was used for this open session; None where it is not open, or another's."""
    statement = sa.select(session.c.authenticated_at).where(
        session.c.id == session_id, session.c.person_id == person_id, _open()
    )
    return tx.session.execute(statement).scalar_one_or_none()


def extend(tx: Tx, session_id: UUID, token_hash: bytes) -> bool:
    """A person's act: the idle time starts anew."""
    statement = (
        sa.update(session)
        .where(session.c.id == session_id, session.c.token_hash == token_hash, _open())
        .values(last_seen_at=sa.func.now())
        .returning(session.c.id)
    )
    return tx.session.execute(statement).one_or_none() is not None


# One statement on the path of every request. The update's condition is on the row itself, so that it is checked
# again after a wait; a background request makes it false and nothing is written.
RESOLVE = sa.text(
    """
    WITH touched AS (
        UPDATE session SET last_seen_at = now()
        WHERE token_hash = :token_hash AND ended_at IS NULL AND expires_at > now()
          AND last_seen_at > now() - CAST(:idle AS interval)
          AND NOT :background AND last_seen_at <= now() - CAST(:touch AS interval)
        RETURNING id, last_seen_at
    )
    SELECT s.id, s.person_id, s.account_id, s.expires_at,
           coalesce((SELECT t.last_seen_at FROM touched t WHERE t.id = s.id), s.last_seen_at) AS last_seen_at,
           CASE WHEN p.protected_identity THEN :protected_name ELSE p.name END AS name,
           p.birth_year, p.locale, p.staff, p.personal_number_sealed,
           p.registered_at IS NOT NULL AS registered
    FROM session s JOIN person p ON p.id = s.person_id
    WHERE s.token_hash = :token_hash AND s.ended_at IS NULL AND s.expires_at > now()
      AND s.last_seen_at > now() - CAST(:idle AS interval)
    """
)


def resolve(tx: Tx, token_hash: bytes, *, background: bool) -> Session | None:
    """The open session behind a cookie, in one statement; extends it unless ``background``."""
    row = tx.session.execute(
        RESOLVE,
        {
            "token_hash": token_hash,
            "background": background,
            "idle": IDLE,
            "touch": TOUCH_EVERY,
            # What the gateway passes on is shown to others: the name of a protected person stays here (J9).
            "protected_name": PROTECTED_NAME["sv"],
        },
    ).one_or_none()
    return _session(row)


def delete_older_than(tx: Tx, age: timedelta) -> int:
    """Remove sessions that ended or ran out ``age`` ago."""
    limit = sa.func.now() - age
    over = sa.func.least(sa.func.coalesce(session.c.ended_at, session.c.expires_at), session.c.expires_at)
    result: Any = tx.session.execute(sa.delete(session).where(over < limit))
    count: int = result.rowcount
    return count

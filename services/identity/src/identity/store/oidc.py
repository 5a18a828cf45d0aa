"""Statements on logins by OpenID Connect. Every step is one ``UPDATE ... WHERE <old state> RETURNING``."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.transaction import Tx
from identity.domain.oidc import LIFE, OidcLogin, OidcStatus
from identity.store.tables import evidence, oidc_login

COLUMNS = [oidc_login.c[spec.name] for spec in fields(OidcLogin)]


def _login(row: Any) -> OidcLogin | None:
    return OidcLogin(**row._mapping) if row is not None else None  # noqa: SLF001 - SQLAlchemy's public name for it


def add(tx: Tx, values: dict[str, Any]) -> OidcLogin:
    """Insert a login that is about to go to the provider."""
    statement = sa.insert(oidc_login).values(**values, status=OidcStatus.PENDING).returning(*COLUMNS)
    return OidcLogin(**tx.session.execute(statement).one()._mapping)  # noqa: SLF001


def spend(tx: Tx, login_id: UUID, pre_hash: bytes, state_hash: bytes) -> OidcLogin | None:
    """Use the state: once, in the browser that began, in time. The row as it was, with its secrets."""
    before = (
        sa.select(*COLUMNS)
        .where(
            oidc_login.c.id == login_id,
            oidc_login.c.pre_hash == pre_hash,
            oidc_login.c.state_hash == state_hash,
            oidc_login.c.status == OidcStatus.PENDING,
            oidc_login.c.created_at > sa.func.now() - LIFE,
        )
        .with_for_update()
    )
    found = _login(tx.session.execute(before).one_or_none())
    if found is not None:
        tx.session.execute(
            sa.update(oidc_login)
            .where(oidc_login.c.id == login_id)
            .values(status=OidcStatus.RETURNED, secrets_sealed=None)
        )
    return found


def cancel(tx: Tx, pre_hash: bytes) -> None:
    """Cancel what this browser had under way."""
    tx.session.execute(
        sa.update(oidc_login)
        .where(oidc_login.c.pre_hash == pre_hash, oidc_login.c.status == OidcStatus.PENDING)
        .values(status=OidcStatus.CANCELLED, secrets_sealed=None)
    )


def complete(tx: Tx, login_id: UUID, person_id: UUID) -> OidcLogin | None:
    """End a returned login with its person; exactly one caller gets it."""
    return _end(tx, login_id, status=OidcStatus.COMPLETE, person_id=person_id)


def fail(tx: Tx, login_id: UUID, error_code: str) -> OidcLogin | None:
    """End a returned login without a person."""
    return _end(tx, login_id, status=OidcStatus.FAILED, error_code=error_code)


def _end(tx: Tx, login_id: UUID, **values: Any) -> OidcLogin | None:
    statement = (
        sa.update(oidc_login)
        .where(oidc_login.c.id == login_id, oidc_login.c.status == OidcStatus.RETURNED)
        .values(**values)
        .returning(*COLUMNS)
    )
    return _login(tx.session.execute(statement).one_or_none())


def add_evidence(
    tx: Tx, *, evidence_id: UUID, login_id: UUID, person_id: UUID | None, outcome: str, sealed: bytes
) -> None:
    """Keep the id token."""
    tx.session.execute(
        sa.insert(evidence).values(
            id=evidence_id, login_id=login_id, person_id=person_id, outcome=outcome, sealed=sealed
        )
    )


def delete_older_than(tx: Tx, age: timedelta) -> int:
    """Remove logins that nobody can ask about any more; the evidence stays."""
    result: Any = tx.session.execute(sa.delete(oidc_login).where(oidc_login.c.created_at < sa.func.now() - age))
    count: int = result.rowcount
    return count

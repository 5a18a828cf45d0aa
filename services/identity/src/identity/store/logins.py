"""Statements on logins. Every state change is one ``UPDATE ... WHERE <old state> RETURNING``: one winner (C15)."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.transaction import Tx
from identity.domain.bankid import Order
from identity.domain.logins import (
    COLLECT_EVERY,
    COLLECT_STUCK_AFTER,
    LIFE,
    OUTSTANDING,
    RETURN_WITHIN,
    RUNNING,
    Login,
    LoginStatus,
)
from identity.store.tables import evidence, login

COLUMNS = [
    sa.func.host(login.c.start_address).label("start_address") if spec.name == "start_address" else login.c[spec.name]
    for spec in fields(Login)
]
FORGET_SECRETS = {"auto_start_token": None, "qr_start_token": None, "qr_start_secret": None, "nonce_hash": None}


def _login(row: Any) -> Login | None:
    return Login(**row._mapping) if row is not None else None  # noqa: SLF001 - SQLAlchemy's public name for it


def add(tx: Tx, values: dict[str, Any], order: Order) -> Login:
    """Insert a login whose order BankID has just started; the QR clock starts here."""
    statement = (
        sa.insert(login)
        .values(
            **values,
            **_order(order),
            status=LoginStatus.PENDING,
            order_started_at=sa.func.now(),
            collected_at=sa.func.now(),
            created_at=sa.func.now(),
        )
        .returning(*COLUMNS)
    )
    return Login(**tx.session.execute(statement).one()._mapping)  # noqa: SLF001


def _order(order: Order) -> dict[str, Any]:
    return {
        "order_ref": order.order_ref,
        "auto_start_token": order.auto_start_token,
        "qr_start_token": order.qr_start_token,
        "qr_start_secret": order.qr_start_secret,
        "hint_code": OUTSTANDING,
    }


def _mine(login_id: UUID, pre_hash: bytes, sign_order_id: UUID | None) -> sa.ColumnElement[bool]:
    # A signature's attempt never passes for a login, nor the other way round, whatever id and cookie are sent.
    return sa.and_(
        login.c.id == login_id,
        login.c.pre_hash == pre_hash,
        login.c.sign_order_id.is_not_distinct_from(sign_order_id),
    )


def get(tx: Tx, login_id: UUID, pre_hash: bytes, sign_order_id: UUID | None = None) -> Login | None:
    """The login (or the attempt at ``sign_order_id``), if it was begun in this browser."""
    statement = sa.select(*COLUMNS).where(_mine(login_id, pre_hash, sign_order_id))
    return _login(tx.session.execute(statement).one_or_none())


def cancel(tx: Tx, pre_hash: bytes, login_id: UUID | None = None) -> str | None:
    """Cancel the running login of a browser; returns its BankID order, or None where none was running."""
    statement = (
        sa.update(login)
        .where(login.c.pre_hash == pre_hash, login.c.status.in_(RUNNING))
        .values(status=LoginStatus.CANCELLED, hint_code="userCancel", **FORGET_SECRETS)
        .returning(login.c.order_ref)
    )
    if login_id is not None:
        statement = statement.where(login.c.id == login_id)
    return tx.session.execute(statement).scalar_one_or_none()


def claim_collect(tx: Tx, login_id: UUID, pre_hash: bytes, sign_order_id: UUID | None = None) -> Login | None:
    """Take the right to ask BankID; None unless two seconds have passed and nobody else is asking."""
    now = sa.func.now()
    statement = (
        sa.update(login)
        .where(
            _mine(login_id, pre_hash, sign_order_id),
            login.c.status == LoginStatus.PENDING,
            login.c.created_at > now - LIFE,
            login.c.collected_at <= now - COLLECT_EVERY,
            sa.or_(login.c.collecting_since.is_(None), login.c.collecting_since <= now - COLLECT_STUCK_AFTER),
        )
        .values(collected_at=now, collecting_since=now)
        .returning(*COLUMNS)
    )
    return _login(tx.session.execute(statement).one_or_none())


def _claimed(claim: Login) -> sa.Update:
    # Only the holder of the claim may write down what BankID said; the moment it was taken tells claims apart.
    return sa.update(login).where(
        login.c.id == claim.id,
        login.c.status == LoginStatus.PENDING,
        login.c.collecting_since == claim.collecting_since,
    )


def _apply(tx: Tx, statement: sa.Update) -> Login | None:
    return _login(tx.session.execute(statement.returning(*COLUMNS)).one_or_none())


def still_pending(tx: Tx, claim: Login, hint_code: str) -> Login | None:
    """Note the hint code and give the claim back."""
    return _apply(tx, _claimed(claim).values(hint_code=hint_code, troubles=0, collecting_since=None))


def troubled(tx: Tx, claim: Login) -> Login | None:
    """Count one collect that went wrong and give the claim back."""
    return _apply(tx, _claimed(claim).values(troubles=login.c.troubles + 1, collecting_since=None))


def renewed(tx: Tx, claim: Login, order: Order) -> Login | None:
    """Let a new order take the place of one that was never picked up."""
    return _apply(
        tx,
        _claimed(claim).values(
            **_order(order),
            order_started_at=sa.func.now(),
            collected_at=sa.func.now(),
            collecting_since=None,
            troubles=0,
        ),
    )


def failed(tx: Tx, claim: Login, *, hint_code: str | None = None, error_code: str | None = None) -> Login | None:
    """End the login without a result."""
    values = {"hint_code": hint_code, "error_code": error_code, "collecting_since": None}
    return _apply(tx, _claimed(claim).values(status=LoginStatus.FAILED, **values, **FORGET_SECRETS))


def identified(tx: Tx, claim: Login) -> Login | None:
    """BankID is done. The browser has still to prove that it is the one that began (``finish``)."""
    return _apply(
        tx,
        _claimed(claim).values(
            status=LoginStatus.AWAITING_RETURN,
            completed_at=sa.func.now(),
            hint_code=None,
            collecting_since=None,
            auto_start_token=None,
            qr_start_token=None,
            qr_start_secret=None,
        ),
    )


def refuse_identified(tx: Tx, login_id: UUID, error_code: str) -> None:
    """The person whom BankID has named may not log in."""
    tx.session.execute(
        sa.update(login)
        .where(login.c.id == login_id, login.c.status == LoginStatus.AWAITING_RETURN)
        .values(status=LoginStatus.FAILED, error_code=error_code, **FORGET_SECRETS)
    )


def set_person(tx: Tx, login_id: UUID, person_id: UUID) -> None:
    """Say who has logged in."""
    tx.session.execute(sa.update(login).where(login.c.id == login_id).values(person_id=person_id))


def note_return(tx: Tx, login_id: UUID, pre_hash: bytes, nonce_hash: bytes, sign_order_id: UUID | None = None) -> bool:
    """Use the nonce: once, in the browser that began, on a same-device login that still runs."""
    statement = (
        sa.update(login)
        .where(
            _mine(login_id, pre_hash, sign_order_id),
            login.c.nonce_hash == nonce_hash,
            login.c.returned_at.is_(None),
            login.c.status.in_(RUNNING),
            login.c.created_at > sa.func.now() - LIFE,
        )
        .values(returned_at=sa.func.now())
        .returning(login.c.id)
    )
    return tx.session.execute(statement).one_or_none() is not None


def finish(tx: Tx, login_id: UUID, pre_hash: bytes, sign_order_id: UUID | None = None) -> Login | None:
    """Complete a login that BankID and the browser agree on; exactly one caller gets it."""
    statement = (
        sa.update(login)
        .where(
            _mine(login_id, pre_hash, sign_order_id),
            login.c.status == LoginStatus.AWAITING_RETURN,
            sa.or_(login.c.device == "other", login.c.returned_at.is_not(None)),
            login.c.completed_at > sa.func.now() - RETURN_WITHIN,
        )
        .values(status=LoginStatus.COMPLETE, **FORGET_SECRETS)
    )
    return _apply(tx, statement)


def add_evidence(tx: Tx, of: Login, *, evidence_id: UUID, person_id: UUID | None, outcome: str, sealed: bytes) -> None:
    """Keep the proof."""
    tx.session.execute(
        sa.insert(evidence).values(
            id=evidence_id,
            login_id=of.id,
            sign_order_id=of.sign_order_id,
            person_id=person_id,
            outcome=outcome,
            sealed=sealed,
        )
    )


def delete_older_than(tx: Tx, age: timedelta) -> int:
    """Remove logins that nobody can ask about any more; the evidence stays."""
    return _rowcount(tx.session.execute(sa.delete(login).where(login.c.created_at < sa.func.now() - age)))


def of_browser(tx: Tx, pre_hash: bytes, sign_order_id: UUID) -> UUID | None:
    """The attempt at this sign order that was begun in this browser."""
    statement = sa.select(login.c.id).where(login.c.pre_hash == pre_hash, login.c.sign_order_id == sign_order_id)
    return tx.session.execute(statement).scalar_one_or_none()


def cancel_attempts(tx: Tx, sign_order_id: UUID) -> list[str]:
    """Cancel the running attempts at a sign order, in whatever browser; returns their BankID orders."""
    statement = (
        sa.update(login)
        .where(login.c.sign_order_id == sign_order_id, login.c.status.in_(RUNNING))
        .values(status=LoginStatus.CANCELLED, hint_code="userCancel", **FORGET_SECRETS)
        .returning(login.c.order_ref)
    )
    return [ref for ref in tx.session.execute(statement).scalars() if ref]


def _rowcount(result: Any) -> int:
    count: int = result.rowcount
    return count

"""Which accounts a person may act for (T6, T17-T20), and the gateway's question on every request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis import scopes
from chassis.errors import Unauthenticated
from chassis.transaction import Tx
from org_registry.domain.access import AccountKind
from org_registry.domain.errors import (
    NO_SERVICES,
    NOT_YET_REGISTERED,
    WAITING_FOR_COSIGNATORY,
    AccountNotFound,
    GrantNotFound,
)
from org_registry.store import accounts, companies, customers


@dataclass(frozen=True, kw_only=True)
class FindGrant:
    """Ask whether a person may act for an account now."""

    person_id: UUID
    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Yes, and to this extent. ``services`` None means all."""

    membership_id: UUID
    account_id: UUID
    role: str
    scopes: list[str]
    read_only: bool
    services: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The accounts to choose among, and what to say where there is no active service (D14)."""

    items: Sequence[Any]
    status: str
    message: str | None


def list_accounts(tx: Tx) -> Choice:
    """The principal's accounts. ``none`` is T18, ``pending`` T19; invoices of ended agreements stay within reach."""
    person_id = tx.principal.person_id if tx.principal else None
    if person_id is None:
        raise Unauthenticated
    items = accounts.of_person(tx, person_id)
    if any(item.has_services or item.kind is AccountKind.COMPANY for item in items):
        return Choice(items=items, status="ok", message=None)
    if companies.is_waiting(tx, person_id):
        return Choice(items=items, status="pending", message=WAITING_FOR_COSIGNATORY[tx.locale])
    if customers.is_awaited(tx, person_id):
        return Choice(items=items, status="pending", message=NOT_YET_REGISTERED[tx.locale])
    return Choice(items=items, status="none", message=NO_SERVICES[tx.locale])


def active_account(tx: Tx) -> Any:
    """The account that the session is in; raises ``AccountNotFound``."""
    principal = tx.principal
    if principal is None or principal.person_id is None or principal.account_id is None:
        raise AccountNotFound
    account = accounts.one_of_person(tx, principal.person_id, principal.account_id)
    if account is None:
        raise AccountNotFound
    return account


def find_grant(tx: Tx, cmd: FindGrant) -> Grant:
    """Answer the gateway by one statement; raises ``GrantNotFound``."""
    row = accounts.one_of_person(tx, cmd.person_id, cmd.account_id)
    if row is None:
        raise GrantNotFound
    return Grant(
        membership_id=row.membership_id,
        account_id=row.id,
        role=row.role,
        scopes=sorted(scopes.held(read_only=row.read_only)),
        read_only=row.read_only,
        services=row.services,
    )

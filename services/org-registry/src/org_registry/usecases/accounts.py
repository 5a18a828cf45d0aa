"""Which accounts a person may act for (T6, T17-T20), and the gateway's question on every request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
from org_registry.domain.support import ROLE as SUPPORT
from org_registry.domain.suspensions import SUSPENDED, GrantSuspended
from org_registry.store import accounts, companies, customers, support
from org_registry.usecases.naming import places_of
from org_registry.usecases.vault import NumberVault


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
class AccountChoice:
    """An account of the person; ``notice`` says why it cannot be chosen now."""

    id: UUID
    kind: AccountKind
    display_name: str
    opened_at: datetime
    role: str
    """A ``Role``, or ``support``: customer service looks, by the customer's consent."""
    read_only: bool
    services: tuple[str, ...] | None
    membership_id: UUID
    has_services: bool
    suspended_at: datetime | None
    notice: str | None
    place: str | None = field(default=None, repr=False)
    """The street of a private account."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The accounts to choose among, and what to say where there is no active service (D14)."""

    items: Sequence[Any]
    status: str
    message: str | None


def list_accounts(tx: Tx, vault: NumberVault) -> Choice:
    """The principal's accounts. ``none`` is T18, ``pending`` T19; invoices of ended agreements stay within reach."""
    person_id = tx.principal.person_id if tx.principal else None
    if person_id is None:
        raise Unauthenticated
    rows = accounts.of_person(tx, person_id)
    places = places_of(tx, vault, {row.id: row.role for row in rows})
    items = [_choice(row, tx.locale, places.get(row.id)) for row in rows]
    if any(item.has_services or item.kind is AccountKind.COMPANY for item in items):
        return Choice(items=items, status="ok", message=None)
    if companies.is_waiting(tx, person_id):
        return Choice(items=items, status="pending", message=WAITING_FOR_COSIGNATORY[tx.locale])
    if customers.is_awaited(tx, person_id):
        return Choice(items=items, status="pending", message=NOT_YET_REGISTERED[tx.locale])
    return Choice(items=items, status="none", message=NO_SERVICES[tx.locale])


def _choice(row: Any, locale: str, place: str | None) -> AccountChoice:
    values: dict[str, Any] = {
        name: getattr(row, name, True)  # only the list asks whether there are services
        for name in AccountChoice.__dataclass_fields__
        if name not in {"notice", "place"}
    }
    notice = SUSPENDED[row.suspension_reason][locale] if row.suspended_at else None
    return AccountChoice(**values, notice=notice, place=place)


def active_account(tx: Tx, vault: NumberVault) -> Any:
    """The account that the session is in; raises ``AccountNotFound`` or ``GrantSuspended``."""
    principal = tx.principal
    if principal is None or principal.person_id is None or principal.account_id is None:
        raise AccountNotFound
    account = accounts.one_of_person(tx, principal.person_id, principal.account_id)
    if account is None:
        return _looked_at(tx, principal.person_id, principal.account_id)
    if account.suspended_at is not None:
        raise GrantSuspended
    places = places_of(tx, vault, {account.id: account.role})
    return _choice(account, tx.locale, places.get(account.id))


def _looked_at(tx: Tx, staff_person_id: UUID, account_id: UUID) -> AccountChoice:
    """The account that customer service has an open view of (FK9): its name stands on every page they see."""
    view = support.open_view(tx, staff_person_id, account_id)
    if view is None:
        raise AccountNotFound
    return AccountChoice(
        id=view.account_id,
        kind=view.kind,
        display_name=view.display_name,
        opened_at=view.opened_at,
        role=SUPPORT,
        read_only=True,
        services=None,
        membership_id=view.id,
        has_services=True,
        suspended_at=None,
        notice=None,
    )


def find_grant(tx: Tx, cmd: FindGrant) -> Grant:
    """Answer the gateway by one statement; raises ``GrantNotFound``, or ``GrantSuspended`` (B12).

    Who is no member may be customer service with an open view (B-22): that takes a second one.
    """
    row = accounts.one_of_person(tx, cmd.person_id, cmd.account_id)
    if row is None:
        return _support(tx, cmd)
    if row.suspended_at is not None:
        raise GrantSuspended
    return Grant(
        membership_id=row.membership_id,
        account_id=row.id,
        role=row.role,
        scopes=sorted(scopes.held(read_only=row.read_only)),
        read_only=row.read_only,
        services=row.services,
    )


def _support(tx: Tx, cmd: FindGrant) -> Grant:
    view = support.open_view(tx, cmd.person_id, cmd.account_id)
    if view is None:
        raise GrantNotFound
    return Grant(
        membership_id=view.id,
        account_id=view.account_id,
        role=SUPPORT,
        scopes=sorted(scopes.held(read_only=True)),
        read_only=True,
        services=None,
    )

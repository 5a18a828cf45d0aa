"""Consenting to customer service's view, ending it, and customer service's side of it (B-22, FK9, FK10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import contracts.org_registry as told
from chassis.errors import Forbidden
from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.activities import Actor
from contracts.fields import PROTECTED_NAME
from org_registry.domain.errors import AccountNotFound
from org_registry.domain.support import (
    SupportAccess,
    SupportAccessMissing,
    SupportAccessNotFound,
    SupportView,
    SupportViewOfOwnAccount,
    open_view,
    shown_name,
)
from org_registry.store import accounts, support

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class GiveSupportAccess:
    """Consent for this many hours, from now."""

    hours: int


@dataclass(frozen=True, kw_only=True)
class SearchCustomer:
    """Find an account by one of three, for a reason."""

    reason: str
    customer_number: str | None = None
    organisation_index: bytes | None = None
    person_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class OpenSupportView:
    """Look at an account, for a reason."""

    account_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class Look:
    """One opened view, as the customer sees it."""

    at: datetime
    staff_name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Consent:
    """One consent, as the customer sees it."""

    id: UUID
    granted_at: datetime
    until: datetime
    ended_at: datetime | None
    granted_by_me: bool
    views: Sequence[Look]


def give_access(tx: Tx, cmd: GiveSupportAccess) -> Consent:
    """Let customer service look for a chosen time; a consent that stands already is replaced by this one."""
    account_id, person_id = _customer(tx)
    if accounts.lock(tx, account_id) is None:
        raise AccountNotFound
    standing = support.standing(tx, account_id)
    if standing is not None:
        standing.end(tx.now, person_id)
        tx.session.flush()  # its place is free
    access = SupportAccess(
        id=new_id(),
        account_id=account_id,
        granted_by=person_id,
        granted_at=tx.now,
        until=tx.now + timedelta(hours=cmd.hours),
    )
    support.add(tx, access)
    return _consent(access, person_id, [])


def end_access(tx: Tx, access_id: UUID) -> None:
    """No more looking, from this commit on; raises ``SupportAccessNotFound``."""
    account_id, person_id = _customer(tx)
    access = support.get(tx, account_id, access_id)
    if access is None:
        raise SupportAccessNotFound
    access.end(tx.now, person_id)


def list_accesses(tx: Tx, *, limit: int, page: int) -> tuple[list[Consent], int]:
    """The account's consents with everybody who has looked, newest first."""
    account_id, person_id = _customer(tx)
    rows, total = support.page(tx, account_id, limit=limit, offset=(page - 1) * limit)
    looks: dict[UUID, list[Look]] = {}
    for view in support.views_of(tx, [row.id for row in rows]):
        look = Look(at=view.opened_at, staff_name=shown_name(view.staff_name, tx.locale), reason=view.reason)
        looks.setdefault(view.access_id, []).append(look)
    return [_consent(row, person_id, looks.get(row.id, [])) for row in rows], total


def search_customer(tx: Tx, cmd: SearchCustomer) -> list[dict[str, Any]]:
    """Accounts of a customer number, an organisation or a person; each account's people see that it was looked up."""
    staff_id = _staff(tx)
    found = support.find_accounts(
        tx,
        customer_number=cmd.customer_number,
        organisation_index=cmd.organisation_index,
        person_id=cmd.person_id,
        now=tx.now,
    )
    # The route tells of the search itself; here it is told in each chain that it concerns.
    for row in found:
        tx.record(
            "search_customer",
            "Sökte fram kontot",
            "Looked the account up",
            actor=Actor.STAFF,
            person_id=staff_id,
            account_id=row.account_id,
            reason=cmd.reason,
        )
    tx.note(reason=cmd.reason)
    log.info("customer-searched", by=str(staff_id), found=len(found))
    return [dict(row._mapping) | {"customer_numbers": row.customer_numbers or []} for row in found]  # noqa: SLF001 - a row's own


def open_support_view(tx: Tx, cmd: OpenSupportView) -> SupportView:
    """Begin to look; the account's people are told. Raises ``SupportAccessMissing`` or ``SupportViewOfOwnAccount``."""
    staff_id = _staff(tx)
    if accounts.one_of_person(tx, staff_id, cmd.account_id) is not None:
        raise SupportViewOfOwnAccount
    account = accounts.lock(tx, cmd.account_id)
    if account is None or not account.is_open:
        raise SupportAccessMissing
    view = open_view(
        support.standing(tx, cmd.account_id),
        view_id=new_id(),
        staff_person_id=staff_id,
        staff_name=_staff_name(tx),
        reason=cmd.reason,
        now=tx.now,
    )
    support.add(tx, view)
    tx.emit(
        told.SupportViewOpenedV1(
            support_view_id=view.id, account_id=view.account_id, opened_at=view.opened_at, until=view.until
        ),
        aggregate_id=view.id,
        version=1,
    )
    tx.note(account_id=view.account_id, support_view_id=view.id, subject_id=view.id, reason=cmd.reason)
    log.info("support-view-opened", by=str(staff_id), account_id=str(view.account_id), support_view_id=str(view.id))
    return view


def _consent(access: Any, reader: UUID, views: Sequence[Look]) -> Consent:
    return Consent(
        id=access.id,
        granted_at=access.granted_at,
        until=access.until,
        ended_at=access.ended_at,
        granted_by_me=access.granted_by == reader,
        views=views,
    )


def _customer(tx: Tx) -> tuple[UUID, UUID]:
    principal = tx.principal
    if principal is None or principal.account_id is None or principal.person_id is None:
        raise AccountNotFound
    return principal.account_id, principal.person_id


def _staff_name(tx: Tx) -> str:
    name = tx.principal.name if tx.principal else None
    return "" if not name or name in PROTECTED_NAME.values() else name


def _staff(tx: Tx) -> UUID:
    if tx.principal is None or tx.principal.person_id is None:
        raise Forbidden
    return tx.principal.person_id

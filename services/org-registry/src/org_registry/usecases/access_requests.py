"""Asking to be let in to an account, from the asker's side (FC16).

Nothing that is done or answered here depends on whether anybody has the number: whose it is, is looked up by a job
afterwards (``access_decisions``), so neither the answer nor the time that it takes tells who is a customer (C30).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.errors import Forbidden, Unauthenticated
from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.fields import PROTECTED_NAME
from org_registry.domain.access_requests import (
    ANSWER_WITHIN,
    ASK_AGAIN_AFTER,
    DAY,
    PER_PERSON,
    AccessRequest,
    AccessRequestDeniedRecently,
    AccessRequestNotFound,
    AccessRequestOfMember,
    AccessRequestOpenAlready,
    Action,
    NumberKind,
    RequestStatus,
    TooManyAccessRequests,
    masked,
)
from org_registry.domain.numbers import ProtectedNumber
from org_registry.store import access_requests
from org_registry.usecases.vault import NumberVault

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class AskForAccess:
    """By one of two numbers; the message is for the account's people, as plain text."""

    organisation_number: str | None = field(default=None, repr=False)
    customer_number: str | None = field(default=None, repr=False)
    message: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class OwnRequest:
    """A request as its sender sees it: whether there is such an account is not in it."""

    id: UUID
    status: RequestStatus
    asked_for: str
    created_at: datetime
    expires_at: datetime


def ask_for_access(tx: Tx, cmd: AskForAccess, vault: NumberVault) -> OwnRequest:
    """Keep the request; its number is looked up after the answer.

    Raises ``AccessRequestOfMember``, ``AccessRequestOpenAlready``, ``AccessRequestDeniedRecently`` or
    ``TooManyAccessRequests``.
    """
    person_id, name, birth_year = _asker(tx)
    access_requests.lock_person(tx, person_id)
    for late in access_requests.overdue_of(tx, person_id):
        access_requests.end(tx, late, late.after(Action.EXPIRE, tx.now))
    kind, number = _protect(cmd, vault)
    _check(tx, person_id, number, cmd)
    request_id = new_id()
    protected = name in PROTECTED_NAME.values()
    made = AccessRequest(
        id=request_id,
        person_id=person_id,
        number_kind=kind,
        number_index=number.index,
        number_sealed=number.sealed,
        message_sealed=vault.seal_asker(request_id, "message", cmd.message) if cmd.message else None,
        # A protected person's name is not even kept (J9).
        name_sealed=None if protected else vault.seal_asker(request_id, "name", name),
        birth_year=None if protected else birth_year,
        created_at=tx.now,
        expires_at=tx.now + ANSWER_WITHIN,
    )
    access_requests.add(tx, made)
    log.info("access-requested", request_id=str(made.id), by=str(person_id))
    return _shown(made, vault, tx.now)


def list_own(tx: Tx, vault: NumberVault, *, limit: int, page: int) -> tuple[Sequence[OwnRequest], int]:
    """The principal's requests, newest first."""
    found, total = access_requests.page_own(tx, person_of(tx), limit=limit, offset=(page - 1) * limit)
    return [_shown(row, vault, tx.now) for row in found], total


def withdraw(tx: Tx, request_id: UUID) -> None:
    """Take one back; raises ``AccessRequestNotFound`` or ``AccessRequestSettled``."""
    person_id = person_of(tx)
    request = access_requests.lock_own(tx, person_id, request_id)
    if request is None:
        raise AccessRequestNotFound
    access_requests.end(tx, request, request.after(Action.WITHDRAW, tx.now))
    log.info("access-request-withdrawn", request_id=str(request.id), by=str(person_id))


def exported(tx: Tx, vault: NumberVault, person_id: UUID) -> list[dict[str, Any]]:
    """What the person's own data holds of requests; nothing that tells whether there is such an account (C30)."""
    return [
        {
            "asked_for": masked(request.number_kind, vault_number(request, vault)),
            "message": None
            if request.message_sealed is None
            else vault.open_asker(request.id, "message", request.message_sealed),
            "status": request.status_at(tx.now),
            "created_at": request.created_at,
            "expires_at": request.expires_at,
            "ended_at": request.ended_at,
        }
        for request in access_requests.all_of(tx, person_id)
    ]


def vault_number(request: AccessRequest, vault: NumberVault) -> str:
    """The number in clear, in memory. Raises ``ValueError`` where no key opens it."""
    number = ProtectedNumber(index=bytes(request.number_index), sealed=bytes(request.number_sealed))
    if request.number_kind is NumberKind.CUSTOMER:
        return vault.reveal_asked(number)
    return vault.reveal(number)


def person_of(tx: Tx) -> UUID:
    """Who asks; raises ``Unauthenticated``."""
    if tx.principal is None or tx.principal.person_id is None:
        raise Unauthenticated
    return tx.principal.person_id


def _asker(tx: Tx) -> tuple[UUID, str, int]:
    principal, person_id = tx.principal, person_of(tx)
    if principal is None or not principal.name or principal.birth_year is None:
        # Only who is known by BankID is shown to the account's people (D5); the gateway always says it.
        raise Forbidden
    return person_id, principal.name, principal.birth_year


def _protect(cmd: AskForAccess, vault: NumberVault) -> tuple[NumberKind, ProtectedNumber]:
    if cmd.customer_number is not None:
        return NumberKind.CUSTOMER, vault.protect_asked(cmd.customer_number)
    return NumberKind.ORGANISATION, vault.protect(cmd.organisation_number or "")


def _check(tx: Tx, person_id: UUID, number: ProtectedNumber, cmd: AskForAccess) -> None:
    if access_requests.is_member(tx, person_id, organisation_index=number.index, customer_number=cmd.customer_number):
        raise AccessRequestOfMember
    if access_requests.is_open(tx, person_id, number.index):
        raise AccessRequestOpenAlready
    if access_requests.denied_since(tx, person_id, number.index, tx.now - ASK_AGAIN_AFTER):
        raise AccessRequestDeniedRecently
    oldest = access_requests.nth_newest(tx, person_id, PER_PERSON, DAY)
    if oldest is not None:
        wait = math.ceil((oldest + DAY - tx.now).total_seconds())
        raise TooManyAccessRequests(retry_after=max(1, wait), limit=PER_PERSON)


def _shown(request: AccessRequest, vault: NumberVault, now: datetime) -> OwnRequest:
    return OwnRequest(
        id=request.id,
        status=request.status_at(now),
        asked_for=masked(request.number_kind, vault_number(request, vault)),
        created_at=request.created_at,
        expires_at=request.expires_at,
    )

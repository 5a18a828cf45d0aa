"""Requests for access from the account's side: looked up, told, granted, denied, settled by time (FC16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

import contracts.org_registry as told
from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.fields import PROTECTED_NAME
from org_registry.domain.access import HOLDERS, Account, Delegation, Membership, local_date
from org_registry.domain.access_requests import (
    DAY,
    KEEP_ENDED,
    NOTICES_PER_ACCOUNT,
    TOLD_AGAIN_AFTER,
    AccessRequest,
    AccessRequestNotFound,
    Action,
    NumberKind,
)
from org_registry.domain.errors import AccountNotFound, GrantNotHeld
from org_registry.domain.suspensions import GrantSuspended
from org_registry.store import access_requests, accounts, memberships
from org_registry.usecases.access_requests import vault_number
from org_registry.usecases.delegation import let_in
from org_registry.usecases.vault import NumberVault

log = logger(__name__)
SWEEP = 100
RECEIVED, DECIDED = 1, 2
"""Versions of a request, as its events tell them."""


@dataclass(frozen=True, kw_only=True)
class GrantAccess:
    """How much is given. None is as wide as the granter holds it himself (D22)."""

    read_only: bool
    services: frozenset[str] | None
    ends_on: date | None


@dataclass(frozen=True, kw_only=True)
class ReceivedRequest:
    """Who asks, as BankID verified it when he asked (D5)."""

    id: UUID
    name: str = field(repr=False)
    birth_year: int | None
    message: str | None = field(repr=False)
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Granted:
    """What came of it."""

    id: UUID
    membership_id: UUID
    status: str = "granted"


def list_received(tx: Tx, vault: NumberVault, *, limit: int, page: int) -> tuple[Sequence[ReceivedRequest], int]:
    """Those that wait, for owners and signatories; a delegate sees the people he invited, and nobody asks him (T50)."""
    account_id, person_id = _who(tx)
    mine = accounts.one_of_person(tx, person_id, account_id)
    if mine is None:
        raise AccountNotFound
    if mine.suspended_at is not None:
        raise GrantSuspended
    if mine.role not in HOLDERS:
        return [], 0
    found, total = access_requests.page_of_account(tx, account_id, limit=limit, offset=(page - 1) * limit)
    return [_shown(request, vault, tx.locale) for request in found], total


def grant_access(tx: Tx, request_id: UUID, cmd: GrantAccess) -> Granted:
    """Let the asker in as the granter's delegate, after checking every right here and now (C6, C7, D22).

    Raises ``AccessRequestNotFound``, ``AccessRequestSettled``, ``GrantNotHeld``, ``GrantTooWide``, ``GrantEnded``,
    ``GrantToMember`` or ``GrantSuspended``.
    """
    account, actor, request = _to_decide(tx, request_id)
    status = request.after(Action.GRANT, tx.now)
    made = let_in(
        tx,
        account,
        Delegation(
            inviter_id=actor.person_id,
            approver_id=actor.person_id,
            acceptor_id=request.person_id,
            read_only=cmd.read_only,
            services=_services(actor, cmd),
            ends_on=actor.ends_on if cmd.ends_on is None else cmd.ends_on,
        ),
    )
    access_requests.end(tx, request, status, decided_by=actor.person_id, membership_id=made.id)
    tx.note(subject_id=request.id)
    _tell_decided(tx, account.id, request, told.AccessRequestOutcome.GRANTED)
    log.info("access-request-granted", request_id=str(request.id), by=str(actor.person_id))
    return Granted(id=request.id, membership_id=made.id)


def deny_access(tx: Tx, request_id: UUID) -> None:
    """Do not let the asker in: he is told so, and his name and message are erased (T52).

    Raises ``AccessRequestNotFound``, ``AccessRequestSettled``, ``GrantNotHeld`` or ``GrantSuspended``.
    """
    account, actor, request = _to_decide(tx, request_id)
    access_requests.end(tx, request, request.after(Action.DENY, tx.now), decided_by=actor.person_id)
    # Not noted as being about the asker: his own log would tell him whose account it was, and who has denied.
    tx.note(subject_id=request.id)
    _tell_decided(tx, account.id, request, told.AccessRequestOutcome.DENIED)
    log.info("access-request-denied", request_id=str(request.id), by=str(actor.person_id))


def look_up(tx: Tx, vault: NumberVault) -> int:
    """Find whose the numbers of a batch of new requests are, and tell those people; returns how many were looked at.

    Run by one job at a time. Of more than three a day the account's people find the rest in the list alone (C28).
    """
    found = access_requests.unsought(tx, limit=SWEEP)
    for request in found:
        account_id = _account_of(tx, request, vault)
        tell = account_id is not None and _may_tell(tx, account_id, request)
        access_requests.note_sought(tx, request.id, account_id, told=tell)
        if account_id is None:
            continue
        # In the account's log alone: the asker's would tell him that there is such an account.
        tx.record(
            "receive_access_request",
            "En förfrågan om behörighet kom in",
            "A request for access came in",
            account_id=account_id,
            subject_id=request.id,
        )
        if tell:
            tx.emit(
                told.AccessRequestReceivedV1(
                    access_request_id=request.id, account_id=account_id, received_at=request.created_at
                ),
                aggregate_id=request.id,
                version=RECEIVED,
            )
    return len(found)


def settle_members(tx: Tx) -> int:
    """Those who have got the account in another way meanwhile have what they asked for; returns how many."""
    found = access_requests.of_members(tx, limit=SWEEP)
    for request, membership_id in found:
        if request.status_at(tx.now) is request.status:
            access_requests.end(tx, request, request.after(Action.GRANT, tx.now), membership_id=membership_id)
    return len(found)


def expire_requests(tx: Tx) -> int:
    """End a batch of those whose 30 days are out, whoever's number it was; returns how many."""
    found = access_requests.overdue(tx, limit=SWEEP)
    for request in found:
        access_requests.end(tx, request, request.after(Action.EXPIRE, tx.now))
    return len(found)


def forget_ended(tx: Tx) -> int:
    """Delete those that ended 90 days ago; returns how many."""
    count = access_requests.forget_ended(tx, KEEP_ENDED)
    log.info("access-requests-forgotten", rows=count)
    return count


def _to_decide(tx: Tx, request_id: UUID) -> tuple[Account, Membership, AccessRequest]:
    """The account, the principal's membership and the request, locked in this order, as they are now (C7)."""
    account_id, person_id = _who(tx)
    account = accounts.lock(tx, account_id)
    actor = memberships.of_person(tx, account_id, person_id) if account else None
    if account is None or actor is None or not actor.is_active(local_date(tx.now)):
        raise GrantNotHeld
    if account.suspended_at is not None:
        raise GrantSuspended
    request = access_requests.lock_of_account(tx, account_id, request_id) if actor.role in HOLDERS else None
    if request is None:
        raise AccessRequestNotFound
    return account, actor, request


def _services(actor: Membership, cmd: GrantAccess) -> frozenset[str] | None:
    if cmd.services is not None:
        return cmd.services
    return None if actor.services is None else frozenset(actor.services)


def _account_of(tx: Tx, request: AccessRequest, vault: NumberVault) -> UUID | None:
    if request.number_kind is NumberKind.ORGANISATION:
        return access_requests.account_of_organisation(tx, bytes(request.number_index))
    try:
        return access_requests.account_of_customer(tx, vault_number(request, vault))
    except ValueError:
        # Another key than it was sealed with: nobody can find out whose it is, and the others go on.
        log.error("access-request-unreadable", request_id=str(request.id))  # noqa: TRY400 - a traceback says no more
        return None


def _may_tell(tx: Tx, account_id: UUID, request: AccessRequest) -> bool:
    if access_requests.told_of(tx, account_id, request.person_id, TOLD_AGAIN_AFTER):
        return False
    return access_requests.count_told(tx, account_id, DAY) < NOTICES_PER_ACCOUNT


def _tell_decided(tx: Tx, account_id: UUID, request: AccessRequest, outcome: told.AccessRequestOutcome) -> None:
    tx.emit(
        told.AccessRequestDecidedV1(
            access_request_id=request.id,
            account_id=account_id,
            person_id=request.person_id,
            outcome=outcome,
            decided_at=tx.now,
        ),
        aggregate_id=request.id,
        version=DECIDED,
    )


def _shown(request: AccessRequest, vault: NumberVault, locale: str) -> ReceivedRequest:
    name = _opened(request, vault, "name", request.name_sealed)
    return ReceivedRequest(
        id=request.id,
        name=PROTECTED_NAME[locale] if name is None else name,
        birth_year=request.birth_year,
        message=_opened(request, vault, "message", request.message_sealed),
        created_at=request.created_at,
        expires_at=request.expires_at,
    )


def _opened(request: AccessRequest, vault: NumberVault, what: str, sealed: bytes | None) -> str | None:
    return None if sealed is None else vault.open_asker(request.id, what, bytes(sealed))


def _who(tx: Tx) -> tuple[UUID, UUID]:
    principal = tx.principal
    if principal is None or principal.account_id is None or principal.person_id is None:
        raise AccountNotFound
    return principal.account_id, principal.person_id

"""The login history (A11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.transaction import Tx
from contracts.identity import LoginNewDeviceV1
from identity.domain.devices import DeviceKind, device_kind
from identity.domain.errors import PersonNotFound
from identity.domain.history import KEPT_MONTHS, LoginResult
from identity.domain.logins import Login
from identity.domain.oidc import BANKID
from identity.store import history


@dataclass(frozen=True, kw_only=True)
class RecordQuery:
    """Which page of the history."""

    limit: int
    page: int


@dataclass(frozen=True, kw_only=True)
class LoginRecordView:
    """One login as the person sees it."""

    id: UUID
    at: datetime
    device: str
    bankid_device: str
    method: str
    result: str


@dataclass(frozen=True, kw_only=True)
class LoginOf:
    """A login by another e-ID, as the history needs it."""

    id: UUID
    device: str
    device_hash: str | None
    method: str


def note_login(tx: Tx, login: Login | LoginOf, person_id: UUID, result: LoginResult, user_agent: str) -> None:
    """Write down that the e-ID has named the person for ``login``."""
    history.add(
        tx,
        login_id=login.id,
        person_id=person_id,
        result=result,
        bankid_device=login.device,
        device_hash=login.device_hash,
        kind=device_kind(user_agent),
        method=login.method if isinstance(login, LoginOf) else BANKID,
    )


def complete_login(tx: Tx, login: Login | LoginOf, person_id: UUID, user_agent: str) -> None:
    """The browser that began has got its session; the person is told where it is a new one.

    Not at the very first login: there is nothing to compare it with. The browser is known by its device cookie.
    """
    if history.device_is_new(tx, person_id, login.device_hash):
        kind = device_kind(user_agent)
        tx.emit(
            LoginNewDeviceV1(
                login_id=login.id,
                person_id=person_id,
                browser=kind.browser,
                system=kind.system,
                logged_in_at=tx.now,
            ),
            aggregate_id=login.id,
            version=1,
        )
    history.completed(tx, login.id)


def list_login_records(tx: Tx, query: RecordQuery) -> tuple[list[LoginRecordView], int]:
    """The own logins of the person who is logged in, the newest first, and how many there are."""
    if tx.principal is None or tx.principal.person_id is None:
        raise PersonNotFound
    found, total = history.of_person(tx, tx.principal.person_id, limit=query.limit, page=query.page)
    views = [
        LoginRecordView(
            id=record.id,
            at=record.identified_at,
            device=DeviceKind(browser=record.browser, system=record.system).text(tx.locale),
            bankid_device=record.bankid_device,
            method=record.method,
            result=record.result,
        )
        for record in found
    ]
    return views, total


def forget_old_records(tx: Tx) -> int:
    """Delete logins older than 36 months; returns how many."""
    return history.delete_older_than(tx, KEPT_MONTHS)

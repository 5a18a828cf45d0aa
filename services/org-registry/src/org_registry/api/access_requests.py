"""Asking to be let in to an account, and answering those who ask (FC16)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.http.access import authenticated, requires
from chassis.http.routes import Page, Routes, handed
from chassis.transaction import Tx
from org_registry.domain.access_requests import (
    AccessRequestDeniedRecently,
    AccessRequestNotFound,
    AccessRequestOfMember,
    AccessRequestOpenAlready,
    AccessRequestSettled,
    TooManyAccessRequests,
)
from org_registry.domain.errors import AccountNotFound, GrantEnded, GrantNotHeld, GrantToMember, GrantTooWide
from org_registry.domain.suspensions import GrantSuspended
from org_registry.schemas import access_requests as schemas
from org_registry.usecases import access_decisions, access_requests
from org_registry.usecases.vault import NumberVault

routes = Routes("access-requests", "Asking to be let in to an account")


@routes.post(
    "/access-requests",
    access=authenticated(claims=("name", "birth_year")),
    activity=("Bad om behörighet till ett konto", "Asked for access to an account"),
    body=schemas.AccessRequestQuestion,
    answer=schemas.OwnAccessRequest,
    status=201,
    idempotent=True,
    prepare=handed("vault"),
    rate="company",
    errors=(
        AccessRequestOfMember,
        AccessRequestOpenAlready,
        AccessRequestDeniedRecently,
        TooManyAccessRequests,
    ),
    summary_sv="Be om behörighet till ett konto",
    summary_en="Ask for access to an account",
)
def ask_for_access(tx: Tx, body: access_requests.AskForAccess, prepared: NumberVault) -> Any:
    """The same answer, in the same time, whether or not the number is anybody's (C30)."""
    return access_requests.ask_for_access(tx, body, prepared)


@routes.get(
    "/access-requests",
    access=authenticated(),
    answer=Page(schemas.OwnAccessRequest),
    prepare=handed("vault"),
    summary_sv="Mina förfrågningar om behörighet",
    summary_en="My requests for access",
)
def list_access_requests(tx: Tx, query: dict[str, Any], prepared: NumberVault) -> Any:
    """Newest first. One that nobody answers and one for nobody's number look the same: sent, then expired."""
    return access_requests.list_own(tx, prepared, limit=query["limit"], page=query["page"])


@routes.delete(
    "/access-requests/<uuid:request_id>",
    access=authenticated(),
    activity=("Tog tillbaka en förfrågan om behörighet", "Took a request for access back"),
    errors=(AccessRequestNotFound, AccessRequestSettled),
    summary_sv="Ta tillbaka en förfrågan",
    summary_en="Take a request back",
)
def withdraw_access_request(tx: Tx, request_id: UUID) -> None:
    """Nobody can grant it once this has answered."""
    access_requests.withdraw(tx, request_id)


@routes.get(
    "/account-access-requests",
    access=requires("members:read"),
    answer=Page(schemas.ReceivedAccessRequest),
    prepare=handed("vault"),
    errors=(AccountNotFound, GrantSuspended),
    summary_sv="De som ber om behörighet till kontot",
    summary_en="Those who ask for access to the account",
)
def list_account_access_requests(tx: Tx, query: dict[str, Any], prepared: NumberVault) -> Any:
    """For owners and signatories, oldest first; nothing for delegates (T50)."""
    return access_decisions.list_received(tx, prepared, limit=query["limit"], page=query["page"])


@routes.post(
    "/account-access-requests/<uuid:request_id>/grants",
    access=requires("members:approve"),
    activity=("Gav behörighet till någon som bad om det", "Gave access to somebody who asked for it"),
    body=schemas.AccessGrant,
    answer=schemas.AccessGranted,
    status=201,
    idempotent=True,
    errors=(
        AccessRequestNotFound,
        AccessRequestSettled,
        AccountNotFound,
        GrantEnded,
        GrantNotHeld,
        GrantSuspended,
        GrantTooWide,
        GrantToMember,
    ),
    summary_sv="Ge behörighet till den som ber om det",
    summary_en="Give access to somebody who asks for it",
)
def grant_account_access_request(tx: Tx, request_id: UUID, body: access_decisions.GrantAccess) -> Any:
    """As for an approved invitation: nobody gives more than he holds, and every right is looked at again (C7, D22)."""
    return access_decisions.grant_access(tx, request_id, body)


@routes.post(
    "/account-access-requests/<uuid:request_id>/denials",
    access=requires("members:approve"),
    activity=("Nekade en förfrågan om behörighet", "Denied a request for access"),
    idempotent=True,
    errors=(AccessRequestNotFound, AccessRequestSettled, AccountNotFound, GrantNotHeld, GrantSuspended),
    summary_sv="Neka en förfrågan om behörighet",
    summary_en="Deny a request for access",
)
def deny_account_access_request(tx: Tx, request_id: UUID) -> None:
    """Whoever asked is told that he was denied; a request that is left alone just expires."""
    access_decisions.deny_access(tx, request_id)

"""Choosing an account, and the gateway's question about it."""

from __future__ import annotations

from typing import Any

from chassis.http.access import authenticated, internal, requires
from chassis.http.routes import Context, Routes, handed
from chassis.transaction import Tx
from org_registry import schemas
from org_registry.domain.errors import AccountNotFound, GrantNotFound
from org_registry.domain.suspensions import GrantSuspended
from org_registry.usecases import accounts
from org_registry.usecases.vault import NumberVault

routes = Routes("accounts", "The accounts that a person may act for")


@routes.get(
    "/accounts",
    access=authenticated(),
    answer=schemas.AccountChoices,
    prepare=handed("vault"),
    summary_sv="Konton att välja mellan",
    summary_en="Accounts to choose among",
)
def list_accounts(tx: Tx, prepared: NumberVault) -> accounts.Choice:
    """Every account of the person who is logged in (T17-T20)."""
    return accounts.list_accounts(tx, prepared)


@routes.get(
    "/account",
    access=requires("account:read"),
    answer=schemas.Account,
    prepare=handed("vault"),
    errors=(AccountNotFound, GrantSuspended),
    summary_sv="Kontot som du är inne i",
    summary_en="The account that you are in",
)
def get_account(tx: Tx, prepared: NumberVault) -> Any:
    """The active account and in what capacity the person acts."""
    return accounts.active_account(tx, prepared)


def _find(ctx: Context, body: accounts.FindGrant) -> accounts.Grant:
    # Here and not in the view: a POST gets a transaction, and this needs one statement on a read-only connection.
    with ctx.database.read() as tx:
        return accounts.find_grant(tx, body)


@routes.post(
    "/internal/grants",
    access=internal("gateway"),
    body=schemas.GrantQuestion,
    answer=schemas.Grant,
    prepare=_find,
    errors=(GrantNotFound, GrantSuspended),
    summary_sv="Får personen handla för kontot nu?",
    summary_en="May the person act for the account now?",
)
def find_grant(_tx: Tx, *, body: accounts.FindGrant, prepared: accounts.Grant) -> accounts.Grant:  # noqa: ARG001
    """The gateway asks on every request: what is answered here is what stops a revoked user."""
    return prepared

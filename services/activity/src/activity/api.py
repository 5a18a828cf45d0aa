"""The routes: reading only. What is written comes as events."""

from __future__ import annotations

from typing import Any

from activity import schemas
from activity.usecases import viewing
from activity.usecases.naming import Unseal
from chassis.http.access import authenticated, requires
from chassis.http.routes import Context, Page, Routes
from chassis.transaction import Tx

routes = Routes("activities", "Who did what, when and on whose behalf")


def _unseal(ctx: Context, **_: Any) -> Unseal | None:
    unsealer = ctx.extension("unsealer")
    return unsealer.unseal if unsealer is not None else None


@routes.get(
    "/activities",
    access=authenticated(),
    query=schemas.ActivityQuery,
    prepare=_unseal,
    answer=Page(schemas.Activity),
    summary_sv="Det jag har gjort, och det som gjorts med mina uppgifter",
    summary_en="What I have done, and what was done with my data",
)
def list_activities(tx: Tx, query: viewing.ListActivities, prepared: Unseal | None) -> Any:
    """The person's own log over all accounts, newest first (FJ6)."""
    return viewing.list_own(tx, query, prepared)


@routes.get(
    "/account-activities",
    access=requires("account:read"),
    query=schemas.ActivityQuery,
    prepare=_unseal,
    answer=Page(schemas.AccountActivity),
    summary_sv="Det som har gjorts för kontot",
    summary_en="What has been done for the account",
)
def list_account_activities(tx: Tx, query: viewing.ListActivities, prepared: Unseal | None) -> Any:
    """The account's log: all of it for owner and signatory, their own acts for a delegate (FC19)."""
    return viewing.list_of_account(tx, query, prepared)

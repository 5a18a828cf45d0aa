"""The session of this browser."""

from __future__ import annotations

from typing import Any

from chassis.http.access import authenticated, selects_account
from chassis.http.routes import Context, Reply, Routes
from chassis.transaction import Tx
from identity import schemas
from identity.api import cookies
from identity.domain.errors import SessionEnded
from identity.usecases import sessions as usecases
from identity.usecases.sessions import SessionView

routes = Routes("session", "The session")


def _cookie(ctx: Context, **_: Any) -> str | None:
    del ctx
    return cookies.read(cookies.SESSION)


@routes.get(
    "/session",
    access=authenticated(),
    answer=schemas.Session,
    prepare=_cookie,
    errors=(SessionEnded,),
    summary_sv="Visa sessionen",
    summary_en="Show the session",
)
def show_session(tx: Tx, prepared: str | None) -> SessionView:
    """Who is logged in, for which account, and until when."""
    return usecases.show_session(tx, prepared)


@routes.put(
    "/session/account",
    access=selects_account(),
    answer=schemas.Session,
    errors=(SessionEnded,),
    summary_sv="Välj konto",
    summary_en="Choose the account",
)
def select_account(tx: Tx) -> Reply:
    """Go on with the account of ``Minasidor-Account`` (T20); the session gets a new id."""
    opened = usecases.select_account(tx)
    return Reply(opened.view, cookies=[cookies.session(opened.token)])


@routes.post(
    "/session/extensions",
    access=authenticated(),
    answer=schemas.Session,
    prepare=_cookie,
    errors=(SessionEnded,),
    summary_sv="Stanna inloggad",
    summary_en="Stay logged in",
)
def extend_session(tx: Tx, prepared: str | None) -> SessionView:
    """A person's answer to the warning: 30 minutes more, at most eight hours in all (B-03)."""
    return usecases.extend_session(tx, prepared)


@routes.delete(
    "/session",
    access=authenticated(),
    errors=(SessionEnded,),
    summary_sv="Logga ut",
    summary_en="Log out",
)
def log_out(tx: Tx) -> Reply:
    """End the session on the server and empty the browser (S15, S16)."""
    usecases.log_out(tx)
    # Not "cookies": that would take the device cookie too, and it says nothing of who has been logged in.
    return Reply(
        headers={"Clear-Site-Data": '"cache", "storage"'},
        cookies=[cookies.remove(cookies.SESSION), cookies.remove(cookies.PRE_LOGIN)],
    )

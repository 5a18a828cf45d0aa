"""The session of this browser."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.activity import unlogged
from chassis.http.access import authenticated, selects_account
from chassis.http.routes import Context, Page, Reply, Routes
from chassis.transaction import Tx
from identity import schemas
from identity.api import cookies
from identity.domain.errors import SessionEnded, SessionNotFound
from identity.usecases import history
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
    activity=("Valde konto", "Chose the account"),
    answer=schemas.Session,
    errors=(SessionEnded,),
    summary_sv="Välj konto",
    summary_en="Choose the account",
)
def select_account(tx: Tx) -> Reply:
    """Go on with the account of ``Minasidor-Account`` (T20); the session gets a new id."""
    opened = usecases.select_account(tx)
    return Reply(opened.view, cookies=[cookies.session(opened.token)])


@routes.delete(
    "/session/account",
    access=authenticated(),
    activity=("Lämnade kontot", "Left the account"),
    answer=schemas.Session,
    errors=(SessionEnded,),
    summary_sv="Lämna kontot",
    summary_en="Leave the account",
)
def leave_account(tx: Tx) -> Reply:
    """Go on without an account, as customer service does after a look at a customer's (FK9): a new session id."""
    opened = usecases.leave_account(tx)
    return Reply(opened.view, cookies=[cookies.session(opened.token)])


@routes.post(
    "/session/extensions",
    access=authenticated(),
    activity=unlogged("keeps the session alive and changes nothing else"),
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
    activity=("Loggade ut", "Logged out"),
    errors=(SessionEnded,),
    summary_sv="Logga ut",
    summary_en="Log out",
)
def log_out(tx: Tx) -> Reply:
    """End the session on the server and empty the browser (S15, S16)."""
    usecases.log_out(tx)
    return _emptied()


@routes.get(
    "/sessions",
    access=authenticated(),
    answer=schemas.MySessions,
    errors=(SessionEnded,),
    summary_sv="Visa mina inloggningar just nu",
    summary_en="Show my sessions",
)
def list_sessions(tx: Tx) -> dict[str, Any]:
    """Where I am logged in, the session used last first; five at the most (B-19)."""
    return {"items": usecases.list_sessions(tx)}


@routes.delete(
    "/sessions/<uuid:session_id>",
    access=authenticated(),
    activity=("Avslutade en inloggning", "Ended a session"),
    errors=(SessionEnded, SessionNotFound),
    summary_sv="Avsluta en av mina inloggningar",
    summary_en="End one of my sessions",
)
def end_session(tx: Tx, session_id: UUID) -> Reply:
    """End one of the own sessions on the server (C19); one's own is a logout."""
    return _emptied() if usecases.end_session(tx, session_id) else Reply()


@routes.delete(
    "/sessions",
    access=authenticated(),
    activity=("Loggade ut överallt", "Logged out everywhere"),
    query=schemas.LogOutEverywhere,
    errors=(SessionEnded,),
    summary_sv="Logga ut överallt",
    summary_en="Log out everywhere",
)
def log_out_everywhere(tx: Tx, query: usecases.LogOutEverywhere) -> Reply:
    """End all my other sessions, wherever they are (C19); ``?current=true`` ends this one as well."""
    usecases.log_out_everywhere(tx, query)
    return _emptied() if query.current else Reply()


def _emptied() -> Reply:
    # Not "cookies": that would take the device cookie too, and it says nothing of who has been logged in.
    return Reply(
        headers={"Clear-Site-Data": '"cache", "storage"'},
        cookies=[cookies.remove(cookies.SESSION), cookies.remove(cookies.PRE_LOGIN)],
    )


@routes.get(
    "/login-records",
    access=authenticated(),
    query=schemas.LoginRecordQuery,
    answer=Page(schemas.LoginRecord),
    summary_sv="Visa mina inloggningar de senaste 36 månaderna",
    summary_en="Show my logins of the last 36 months",
)
def list_login_records(tx: Tx, query: history.RecordQuery) -> Any:
    """When, from which kind of device, and what came of it (A11); the newest first."""
    return history.list_login_records(tx, query)

"""Engines with the time budget built in, the naming of constraints, and what database errors mean.

Everything that a service may wait for has a limit: connect 3 s, pool checkout 1 s, statement 3 s (web), lock 1 s.
What runs out becomes ``Unavailable`` (503 with Retry-After), never a hang and never a 500.
"""

from __future__ import annotations

import time
from typing import Any, Literal

import psycopg
from sqlalchemy import Engine, MetaData, create_engine, event
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import ConnectionPoolEntry

from chassis.errors import Conflict, DomainError, Unavailable
from chassis.settings import Settings

Role = Literal["web", "worker", "jobs"]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

PING_AFTER_IDLE_SECONDS = 2.0
STATEMENT_TIMEOUT_MS = {"worker": 30_000, "jobs": 30_000}
# SQLSTATE classes and codes that pass by themselves: connection trouble, resources, operator, locks, deadlock.
TRANSIENT = ("08", "53", "57P", "55P03", "40001", "40P01", "57014", "25P03")

_constraint_errors: dict[str, type[DomainError]] = {}


def metadata_for(service: str) -> MetaData:
    """The ``MetaData`` that all tables of ``service`` hang on; names of constraints are part of the error catalogue."""
    return MetaData(naming_convention=NAMING, info={"service": service})


def constraint_error(name: str, error: type[DomainError]) -> None:
    """Say in ``store`` what a violated constraint means: ``constraint_error("uq_invitation_open", AlreadyInvited)``."""
    _constraint_errors[name] = error


def _connect_args(settings: Settings, role: Role, *, read_only: bool) -> dict[str, Any]:
    timeout = STATEMENT_TIMEOUT_MS.get(role, settings.statement_timeout_ms)
    options = {
        "statement_timeout": timeout,
        "lock_timeout": 1000,
        "idle_in_transaction_session_timeout": max(10_000, timeout),
        "TimeZone": "UTC",
    }
    if read_only:
        options["default_transaction_read_only"] = "on"
    return {
        "connect_timeout": 3,
        "tcp_user_timeout": 5000,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "application_name": f"{settings.service}-{role}",
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
    }


def make_engine(settings: Settings, role: Role = "web", *, read_only: bool = False) -> Engine:
    """Return an engine with a bounded pool.

    ``read_only`` gives autocommit connections on which PostgreSQL itself refuses to write: a list page costs one round
    trip instead of three (performance notes, section 2).
    """
    url = settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(
        url,
        pool_size=settings.web_threads + 1 if role == "web" else 4,
        max_overflow=0,
        pool_timeout=1.0,
        pool_recycle=1800,
        pool_reset_on_return=None if read_only else "rollback",
        isolation_level="AUTOCOMMIT" if read_only else "READ COMMITTED",
        connect_args=_connect_args(settings, role, read_only=read_only),
        insertmanyvalues_page_size=1000,
        hide_parameters=True,  # an error with its values would carry personal data into the log
    )
    event.listen(engine, "checkin", _mark_idle)
    event.listen(engine, "checkout", _ping_when_stale)
    return engine


def connect(settings: Settings, purpose: str, *, autocommit: bool) -> psycopg.Connection[Any]:
    """A bare psycopg connection outside every pool, for what holds a session lock or listens (the relay)."""
    arguments = _connect_args(settings, "worker", read_only=False)
    arguments["application_name"] = f"{settings.service}-{purpose}"
    return psycopg.connect(settings.database_url, autocommit=autocommit, **arguments)


def _mark_idle(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["idle_since"] = time.monotonic()


def _ping_when_stale(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    # A ping per checkout would be a third of a short request; a connection used a moment ago needs none,
    # and where it is dead all the same the request becomes a 503 and the pool is emptied.
    since = record.info.get("idle_since")
    if since is None or time.monotonic() - since < PING_AFTER_IDLE_SECONDS:
        return
    from sqlalchemy.exc import DisconnectionError

    try:
        cursor = connection.cursor()
        try:
            cursor.execute("SELECT 1")
        finally:
            cursor.close()
        if not connection.autocommit:
            connection.rollback()
    except Exception as error:
        raise DisconnectionError from error


def sqlstate(error: BaseException) -> str | None:
    """The PostgreSQL error code behind a SQLAlchemy error, if it has one."""
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def is_transient(error: BaseException) -> bool:
    """Whether trying again later can help: a lost connection, a lock, a full pool, a shutdown."""
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = sqlstate(error)
    if state is None:
        return isinstance(error, OperationalError | InterfaceError)
    return state.startswith(TRANSIENT)


def translate(error: Exception) -> Exception:
    """Return the domain error that a database error stands for, or the error itself."""
    if isinstance(error, IntegrityError):
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        cls = _constraint_errors.get(name or "")
        return cls() if cls else error
    if isinstance(error, StaleDataError):
        return Conflict()
    if is_transient(error):
        return Unavailable()
    return error

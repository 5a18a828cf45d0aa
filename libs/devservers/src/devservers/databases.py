"""Databases and roles on any PostgreSQL: one role per database, and no way into another's."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

LOCK = 0x4D696E61
"""Advisory lock, so that two processes may ensure the same database at once."""


def url(role: str, password: str, host: str, port: int, database: str) -> str:
    """A libpq URL."""
    return f"postgresql://{quote(role)}:{quote(password, safe='')}@{host}:{port}/{quote(database)}"


def answers(admin_url: str) -> bool:
    """Whether the server takes a connection and a query."""
    try:
        with psycopg.connect(admin_url, connect_timeout=2) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def ensure(admin_url: str, name: str, role: str | None = None, password: str | None = None) -> str:
    """Make database ``name`` owned by login role ``role`` (default: the same name); idempotent.

    The role's password is set each time. CONNECT is taken from PUBLIC, so that only the owner
    and administrators get in. Returns the URL the owner uses.
    """
    role = role or name
    password = password or secrets.token_urlsafe(18)
    database, owner = sql.Identifier(name), sql.Identifier(role)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        verb = sql.SQL("ALTER" if known else "CREATE")
        connection.execute(
            sql.SQL("{} ROLE {} LOGIN NOCREATEDB NOCREATEROLE PASSWORD {}").format(verb, owner, sql.Literal(password))
        )
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if there.fetchone() is None:
            if not _is_superuser(connection):
                connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    return with_database(admin_url, name, role, password)


def ensure_owner(admin_url: str, name: str, password: str) -> str:
    """Give database ``name`` to the login role ``<name>_owner``; the role ``name`` only logs in. Idempotent.

    Returns the URL that the owner uses. The owner is a member of the other role, never the other way round.
    """
    runtime, owner = sql.Identifier(name), sql.Identifier(f"{name}_owner")
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (f"{name}_owner",)).fetchone()
        verb = sql.SQL("ALTER" if known else "CREATE")
        connection.execute(
            sql.SQL("{} ROLE {} LOGIN NOCREATEDB NOCREATEROLE PASSWORD {}").format(verb, owner, sql.Literal(password))
        )
        if not _is_superuser(connection):
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(name), owner))
        connection.execute(sql.SQL("GRANT {} TO {}").format(runtime, owner))
        connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(runtime, runtime))
    return with_database(admin_url, name, f"{name}_owner", password)


def drop(admin_url: str, name: str) -> None:
    """Remove a database, also while somebody is connected to it."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def close_to_public(admin_url: str, names: Iterable[str]) -> None:
    """Take CONNECT from PUBLIC on ``names``."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for name in names:
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))


def with_database(admin_url: str, name: str, role: str, password: str) -> str:
    """``admin_url`` for another database and role, with its host, port and options kept."""
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{quote(role)}:{quote(password, safe='')}@{host}"
    return urlunsplit(("postgresql", netloc, f"/{quote(name)}", parts.query, ""))


def _is_superuser(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    found = row.fetchone()
    return bool(found and found[0])

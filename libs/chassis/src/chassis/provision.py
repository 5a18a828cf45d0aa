"""What an installation needs once: keys, databases with their roles, the broker's definitions.

The same commands serve compose, a cluster's set-up job and an operator with a managed PostgreSQL:

- ``python -m chassis all keys`` prints fresh secrets as an environment file; keep it secret.
- ``python -m chassis all databases`` makes what is missing of databases and roles (MINASIDOR_POSTGRES_URL, an
  administrator).
- ``python -m chassis all definitions`` prints RabbitMQ's definitions with hashed passwords, for ``load_definitions``.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
from psycopg import sql

from chassis import sealing, tokens
from chassis.peers import WHO_ASKS
from chassis.settings import SettingsError, prefix_of
from contracts import rabbitmq
from contracts.catalogue import OWNED_APART, SERVICES

LOCK = 0x4D53_4442
"""Advisory lock of ``make_databases``."""


def keys() -> Iterator[tuple[str, str]]:
    """Fresh values for every secret setting of an installation: name and value."""
    gateway = tokens.generate_key("1")
    notify, registry, identity = (sealing.generate_key("1") for _ in range(3))
    yield "GATEWAY_GATEWAY_PRIVATE_JWK", json.dumps(gateway)
    yield "MINASIDOR_GATEWAY_JWKS", tokens.public_jwks(gateway)
    yield "NOTIFY_NOTIFY_PRIVATE_JWKS", json.dumps({"keys": [notify]})
    yield "MINASIDOR_NOTIFY_JWKS", json.dumps({"keys": [sealing.public_key(notify)]})
    yield "IDENTITY_IDENTITY_PRIVATE_JWKS", json.dumps({"keys": [identity]})
    yield "MINASIDOR_IDENTITY_JWKS", json.dumps({"keys": [sealing.public_key(identity)]})
    activity = sealing.generate_key("1")
    yield "ACTIVITY_SEAL_PRIVATE_JWKS", json.dumps({"keys": [activity]})
    yield "IDENTITY_ACTIVITY_JWKS", json.dumps(sealing.public_key(activity))
    yield "ORG_REGISTRY_SEAL_PRIVATE_JWKS", json.dumps({"keys": [registry]})
    yield "IDENTITY_SEAL_JWKS", json.dumps({"org-registry": sealing.public_key(registry)})
    for name in ("IDENTITY_PERSONAL_NUMBER_KEY", "IDENTITY_PERSONAL_NUMBER_PEPPER"):
        yield name, random_key()
    for name in ("ORG_REGISTRY_ORGANISATION_NUMBER_KEY", "ORG_REGISTRY_ORGANISATION_NUMBER_PEPPER"):
        yield name, random_key()
    yield "ORG_REGISTRY_DOCUMENT_KEY", random_key()
    for name in ("INVITATIONS_ADDRESS_KEY", "INVITATIONS_ADDRESS_PEPPER"):
        yield name, random_key()
    for name in ("BILLING_ADDRESS_KEY", "BILLING_ADDRESS_PEPPER"):
        yield name, random_key()
    for asked, askers in WHO_ASKS.items():
        peers = {asker: tokens.generate_key("1") for asker in askers}
        public = {asker: json.loads(tokens.public_jwks(key)) for asker, key in peers.items()}
        yield f"{prefix_of(asked)}_PEER_JWKS", json.dumps(public)
        for asker, key in peers.items():
            yield f"{prefix_of(asker)}_PEER_PRIVATE_JWK", json.dumps(key)
    yield "POSTGRES_PASSWORD", secrets.token_urlsafe(24)
    for service in SERVICES:
        yield f"{prefix_of(service)}_DATABASE_PASSWORD", secrets.token_urlsafe(24)
    for service in OWNED_APART:
        yield f"{prefix_of(service)}_OWNER_DATABASE_PASSWORD", secrets.token_urlsafe(24)
    for participant in (rabbitmq.OPERATOR, *rabbitmq.participants()):
        yield f"{prefix_of(participant)}_AMQP_PASSWORD", secrets.token_urlsafe(24)


def random_key() -> str:
    """256 random bits, base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def environment_file() -> str:
    """``keys`` as lines that compose and a shell read the same way."""
    return "".join(f"{name}='{value}'\n" for name, value in keys())


def _needed(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise SettingsError(f"{name} is missing")
    return value


def definitions(environ: Mapping[str, str]) -> dict[str, Any]:
    """The broker's definitions; one ``<NAME>_AMQP_PASSWORD`` per participant and for the operator."""
    names = (rabbitmq.OPERATOR, *rabbitmq.participants())
    return rabbitmq.definitions({name: _needed(environ, f"{prefix_of(name)}_AMQP_PASSWORD") for name in names})


def make_databases(environ: Mapping[str, str]) -> list[str]:
    """Make or repair a role and a database per service; returns what was new. Safe to repeat, also by two at once.

    A role logs in to its own database and to no other. MINASIDOR_POSTGRES_URL names a superuser, or a user that may
    make roles and databases, as a managed PostgreSQL has.
    """
    made = []
    with psycopg.connect(_needed(environ, "MINASIDOR_POSTGRES_URL"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        for service in SERVICES:
            name = service.replace("-", "_")
            password = _needed(environ, f"{prefix_of(service)}_DATABASE_PASSWORD")
            if _make_database(connection, name, password):
                made.append(name)
            if service in OWNED_APART:
                _make_owner(connection, name, _needed(environ, f"{prefix_of(service)}_OWNER_DATABASE_PASSWORD"))
        # Every server has these and lets everybody into them; a managed one may not be ours to close.
        ours = connection.execute(
            "SELECT datname FROM pg_database"
            " WHERE datname IN ('postgres', 'template1') AND pg_has_role(datdba, 'USAGE')"
        )
        for (name,) in ours.fetchall():
            connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    return made


def _make_role(connection: psycopg.Connection[Any], name: str, password: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
    verb = sql.SQL("ALTER" if known else "CREATE")
    rights = sql.SQL("LOGIN NOCREATEDB NOCREATEROLE PASSWORD")
    connection.execute(sql.SQL("{} ROLE {} {} {}").format(verb, sql.Identifier(name), rights, sql.Literal(password)))


def _join_role(connection: psycopg.Connection[Any], role: sql.Identifier) -> None:
    superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if superuser != (True,):  # only a member of the role may give it a database
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))


def _make_database(connection: psycopg.Connection[Any], name: str, password: str) -> bool:
    role, database = sql.Identifier(name), sql.Identifier(name)
    _make_role(connection, name, password)
    there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
    if there is None:
        _join_role(connection, role)
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    return there is None


def _make_owner(connection: psycopg.Connection[Any], name: str, password: str) -> None:
    """The database belongs to ``<name>_owner``; the service's own role only logs in to it."""
    runtime, owner = sql.Identifier(name), sql.Identifier(f"{name}_owner")
    _make_role(connection, f"{name}_owner", password)
    owned = connection.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", (name,)).fetchone()
    if owned != (f"{name}_owner",):
        _join_role(connection, owner)
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(runtime, owner))
    connection.execute(sql.SQL("GRANT {} TO {}").format(runtime, owner))
    connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(runtime, runtime))

"""Keys, databases and the broker's definitions, as an installation makes them."""

import json

import psycopg
import pytest

from chassis import migrations, provision
from chassis.cli import app_module
from chassis.sealing import Sealer, Unsealer
from chassis.settings import SettingsError, load, prefix_of
from chassis.tokens import Minter, Verifier
from chassis.transaction import Database
from contracts import rabbitmq
from contracts.catalogue import OWNED_APART, SERVICES
from devservers import databases
from devservers.postgres import Postgres

KEYS = dict(provision.keys())


def test_keys_are_fresh_each_time():
    again = dict(provision.keys())
    assert set(again) == set(KEYS)
    assert not set(again.values()) & set(KEYS.values())


def test_what_is_sealed_with_a_public_key_is_opened_with_its_private_one():
    sealed = Sealer(KEYS["MINASIDOR_NOTIFY_JWKS"]).seal({"email": "anna@example.test"})
    assert Unsealer(KEYS["NOTIFY_NOTIFY_PRIVATE_JWKS"]).unseal(sealed) == {"email": "anna@example.test"}
    registry = json.loads(KEYS["IDENTITY_SEAL_JWKS"])["org-registry"]
    assert "d" not in registry
    assert Unsealer(KEYS["ORG_REGISTRY_SEAL_PRIVATE_JWKS"]).unseal(Sealer(json.dumps(registry)).seal({"a": 1}))


def test_public_keys_are_public():
    for name, value in KEYS.items():
        if name in {"MINASIDOR_GATEWAY_JWKS", "MINASIDOR_NOTIFY_JWKS", "IDENTITY_SEAL_JWKS", "IDENTITY_ACTIVITY_JWKS"}:
            assert '"d"' not in value, name
    assert Minter(json.loads(KEYS["GATEWAY_GATEWAY_PRIVATE_JWK"]))
    assert Verifier(KEYS["MINASIDOR_GATEWAY_JWKS"], "billing")


def test_definitions_have_a_user_for_everybody_and_nobodys_password():
    text = json.dumps(provision.definitions(KEYS))
    users = {user["name"]: user["tags"] for user in json.loads(text)["users"]}
    assert set(users) == {rabbitmq.OPERATOR, *rabbitmq.participants()}
    assert [name for name, tags in users.items() if tags] == [rabbitmq.OPERATOR]
    assert not [name for name, value in KEYS.items() if name.endswith("_AMQP_PASSWORD") and value in text]


def test_a_missing_password_is_named_and_nothing_is_made():
    incomplete = {name: value for name, value in KEYS.items() if name != "BILLING_AMQP_PASSWORD"}
    with pytest.raises(SettingsError, match="BILLING_AMQP_PASSWORD is missing"):
        provision.definitions(incomplete)
    with pytest.raises(SettingsError, match="MINASIDOR_POSTGRES_URL is missing"):
        provision.make_databases(KEYS)


@pytest.fixture
def server(tmp_path):
    """A server of this test's own: roles belong to the whole server."""
    with Postgres(tmp_path / "postgres", durable=False) as started:
        yield started
    started.wipe()


def can_log_in(server, role, password, database):
    try:
        psycopg.connect(databases.with_database(server.url, database, role, password)).close()
    except psycopg.OperationalError:
        return False
    return True


def test_databases_are_made_once_closed_to_the_others_and_a_new_password_counts(server):
    environ = KEYS | {"MINASIDOR_POSTGRES_URL": server.url}
    names = [service.replace("-", "_") for service in SERVICES]
    assert provision.make_databases(environ) == names
    assert provision.make_databases(environ) == []
    for service, name in zip(SERVICES, names, strict=True):
        password = environ[f"{prefix_of(service)}_DATABASE_PASSWORD"]
        reachable = [
            database for database in (*names, "postgres", "template1") if can_log_in(server, name, password, database)
        ]
        assert reachable == [name]
    with psycopg.connect(
        databases.with_database(server.url, "billing", "billing", environ["BILLING_DATABASE_PASSWORD"])
    ) as own:
        own.execute("CREATE TABLE kept (id int)")
        own.execute("INSERT INTO kept VALUES (1)")
    provision.make_databases(environ | {"BILLING_DATABASE_PASSWORD": "another-one"})
    assert not can_log_in(server, "billing", environ["BILLING_DATABASE_PASSWORD"], "billing")
    with psycopg.connect(databases.with_database(server.url, "billing", "billing", "another-one")) as own:
        assert own.execute("SELECT id FROM kept").fetchall() == [(1,)]


def test_an_administrator_without_superuser_is_enough(server):
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE manager LOGIN CREATEDB CREATEROLE PASSWORD 'managed'")
        connection.execute("GRANT CONNECT ON DATABASE postgres TO manager")
    managed = databases.with_database(server.url, "postgres", "manager", "managed")
    assert len(provision.make_databases(KEYS | {"MINASIDOR_POSTGRES_URL": managed})) == len(SERVICES)
    assert can_log_in(server, "cases", KEYS["CASES_DATABASE_PASSWORD"], "cases")
    assert not can_log_in(server, "cases", KEYS["CASES_DATABASE_PASSWORD"], "orders")


@pytest.mark.parametrize("managed", [False, True], ids=["superuser", "manager"])
def test_C37_where_the_tables_belong_to_a_second_role_the_services_own_can_only_add(server, managed):
    admin = server.url
    if managed:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE ROLE manager LOGIN CREATEDB CREATEROLE PASSWORD 'managed'")
            connection.execute("GRANT CONNECT ON DATABASE postgres TO manager")
        admin = databases.with_database(server.url, "postgres", "manager", "managed")
    environ = KEYS | {"MINASIDOR_POSTGRES_URL": admin}
    for _ in range(2):
        provision.make_databases(environ)
    for service in OWNED_APART:
        name, prefix = service.replace("-", "_"), prefix_of(service)
        own, owner = (
            databases.with_database(server.url, name, role, environ[f"{prefix}_{setting}"])
            for role, setting in ((name, "DATABASE_PASSWORD"), (f"{name}_owner", "OWNER_DATABASE_PASSWORD"))
        )
        told = {f"{prefix}_DATABASE_URL": own, f"{prefix}_OWNER_DATABASE_URL": owner}
        settings = load(app_module(service).Settings, service, told)
        assert migrations.upgrade(settings)
        database = Database(settings)
        assert migrations.current_is_head(database)
        database.dispose()
        with psycopg.connect(own, autocommit=True) as connection:
            (member,) = connection.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", (name, f"{name}_owner")).fetchone()
            assert not member
            for statement in ("DELETE FROM ledger.entry", "DROP SCHEMA ledger CASCADE", f"SET ROLE {name}_owner"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)

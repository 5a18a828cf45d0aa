import psycopg
import pytest

from activity.app import Settings
from chassis import migrations
from chassis.ids import new_id
from chassis.settings import load

CHANGES = (
    "UPDATE ledger.entry SET body = body",
    "DELETE FROM ledger.entry",
    "TRUNCATE ledger.entry",
    "UPDATE ledger.chain SET seq = 0",
    "DELETE FROM ledger.chain",
    "TRUNCATE ledger.chain",
    "UPDATE ledger.checkpoint SET seq = 0",
    "DELETE FROM ledger.checkpoint",
    "DROP TABLE ledger.entry",
    "DROP SCHEMA ledger CASCADE",
    "ALTER TABLE ledger.entry DISABLE TRIGGER ALL",
    "CREATE TABLE ledger.mine (id int)",
    "CREATE OR REPLACE FUNCTION ledger.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "INSERT INTO ledger.entry SELECT * FROM ledger.entry",
    "INSERT INTO ledger.checkpoint SELECT chain_id, seq, hash, now()::date, now() FROM ledger.chain",
)


def test_the_database_is_at_the_head_that_the_code_was_made_with(database):
    assert migrations.current_is_head(database)


def test_the_files_are_one_line_that_ends_in_the_noted_head():
    assert migrations.check_files(migrations.folder_of("activity")).startswith("0001_")


@pytest.mark.parametrize("statement", CHANGES)
def test_C37_the_services_own_role_can_only_add(roles, act, statement):
    act(person_id=new_id())
    refused = (psycopg.errors.InsufficientPrivilege, psycopg.errors.WrongObjectType)
    with psycopg.connect(roles["runtime"], autocommit=True) as connection, pytest.raises(refused):
        connection.execute(statement)


def test_C37_granting_oneself_a_right_gives_none(roles, act):
    act(person_id=new_id())
    with psycopg.connect(roles["runtime"], autocommit=True) as connection:
        connection.execute("GRANT ALL ON ledger.entry TO CURRENT_USER")  # to PostgreSQL, a warning
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM ledger.entry")


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger.entry SET body = body", "DELETE FROM ledger.entry", "TRUNCATE ledger.entry"]
)
def test_C37_triggers_stop_even_the_owner_who_has_not_thought_of_them(roles, act, statement):
    act(person_id=new_id())
    with (
        psycopg.connect(roles["owner"], autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added to"),
    ):
        connection.execute(statement)


def test_an_installation_with_one_role_has_the_same_tables_behind_triggers(postgres_server, worker_id):
    name = f"activity_alone_{worker_id}"
    environ = {"MINASIDOR_ENVIRONMENT": "test", "MINASIDOR_DATABASE_URL": postgres_server.create(name)}
    settings = load(Settings, "activity", environ)
    assert migrations.upgrade(settings) == ["0001_ledger"]
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT ledger.append(gen_random_uuid(), gen_random_uuid(), now(), NULL, NULL, NULL, 'x'::bytea)"
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM ledger.entry")
    postgres_server.drop(name)

"""The migration files, and that tables and constraints are what the code believes."""

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from chassis import migrations
from chassis.ids import new_id
from org_registry.store.tables import METADATA


def test_the_database_is_at_the_head_that_the_code_was_made_with(database):
    assert migrations.current_is_head(database)


def test_the_files_are_one_line_that_ends_in_the_noted_head():
    assert migrations.check_files(migrations.folder_of("org-registry"))


def test_migrating_twice_does_nothing(settings, database):
    assert migrations.upgrade(settings) == []


def test_every_table_has_the_columns_that_the_code_names(database):
    inspector = inspect(database.engine)
    for table in METADATA.sorted_tables:
        found = {column["name"]: column["nullable"] for column in inspector.get_columns(table.name)}
        assert found == {column.name: column.nullable for column in table.columns}, table.name


PRIVATE = "INSERT INTO account VALUES (:id, 'private', 'x', 'open', 'K-1', NULL, now(), 1)"
MEMBER = "INSERT INTO membership (id, account_id, person_id, role, read_only, granted_at, version, ends_on) VALUES "


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        ("ck_account_of", "INSERT INTO account VALUES (:other, 'company', 'x', 'open', 'K-2', NULL, now(), 1)"),
        ("ck_account_opened", "INSERT INTO account VALUES (:other, 'private', 'x', 'open', 'K-2', NULL, NULL, 1)"),
        ("uq_account_customer_number", PRIVATE.replace(":id", ":other")),
        ("uq_membership_owner", f"{MEMBER} (:other, :id, :other, 'owner', false, now(), 1, NULL)"),
        ("uq_membership_active", f"{MEMBER} (:other, :id, :id, 'delegate', false, now(), 1, NULL)"),
        ("ck_membership_narrowed", f"{MEMBER} (:other, :id, :other, 'signatory', true, now(), 1, NULL)"),
        ("ck_membership_role", f"{MEMBER} (:other, :id, :other, 'god', false, now(), 1, NULL)"),
    ],
)
def test_the_database_itself_refuses(world, constraint, statement):
    account = new_id()
    world.change(PRIVATE, id=account)
    world.change(f"{MEMBER} (:id, :id, :id, 'owner', false, now(), 1, NULL)", id=account)
    with pytest.raises(IntegrityError, match=constraint):
        world.change(statement, id=account, other=new_id())

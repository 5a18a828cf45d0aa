from sqlalchemy import text

from chassis import migrations
from identity.store.tables import metadata


def test_the_migrations_are_one_line_and_run_twice_without_effect(settings, database):
    assert migrations.check_files(migrations.folder_of("identity")) >= "0009_names_told"
    assert migrations.upgrade(settings) == []
    assert migrations.current_is_head(database)


def test_the_tables_that_the_code_knows_are_those_of_the_migrations(database):
    with database.read() as tx:
        found = {
            (row.table_name, row.column_name, row.is_nullable == "YES")
            for row in tx.session.execute(
                text(
                    "SELECT table_name, column_name, is_nullable FROM information_schema.columns "
                    "WHERE table_schema = 'public'"
                )
            )
        }
    known = {
        (table.name, column.name, bool(column.nullable))
        for table in metadata.tables.values()
        for column in table.columns
    }
    assert known <= found
    tables = set(metadata.tables)
    assert {entry for entry in found if entry[0] in tables} == known


def test_the_unique_constraints_have_the_names_that_the_code_uses(database):
    with database.read() as tx:
        names = set(
            tx.session.execute(text("SELECT conname FROM pg_constraint WHERE contype IN ('u', 'f', 'c')")).scalars()
        )
    for table in metadata.tables.values():
        for column in table.columns:
            if column.unique:
                assert f"uq_{table.name}_{column.name}" in names
            if column.foreign_keys:
                assert f"fk_{table.name}_{column.name}" in names

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from billing.store import METADATA
from chassis import migrations


def test_the_database_is_at_the_head_that_the_code_was_made_with(database):
    assert migrations.current_is_head(database)


def test_the_files_are_one_line_that_ends_in_the_noted_head():
    assert migrations.check_files(migrations.folder_of("billing"))


def test_the_migrated_tables_are_those_that_the_code_declares(database):
    ours = set(METADATA.tables)

    def mine(_object, name, kind, *_):
        return kind != "table" or name in ours

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": mine, "compare_type": True})
        assert compare_metadata(context, METADATA) == []

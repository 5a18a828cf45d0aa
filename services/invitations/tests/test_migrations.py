from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from chassis import migrations
from invitations.store import METADATA


def test_the_database_is_at_the_head_that_the_code_was_made_with(database):
    assert migrations.current_is_head(database)


def test_the_files_are_one_line_that_ends_in_the_noted_head():
    assert migrations.check_files(migrations.folder_of("invitations"))


def test_what_the_migrations_make_is_what_the_code_works_with(database):
    with database.engine.connect() as connection:
        ours = set(METADATA.tables)
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "include_name": lambda name, kind, _: kind != "table" or name in ours},
        )
        assert compare_metadata(context, METADATA) == []

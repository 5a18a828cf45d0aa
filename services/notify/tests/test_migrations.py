from chassis import migrations
from notify.store import METADATA


def test_the_database_is_at_the_head_that_the_code_was_made_with(database):
    assert migrations.current_is_head(database)


def test_the_files_are_one_line_that_ends_in_the_noted_head():
    assert migrations.check_files(migrations.folder_of("notify"))


def test_the_tables_that_the_code_knows_have_exactly_the_columns_of_the_database(kit):
    rows = kit.rows("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'")
    there = {(row.table_name, row.column_name) for row in rows}
    for table in METADATA.tables.values():
        assert {(table.name, column.name) for column in table.columns} == {
            pair for pair in there if pair[0] == table.name
        }

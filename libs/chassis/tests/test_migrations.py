"""The runner of migrations: files in one line, one runner at a time, no waiting for locks with others behind."""

import threading

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from chassis import migrations
from chassis.settings import Settings
from chassis.testing import wait_for
from chassis.transaction import Database

SECOND = """from alembic import op
revision = "0002_more"
down_revision = "0001_chassis"
def upgrade():
    op.execute("ALTER TABLE effect ADD COLUMN more text")
"""


@pytest.fixture
def fresh(postgres_server, worker_id):
    name = f"chassis_migrations_{worker_id}"
    postgres_server.drop(name)
    return Settings(service="billing", environment="test", database_url=postgres_server.create(name))


@pytest.fixture
def two(tmp_path, kit):
    kit.write_migrations(tmp_path, {"0001_chassis": kit.FIRST, "0002_more": SECOND})
    return tmp_path


def test_upgrading_applies_what_is_missing_and_nothing_twice(fresh, tmp_path, kit):
    kit.write_migrations(tmp_path, {"0001_chassis": kit.FIRST})
    assert migrations.upgrade(fresh, folder=tmp_path) == ["0001_chassis"]
    kit.write_migrations(tmp_path, {"0002_more": SECOND})
    assert migrations.upgrade(fresh, folder=tmp_path) == ["0002_more"]
    assert migrations.upgrade(fresh, folder=tmp_path) == []


def test_two_runners_at_once_apply_each_migration_once(fresh, two):
    applied, threads = [], []
    for _ in range(3):
        threads.append(threading.Thread(target=lambda: applied.append(migrations.upgrade(fresh, folder=two))))
        threads[-1].start()
    for thread in threads:
        thread.join(30)
    assert sorted(applied) == [[], [], ["0001_chassis", "0002_more"]]


def test_a_locked_table_is_tried_again_until_it_is_free(fresh, tmp_path, kit, monkeypatch):
    kit.write_migrations(tmp_path, {"0001_chassis": kit.FIRST})
    migrations.upgrade(fresh, folder=tmp_path)
    kit.write_migrations(tmp_path, {"0002_more": SECOND})
    monkeypatch.setattr(migrations, "LOCK_TIMEOUT_MS", 50)
    waited = []
    monkeypatch.setattr(migrations.log, "warning", lambda *args, **_: waited.append(args))
    applied = []
    with psycopg.connect(fresh.database_url) as reader:
        reader.execute("SELECT FROM effect")
        runner = threading.Thread(target=lambda: applied.append(migrations.upgrade(fresh, folder=tmp_path)))
        runner.start()
        wait_for(lambda: waited)
    runner.join(10)
    assert applied == [["0002_more"]]


def test_a_migration_that_fails_leaves_the_database_where_it_was(fresh, two):
    (two / "versions" / "0002_more.py").write_text(SECOND.replace("effect", "no_such_table"))
    with pytest.raises(DBAPIError):
        migrations.upgrade(fresh, folder=two)
    database = Database(fresh)
    with database.read() as tx:
        assert migrations.current(tx.session.connection()) == "0001_chassis"
    database.dispose()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda folder: (folder / ".current-head").write_text("0001_chassis"), "the newest migration is 0002_more"),
        (lambda folder: (folder / ".current-head").unlink(), "says nothing"),
        (lambda folder: (folder / "0002_more.py").rename(folder / "0003_more.py"), "says that it is revision"),
        (
            lambda folder: (folder / "0002_other.py").write_text(SECOND.replace("0002_more", "0002_other")),
            "not numbered",
        ),
    ],
)
def test_files_that_do_not_form_one_line_are_refused(two, change, complaint):
    change(two / "versions")
    with pytest.raises(migrations.MigrationError, match=complaint):
        migrations.check_files(two)


def test_readiness_wants_the_head_or_a_newer_one(fresh, two, monkeypatch):
    monkeypatch.setattr(migrations, "folder_of", lambda _service: two)
    database = Database(fresh)
    assert not migrations.current_is_head(database)
    migrations.upgrade(fresh, folder=two)
    assert migrations.current_is_head(database)
    (two / "versions" / ".current-head").write_text("0001_chassis")
    assert migrations.current_is_head(database)
    (two / "versions" / ".current-head").write_text("0003_later")
    assert not migrations.current_is_head(database)
    database.dispose()


def test_a_name_that_the_version_table_cannot_hold_is_refused_before_anything_runs(tmp_path, kit):
    name = "0001_a_name_that_is_longer_than_it_may_be"
    kit.write_migrations(tmp_path, {name: kit.FIRST.replace("0001_chassis", name)})
    with pytest.raises(migrations.MigrationError, match="32"):
        migrations.check_files(tmp_path)

"""Database migrations: the tables that the chassis needs, and the runner that cannot hang production.

A service keeps numbered files ``0001_slug.py`` in ``<import name>/migrations/versions`` and the name of the newest
in ``versions/.current-head``: two branches that both add a migration meet in a merge conflict there. The first
file calls ``create_chassis_tables(op)``.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, pool
from sqlalchemy.exc import DBAPIError

from chassis.db import sqlstate
from chassis.partitions import make_ahead
from chassis.settings import Settings
from chassis.telemetry import logger

if TYPE_CHECKING:
    from chassis.transaction import Database

log = logger(__name__)

LOCK_KEY = 0x6D696772
"""Advisory lock of the runner, per database: two deployments at once run one after the other."""
LOCK_TIMEOUT_MS = 1000
STATEMENT_TIMEOUT_MS = 60_000
LOCK_TRIES = 20
LONGEST_NAME = 32
LOCK_NOT_AVAILABLE = "55P03"

CHASSIS_TABLES = Path(__file__).with_name("tables.sql")


class MigrationError(Exception):
    """The migration files are not as they must be, or the database could not be locked in time."""


def create_chassis_tables(op: Any) -> None:
    """Make every table of the chassis; for the first migration of a service.

    Args:
        op: alembic's ``op``.

    """
    for statement in CHASSIS_TABLES.read_text(encoding="utf-8").split(";\n\n"):
        op.execute(statement)
    make_ahead(op.get_bind())


def package_of(service: str) -> str:
    """Import name of a service: ``org-registry`` -> ``org_registry``, ``batch-billing`` -> ``sim_batch_billing``."""
    name = service.replace("-", "_")
    for candidate in (name, f"sim_{name}"):
        if find_spec(candidate) is not None:
            return candidate
    message = f"{service} is not installed"
    raise MigrationError(message)


def folder_of(service: str) -> Path:
    """The ``migrations`` folder of an installed service."""
    module = import_module(package_of(service))
    return Path(module.__path__[0]) / "migrations"


def check_files(folder: Path) -> str:
    """Return the head; raises ``MigrationError`` unless the files form one line that ends in ``.current-head``."""
    script = _script(folder)
    revisions = list(script.walk_revisions())
    for revision in revisions:
        stem = Path(revision.path).stem
        if revision.revision != stem:
            message = f"{stem}.py says that it is revision {revision.revision!r}"
            raise MigrationError(message)
        if len(stem) > LONGEST_NAME:
            message = f"{stem} has {len(stem)} characters; alembic's version table takes {LONGEST_NAME}"
            raise MigrationError(message)
    names = sorted(revision.revision for revision in revisions)
    numbers = [name.partition("_")[0] for name in names]
    if numbers != [f"{number:04}" for number in range(1, len(names) + 1)]:
        message = f"{folder}: migrations are not numbered 0001, 0002 …: {', '.join(numbers)}"
        raise MigrationError(message)
    heads = script.get_heads()
    if len(heads) != 1:
        message = f"{folder}: {len(heads)} heads, one expected"
        raise MigrationError(message)
    noted = _noted_head(folder)
    if noted != heads[0]:
        message = f"{folder}: .current-head says {noted or 'nothing'}, the newest migration is {heads[0]}"
        raise MigrationError(message)
    return heads[0]


def _noted_head(folder: Path) -> str:
    try:
        return (folder / "versions" / ".current-head").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def _script(folder: Path) -> ScriptDirectory:
    return ScriptDirectory(str(folder), version_locations=[str(folder / "versions")])


def upgrade(settings: Settings, *, folder: Path | None = None) -> list[str]:
    """Bring the database of ``settings.service`` to the head; returns the revisions that were applied.

    Waits for another runner, gives up on a table lock after a second and tries again (a migration that waits for a
    lock makes everybody else wait behind it), raises ``MigrationError`` after 20 tries.
    """
    folder = folder or folder_of(settings.service)
    check_files(folder)
    # The role that owns the tables, where the service's own may not change them (ADR 0013).
    owner: str = getattr(settings, "owner_database_url", "") or settings.database_url
    url = owner.replace("postgresql://", "postgresql+psycopg://", 1)
    options = f"-c lock_timeout={LOCK_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS} -c TimeZone=UTC"
    engine = create_engine(
        url,
        poolclass=pool.NullPool,
        connect_args={
            "options": options,
            "connect_timeout": 5,
            "application_name": f"{settings.service}-migrate",
        },
    )
    with engine.connect() as connection:
        _lock(connection)
        try:
            return _apply(connection, folder, settings.service)
        finally:
            connection.rollback()
            connection.exec_driver_sql("SELECT pg_advisory_unlock(%s)", (LOCK_KEY,))
            connection.commit()


def upgrade_many(many: Iterable[Settings]) -> dict[str, list[str]]:
    """``upgrade`` for several services in one process; by service, what was applied."""
    return {settings.service: upgrade(settings) for settings in many}


def _lock(connection: Connection) -> None:
    def locked() -> bool:
        return bool(connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", (LOCK_KEY,)).scalar_one())

    deadline = time.monotonic() + STATEMENT_TIMEOUT_MS / 1000
    while not locked():
        connection.commit()
        if time.monotonic() > deadline:
            message = "another migration is running and does not end"
            raise MigrationError(message)
        time.sleep(0.2)
    connection.commit()


def _apply(connection: Connection, folder: Path, service: str) -> list[str]:
    applied: list[str] = []
    for attempt in range(1, LOCK_TRIES + 1):
        try:
            _run(connection, folder, applied)
        except DBAPIError as error:
            connection.rollback()
            if sqlstate(error) != LOCK_NOT_AVAILABLE:
                raise
            log.warning("migration-waits-for-lock", service=service, attempt=attempt)
            time.sleep(min(0.2 * attempt, 2.0))
        else:
            if applied:
                log.info("migrated", service=service, revisions=applied)
            return applied
    message = f"{service}: no table lock after {LOCK_TRIES} tries"
    raise MigrationError(message)


def _run(connection: Connection, folder: Path, applied: list[str]) -> None:
    script = _script(folder)

    def plan(revision: Any, _context: MigrationContext) -> Any:
        return script._upgrade_revs("head", revision)  # noqa: SLF001 - what alembic's own command does

    def note(ctx: MigrationContext, step: MigrationInfo, heads: Collection[Any], run_args: Mapping[str, Any]) -> None:
        del ctx, heads, run_args
        applied.append(str(step.up_revision_id))

    with EnvironmentContext(Config(), script, fn=plan) as environment:
        environment.configure(
            connection=connection,
            target_metadata=None,
            transaction_per_migration=True,
            on_version_apply=note,
        )
        with environment.begin_transaction():
            environment.run_migrations()
    connection.commit()


def current(connection: Connection) -> str | None:
    """The revision that the database is at."""
    if connection.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar_one() is None:
        return None
    revision: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return revision


def current_is_head(database: Database) -> bool:
    """Whether the database is at the head that this code was made with; for /readyz.

    A database that is one migration ahead (a newer release is being rolled out) counts as right: migrations only
    expand what an older release can read. Behind is wrong.
    """
    noted = _noted_head(folder_of(database.settings.service))
    with database.read() as tx:
        found = current(tx.session.connection())
    return found is not None and found >= noted

"""The outbox's partitions: one per day, made a week ahead, dropped when all they hold is published and old.

A row that finds no partition of its day lands in ``outbox_default``: nothing fails when the job is late. A day is
attached, not created in place: that leaves readers and writers of the other days alone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection

from chassis.outbox import RETENTION

DAYS_AHEAD = 7


def _name(day: date) -> str:
    return f"outbox_{day:%Y%m%d}"


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), UTC).isoformat()


def _days(connection: Connection) -> dict[str, date]:
    rows = connection.exec_driver_sql(
        "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid"
        " WHERE inhparent = 'outbox'::regclass AND child.relname ~ '^outbox_[0-9]{8}$'"
    )
    return {row[0]: datetime.strptime(row[0][-8:], "%Y%m%d").replace(tzinfo=UTC).date() for row in rows}


def make_ahead(connection: Connection, days: int = DAYS_AHEAD) -> list[str]:
    """Make the missing partitions from today on; returns their names. Run inside a transaction."""
    today = connection.exec_driver_sql("SELECT (now() AT TIME ZONE 'UTC')::date").scalar_one()
    existing = _days(connection)
    made = []
    for offset in range(days + 1):
        day = today + timedelta(days=offset)
        if _name(day) not in existing:
            _attach(connection, day)
            made.append(_name(day))
    return made


def _attach(connection: Connection, day: date) -> None:
    name = _name(day)
    start, end = _midnight(day), _midnight(day + timedelta(days=1))
    connection.exec_driver_sql(
        f"CREATE TABLE {name} (LIKE outbox INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)"
    )
    # Rows of that day that arrived before their partition: moved, or the attach would refuse. The lock
    # keeps more of them out until the commit.
    connection.exec_driver_sql("LOCK TABLE ONLY outbox_default IN ACCESS EXCLUSIVE MODE")
    connection.exec_driver_sql(
        f"WITH late AS (DELETE FROM outbox_default WHERE created_at >= '{start}' AND created_at < '{end}'"  # noqa: S608 - dates
        f" RETURNING *) INSERT INTO {name} SELECT * FROM late"
    )
    connection.exec_driver_sql(f"ALTER TABLE outbox ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')")


def drop_old(connection: Connection, keep: timedelta = RETENTION) -> list[str]:
    """Drop the days that ended before ``keep`` ago and hold nothing unpublished; returns their names."""
    limit = connection.exec_driver_sql("SELECT now() - %s::interval", (keep,)).scalar_one()
    dropped = []
    for name, day in sorted(_days(connection).items()):
        if datetime.combine(day + timedelta(days=1), time(), UTC) > limit:
            continue
        waiting = connection.exec_driver_sql(
            f"SELECT EXISTS (SELECT FROM {name} WHERE published_at IS NULL)"  # noqa: S608 - name from pg_class
        ).scalar_one()
        if not waiting:
            connection.exec_driver_sql(f"DROP TABLE {name}")
            dropped.append(name)
    connection.exec_driver_sql(
        "DELETE FROM outbox_default WHERE created_at < %s AND published_at IS NOT NULL", (limit,)
    )
    return dropped

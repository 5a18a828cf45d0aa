"""The system's own books in one SQLite file: customers, agreements, readings, invoices, what is still to be sent."""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS customer (number TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS agreement (
    number TEXT PRIMARY KEY, customer_number TEXT NOT NULL, facility_id TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS taken (event_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS reading (id TEXT PRIMARY KEY, version INTEGER NOT NULL, invoice_number TEXT);
CREATE TABLE IF NOT EXISTS invoice (number TEXT PRIMARY KEY, body TEXT NOT NULL, paid_ore INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS version (subject TEXT PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS outgoing (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, type TEXT NOT NULL, subject TEXT NOT NULL,
    version INTEGER NOT NULL, time TEXT NOT NULL, body TEXT NOT NULL);
"""


class Ledger:
    """One writer at a time; everything inside ``with ledger.books() as db`` is one transaction."""

    def __init__(self, path: str) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + TABLES)

    @contextmanager
    def books(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction; an error leaves the books as they were."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def next_number(self, name: str, start: int) -> int:
        """The next of a running series; call it inside ``books``."""
        self._db.execute(
            "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET number = number + 1", (name, start)
        )
        number: int = self._db.execute("SELECT number FROM counter WHERE name = ?", (name,)).fetchone()[0]
        return number

    def tell(self, type_: str, subject: str, body: dict[str, Any]) -> None:
        """Put an event among what is to be sent, with the next version of its subject; inside ``books``."""
        key = f"{type_.split('.')[1]}:{subject}"
        self._db.execute(
            "INSERT INTO version VALUES (?, 1) ON CONFLICT (subject) DO UPDATE SET number = number + 1", (key,)
        )
        version = self._db.execute("SELECT number FROM version WHERE subject = ?", (key,)).fetchone()[0]
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        self._db.execute(
            "INSERT INTO outgoing (id, type, subject, version, time, body) VALUES (?, ?, ?, ?, ?, ?)",
            (str(uuid.uuid4()), type_, subject, version, now, json.dumps(body, ensure_ascii=False)),
        )

    def outgoing(self) -> list[sqlite3.Row]:
        """What is to be sent, oldest first."""
        with self._lock:
            return self._db.execute("SELECT * FROM outgoing ORDER BY seq LIMIT 500").fetchall()

    def sent(self, seq: int) -> None:
        """The broker has confirmed it."""
        with self.books() as db:
            db.execute("DELETE FROM outgoing WHERE seq = ?", (seq,))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

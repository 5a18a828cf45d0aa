"""The tables. Those of the schema ``ledger`` are only read here: its functions are all that writes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, LargeBinary, Table, Text, Uuid

from chassis.db import metadata_for

METADATA = metadata_for("activity")
INSTANT = DateTime(timezone=True)

entries = Table(
    "entry",
    METADATA,
    Column("chain_id", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("activity_id", Uuid, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("person_id", Uuid),
    Column("account_id", Uuid),
    Column("about_person_id", Uuid),
    Column("body", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("recorded_at", INSTANT, primary_key=True),
    schema="ledger",
)
chains = Table(
    "chain",
    METADATA,
    Column("chain_id", Uuid, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("moved_at", INSTANT, nullable=False),
    schema="ledger",
)
checkpoints = Table(
    "checkpoint",
    METADATA,
    Column("chain_id", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("month", Date, nullable=False),
    Column("made_at", INSTANT, nullable=False),
    schema="ledger",
)
anchored = Table(
    "anchored",
    METADATA,
    Column("chain_id", Uuid, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)
known_persons = Table(
    "known_person",
    METADATA,
    Column("person_id", Uuid, primary_key=True),
    Column("sealed_name", Text),
    Column("protected_identity", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)

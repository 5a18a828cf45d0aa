"""The tables of powers of attorney."""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Date, Identity, Integer, LargeBinary, String, Table, Uuid

from org_registry.store.tables import INSTANT, METADATA

powers = Table(
    "power_of_attorney",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("organisation_index", LargeBinary, nullable=False),
    Column("organisation_sealed", LargeBinary, nullable=False),
    Column("organisation_name", String(200), nullable=False),
    Column("administrator_id", Uuid, nullable=False),
    Column("details_sealed", LargeBinary, nullable=False),
    Column("locale", String(2), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("registered_by", Uuid),
    Column("status", String(20), nullable=False),
    Column("reviewer_id", Uuid),
    Column("checked", ARRAY(String(20), as_tuple=True)),
    Column("reason", String(1000)),
    Column("message", String(1000)),
    Column("ends_on", Date),
    Column("account_id", Uuid),
    Column("membership_id", Uuid),
    Column("document_id", Uuid),
    Column("created_at", INSTANT, nullable=False),
    Column("submitted_at", INSTANT),
    Column("asked_at", INSTANT),
    Column("decided_at", INSTANT),
    Column("ended_at", INSTANT),
    Column("changed_at", INSTANT, nullable=False),
    Column("version", Integer, nullable=False),
)
documents = Table(
    "power_document",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("power_id", Uuid, nullable=False),
    Column("media_type", String(20), nullable=False),
    Column("size", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("content", LargeBinary),
    Column("scan", String(20), nullable=False),
    Column("scanned_at", INSTANT),
    Column("added_by", Uuid, nullable=False),
    Column("added_at", INSTANT, nullable=False),
)
steps = Table(
    "power_step",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("power_id", Uuid, nullable=False),
    Column("action", String(30), nullable=False),
    Column("status", String(20), nullable=False),
    Column("actor_id", Uuid),
    Column("as_staff", Boolean, nullable=False),
    Column("note", String(1000)),
    Column("at", INSTANT, nullable=False),
)
uploads = Table(
    "power_upload",
    METADATA,
    Column("person_id", Uuid, primary_key=True),
    Column("tried_at", ARRAY(INSTANT), nullable=False),
)

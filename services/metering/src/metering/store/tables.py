"""The tables of metering. Names of constraints are part of the error catalogue."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import registry

from chassis.db import constraint_error, metadata_for
from metering.domain import Reading, ReadingAlreadyRegistered, Reason, Source, State

METADATA = metadata_for("metering")


def _words(kind: type[Source | State | Reason]) -> Enum:
    return Enum(
        kind,
        native_enum=False,
        length=20,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
    )


account = Table(
    "account",
    METADATA,
    Column("account_id", Uuid, primary_key=True),
    Column("kind", String(20), nullable=False),
)

account_link = Table(
    "account_link",
    METADATA,
    Column("customer_number", String(20), primary_key=True),
    Column("account_id", Uuid),
    Column("version", BigInteger, nullable=False),
    Index("ix_account_link_account_id", "account_id"),
)

agreement = Table(
    "agreement",
    METADATA,
    Column("agreement_number", String(30), primary_key=True),
    Column("customer_number", String(20), nullable=False),
    Column("service_area", String(20)),
    Column("starts_on", Date),
    Column("ends_on", Date),
    Column("facility_id", String(30)),
    Column("street", String(200)),
    Column("postal_code", String(5)),
    Column("city", String(200)),
    Column("meter_number", String(30)),
    Column("meter_digits", SmallInteger),
    Column("meter_start_m3", Integer),
    Column("expected_yearly_m3", BigInteger),
    Column("started_version", BigInteger, nullable=False, server_default="0"),
    Column("ended_version", BigInteger, nullable=False, server_default="0"),
    Index("ix_agreement_customer_number", "customer_number"),
    Index("ix_agreement_facility_id", "facility_id"),
)

meter_replacement = Table(
    "meter_replacement",
    METADATA,
    Column("facility_id", String(30), nullable=False),
    Column("replaced_on", Date, nullable=False),
    Column("removed_number", String(30), nullable=False),
    Column("removed_value_m3", Integer, nullable=False),
    Column("estimated", Boolean, nullable=False),
    Column("number", String(30), nullable=False),
    Column("digits", SmallInteger, nullable=False),
    Column("value_m3", Integer, nullable=False),
    Column("version", BigInteger, nullable=False),
    PrimaryKeyConstraint("facility_id", "replaced_on", name="pk_meter_replacement"),
)

metering_point = Table(
    "metering_point",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("facility_id", String(30), nullable=False),
    Column("service_area", String(20), nullable=False),
    Column("street", String(200), nullable=False),
    Column("postal_code", String(5), nullable=False),
    Column("city", String(200), nullable=False),
    UniqueConstraint("facility_id", name="uq_metering_point_facility_id"),
)

meter = Table(
    "meter",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("metering_point_id", Uuid, ForeignKey("metering_point.id", ondelete="CASCADE"), nullable=False),
    Column("number", String(30), nullable=False),
    Column("digits", SmallInteger, nullable=False),
    Column("installed_on", Date, nullable=False),
    Column("installed_value_m3", Integer, nullable=False),
    Column("removed_on", Date),
    Column("removed_value_m3", Integer),
    UniqueConstraint("metering_point_id", "number", name="uq_meter_point_number"),
    CheckConstraint("digits BETWEEN 3 AND 9", name="digits"),
)

reading = Table(
    "reading",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("metering_point_id", Uuid, ForeignKey("metering_point.id", ondelete="CASCADE"), nullable=False),
    Column("meter_id", Uuid, ForeignKey("meter.id", ondelete="CASCADE"), nullable=False),
    Column("source", _words(Source), nullable=False),
    Column("origin", String(60)),
    Column("read_on", Date, nullable=False),
    Column("value_m3", Integer, nullable=False),
    Column("previous_value_m3", Integer),
    Column("previous_read_on", Date),
    Column("use_m3", Integer),
    Column("rolled_over", Boolean, nullable=False, server_default=text("false")),
    Column("state", _words(State), nullable=False),
    Column("check_reason", _words(Reason)),
    Column("account_id", Uuid),
    Column("customer_number", String(20)),
    Column("submitted_by", Uuid),
    Column("submitted_at", DateTime(timezone=True), nullable=False),
    Column("corrected_at", DateTime(timezone=True)),
    Column("revision", Integer, nullable=False),
    Column("answered_at", DateTime(timezone=True)),
    Column("answer_text_sv", String(2000)),
    Column("answer_text_en", String(2000)),
    Column("invoice_number", String(20)),
    Column("billed_value_m3", Integer),
    Column("told", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("value_m3 >= 0", name="value_m3"),
    CheckConstraint("state IN ('accepted', 'billed', 'rejected')", name="state"),
    CheckConstraint("source IN ('customer', 'utility', 'estimate')", name="source"),
    CheckConstraint("(source = 'customer') = (origin IS NULL)", name="origin"),
    CheckConstraint("(source = 'customer') = (account_id IS NOT NULL)", name="account"),
    Index(
        "uq_reading_customer_day",
        "meter_id",
        "read_on",
        unique=True,
        postgresql_where=text("source = 'customer' AND state <> 'rejected'"),
    ),
    Index("uq_reading_origin", "meter_id", "origin", unique=True, postgresql_where=text("origin IS NOT NULL")),
    Index("ix_reading_meter_day", "meter_id", "read_on"),
    Index("ix_reading_point_day", "metering_point_id", "read_on"),
)

reading_revision = Table(
    "reading_revision",
    METADATA,
    Column("reading_id", Uuid, ForeignKey("reading.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("value_m3", Integer, nullable=False),
    Column("replaced_at", DateTime(timezone=True), nullable=False),
    Column("replaced_by", Uuid),
    PrimaryKeyConstraint("reading_id", "number", name="pk_reading_revision"),
)

billing_answer = Table(
    "billing_answer",
    METADATA,
    Column("reading_id", Uuid, ForeignKey("reading.id", ondelete="CASCADE"), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    Column("invoice_number", String(20)),
    Column("text_sv", String(2000)),
    Column("text_en", String(2000)),
    PrimaryKeyConstraint("reading_id", "version", name="pk_billing_answer"),
)

check_task = Table(
    "check_task",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("reading_id", Uuid, ForeignKey("reading.id", ondelete="CASCADE"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("reason", _words(Reason), nullable=False),
    Column("use_m3", Integer, nullable=False),
    Column("expected_m3", Integer),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("outcome", String(20)),
    UniqueConstraint("reading_id", "revision", name="uq_check_task_reading_revision"),
    CheckConstraint("outcome IN ('corrected', 'billed', 'rejected')", name="outcome"),
    CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed"),
    Index("ix_check_task_open", "created_at", postgresql_where=text("closed_at IS NULL")),
)

registry().map_imperatively(Reading, reading, version_id_col=reading.c.version)

constraint_error("uq_reading_customer_day", ReadingAlreadyRegistered)

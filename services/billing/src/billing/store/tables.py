"""The tables of billing. Money is bigint öre. Names of constraints are part of the error catalogue."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from billing.domain import InvoiceChanged, PaymentChanged
from chassis.db import constraint_error, metadata_for

METADATA = metadata_for("billing")

account = Table(
    "account",
    METADATA,
    Column("account_id", Uuid, primary_key=True),
    Column("opened_at", DateTime(timezone=True), nullable=False),
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
    Column("started_version", BigInteger, nullable=False, server_default=text("0")),
    Column("ended_version", BigInteger, nullable=False, server_default=text("0")),
    Index("ix_agreement_customer_number", "customer_number"),
)

invoice = Table(
    "invoice",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("invoice_number", String(20), nullable=False),
    Column("customer_number", String(20), nullable=False),
    Column("account_id", Uuid),
    Column("kind", String(20), nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("period_from", Date, nullable=False),
    Column("period_to", Date, nullable=False),
    Column("ocr", String(25), nullable=False),
    Column("bankgiro", String(10), nullable=False),
    Column("net_ore", BigInteger, nullable=False),
    Column("vat_ore", BigInteger, nullable=False),
    Column("rounding_ore", BigInteger, nullable=False),
    Column("total_ore", BigInteger, nullable=False),
    Column("credited_ore", BigInteger, nullable=False),
    Column("paid_ore", BigInteger, nullable=False),
    Column(
        "remaining_ore",
        BigInteger,
        Computed(
            "CASE WHEN kind = 'credit' THEN 0 ELSE total_ore - credited_ore - paid_ore END",
            persisted=True,
        ),
        nullable=False,
    ),
    Column("credits_invoice_number", String(20)),
    Column("reading_id", Uuid),
    Column("service_areas", ARRAY(Text), nullable=False),
    Column("available_at", DateTime(timezone=True)),
    Column("paid_told_at", DateTime(timezone=True)),
    Column("told", Integer, nullable=False),
    UniqueConstraint("invoice_number", name="uq_invoice_number"),
    CheckConstraint("kind IN ('invoice', 'credit', 'final', 'reminder')", name="kind"),
    CheckConstraint("(kind = 'credit') = (credits_invoice_number IS NOT NULL)", name="credit_points"),
    CheckConstraint("net_ore + vat_ore + rounding_ore = total_ore", name="adds_up"),
    Index("ix_invoice_page", "account_id", text("issued_on DESC"), text("invoice_number DESC")),
    Index("ix_invoice_ocr", "ocr"),
    Index("ix_invoice_customer_number", "customer_number"),
    Index("ix_invoice_credits", "credits_invoice_number", postgresql_where=text("credits_invoice_number IS NOT NULL")),
)

invoice_line = Table(
    "invoice_line",
    METADATA,
    Column("invoice_id", Uuid, ForeignKey("invoice.id", ondelete="CASCADE"), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("description", String(200), nullable=False),
    Column("quantity", Numeric(18, 6), nullable=False),
    Column("unit", String(20), nullable=False),
    Column("unit_price_ore", Numeric(18, 6), nullable=False),
    Column("net_ore", BigInteger, nullable=False),
    Column("vat_rate", SmallInteger, nullable=False),
    Column("vat_ore", BigInteger, nullable=False),
    Column("service_area", String(20)),
    Column("facility_id", String(30)),
    Column("period_from", Date),
    Column("period_to", Date),
    PrimaryKeyConstraint("invoice_id", "position", name="pk_invoice_line"),
)

invoice_vat = Table(
    "invoice_vat",
    METADATA,
    Column("invoice_id", Uuid, ForeignKey("invoice.id", ondelete="CASCADE"), nullable=False),
    Column("rate", SmallInteger, nullable=False),
    Column("net_ore", BigInteger, nullable=False),
    Column("vat_ore", BigInteger, nullable=False),
    PrimaryKeyConstraint("invoice_id", "rate", name="pk_invoice_vat"),
)

payment = Table(
    "payment",
    METADATA,
    Column("payment_id", Uuid, primary_key=True),
    Column("ocr", String(25), nullable=False),
    Column("amount_ore", BigInteger, nullable=False),
    Column("received_on", Date, nullable=False),
    CheckConstraint("amount_ore > 0", name="positive"),
    Index("ix_payment_ocr", "ocr"),
)

membership = Table(
    "membership",
    METADATA,
    Column("membership_id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("read_only", Boolean, nullable=False, server_default=text("false")),
    Column("services", ARRAY(Text)),
    Column("ends_on", Date),
    Column("version", BigInteger, nullable=False, server_default="0"),
    Column("removed_at", DateTime(timezone=True)),
    Index("ix_membership_person", "person_id"),
)

suspension = Table(
    "suspension",
    METADATA,
    Column("account_id", Uuid, primary_key=True),
    Column("suspended", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)

invoice_share = Table(
    "invoice_share",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("invoice_id", Uuid, ForeignKey("invoice.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("sharer_id", Uuid, nullable=False),
    Column("membership_id", Uuid, nullable=False),
    Column("address_masked", String(260), nullable=False),
    Column("address_hash", LargeBinary),
    Column("token_hash", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("recipient_id", Uuid),
    Column("recipient_name_sealed", LargeBinary),
    Column("recipient_birth_year", SmallInteger),
    Column("first_opened_at", DateTime(timezone=True)),
    Column("last_seen_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    UniqueConstraint("token_hash", name="uq_invoice_share_token"),
    CheckConstraint("octet_length(token_hash) = 32", name="token_hash"),
    CheckConstraint("expires_at > created_at AND expires_at <= created_at + interval '2160 hours'", name="time"),
    CheckConstraint(
        "(recipient_id IS NULL) = (first_opened_at IS NULL) AND (recipient_id IS NULL) = (last_seen_at IS NULL)",
        name="opened",
    ),
    CheckConstraint("recipient_id <> sharer_id", name="recipient"),
    Index("ix_invoice_share_invoice", "invoice_id"),
    Index("ix_invoice_share_account", "account_id", "created_at"),
    Index("ix_invoice_share_mailbox", "address_hash", "created_at"),
    Index("ix_invoice_share_membership", "membership_id"),
    Index("ix_invoice_share_recipient", "recipient_id"),
)

constraint_error("uq_invoice_number", InvoiceChanged)
constraint_error("pk_payment", PaymentChanged)

"""The tables, as the first migration makes them."""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Date, DateTime, Integer, Table, Text, UniqueConstraint, Uuid

from chassis.db import metadata_for

METADATA = metadata_for("notify")
Instant = DateTime(timezone=True)

contact = Table(
    "contact",
    METADATA,
    Column("person_id", Uuid, primary_key=True),
    Column("sealed_contact", Text, nullable=False),
    Column("has_email", Boolean, nullable=False),
    Column("has_phone", Boolean, nullable=False),
    Column("locale", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("email_bounced_at", Instant),
    Column("sms_bounced_at", Instant),
    Column("bounces", Integer, nullable=False),
)

account = Table(
    "account",
    METADATA,
    Column("account_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
)

membership = Table(
    "membership",
    METADATA,
    Column("membership_id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("role", Text, nullable=False),
    Column("services", ARRAY(Text), nullable=False),
    Column("ends_on", Date),
    Column("granted_by", Uuid),
    Column("active", Boolean, nullable=False),
)

invitation = Table(
    "invitation",
    METADATA,
    Column("invitation_id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("inviter_id", Uuid),
    Column("acceptor_id", Uuid),
    Column("sealed_recipient", Text),
    Column("sealed_version", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("email_bounced_at", Instant),
    Column("changed_at", Instant, nullable=False),
)

preference = Table(
    "preference",
    METADATA,
    Column("person_id", Uuid, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("email", Boolean, nullable=False),
    Column("sms", Boolean, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

notification = Table(
    "notification",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("template_version", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("person_id", Uuid),
    Column("account_id", Uuid),
    Column("invitation_id", Uuid),
    Column("object_id", Uuid),
    Column("area", Text),
    Column("sealed_recipient", Text),
    Column("channel", Text),
    Column("locale", Text),
    Column("expires_at", Instant),
    Column("state", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("read_at", Instant),
    UniqueConstraint("event_id", "recipient", "template", name="uq_notification_business_key"),
)

delivery = Table(
    "delivery",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("notification_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("message_key", Text, nullable=False),
    Column("fallback_of", Uuid),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("claim_id", Uuid),
    Column("lease_until", Instant),
    Column("provider_id", Text),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("settled_at", Instant),
    UniqueConstraint("notification_id", "channel", name="uq_delivery_channel"),
)

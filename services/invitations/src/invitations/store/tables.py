"""The tables of invitations. Names of constraints are part of the error catalogue."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.db import constraint_error, metadata_for
from invitations.domain import InvitationAlreadyOpen, InvitationNotFound

METADATA = metadata_for("invitations")

account = Table(
    "account",
    METADATA,
    Column("account_id", Uuid, primary_key=True),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("display_name", String(200)),
)

membership = Table(
    "membership",
    METADATA,
    Column("membership_id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("role", String(20), nullable=False),
    Column("read_only", Boolean, nullable=False, server_default=text("true")),
    Column("services", ARRAY(String(30))),
    Column("ends_on", Date),
    Column("invitation_id", Uuid),
    Column("version", BigInteger, nullable=False, server_default="0"),
    Column("removed_at", DateTime(timezone=True)),
    CheckConstraint("role IN ('owner', 'signatory', 'delegate')", name="role"),
    CheckConstraint("version > 0 OR removed_at IS NOT NULL", name="known"),
    Index("ix_membership_person", "account_id", "person_id"),
)

invitation = Table(
    "invitation",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("inviter_id", Uuid, nullable=False),
    Column("inviter_membership_id", Uuid, nullable=False),
    Column("status", String(20), nullable=False),
    Column("address_masked", String(260), nullable=False),
    Column("address_sealed", LargeBinary),
    Column("address_hash", LargeBinary),
    Column("read_only", Boolean, nullable=False),
    Column("services", ARRAY(String(30))),
    Column("ends_on", Date),
    Column("token_hash", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("acceptor_id", Uuid),
    Column("acceptor_name_sealed", LargeBinary),
    Column("acceptor_birth_year", SmallInteger),
    Column("accepted_at", DateTime(timezone=True)),
    Column("approve_before", DateTime(timezone=True)),
    Column("decided_by", Uuid),
    Column("decided_at", DateTime(timezone=True)),
    Column("refusal", String(30)),
    Column("person_binding", Uuid),
    Column("sign_order_id", Uuid),
    Column("signed_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    CheckConstraint(
        "status IN ('sent', 'accepted', 'approved', 'grant-refused', 'denied', 'declined', 'expired',"
        " 'approval-expired', 'revoked')",
        name="status",
    ),
    CheckConstraint("octet_length(token_hash) = 32", name="token_hash"),
    CheckConstraint("expires_at > sent_at", name="expires_at"),
    CheckConstraint(
        "status NOT IN ('accepted', 'approved', 'grant-refused', 'denied', 'approval-expired')"
        " OR (acceptor_id IS NOT NULL AND accepted_at IS NOT NULL AND approve_before > accepted_at)",
        name="accepted",
    ),
    CheckConstraint(
        "status NOT IN ('sent', 'declined', 'expired') OR (acceptor_id IS NULL AND accepted_at IS NULL)",
        name="not_accepted",
    ),
    CheckConstraint("acceptor_id <> inviter_id", name="acceptor"),
    CheckConstraint("status NOT IN ('approved', 'grant-refused') OR decided_by <> acceptor_id", name="approver"),
    CheckConstraint("(refusal IS NOT NULL) = (status = 'grant-refused')", name="refusal"),
    CheckConstraint("acceptor_name_sealed IS NULL OR status IN ('accepted', 'approved')", name="name_kept"),
    CheckConstraint(
        "address_sealed IS NULL OR status IN ('sent', 'accepted', 'expired', 'approval-expired')", name="address_kept"
    ),
    CheckConstraint("(sign_order_id IS NULL) = (signed_at IS NULL)", name="signed"),
    UniqueConstraint("token_hash", name="uq_invitation_token"),
    Index("ix_invitation_account", "account_id", text("created_at DESC")),
    Index("ix_invitation_inviter_membership", "inviter_membership_id"),
    Index("ix_invitation_expires_at", "expires_at", postgresql_where=text("status = 'sent'")),
    Index("ix_invitation_approve_before", "approve_before", postgresql_where=text("status = 'accepted'")),
    Index(
        "uq_invitation_open",
        "account_id",
        "inviter_id",
        "address_hash",
        unique=True,
        postgresql_where=text("status IN ('sent', 'accepted')"),
    ),
)

sending = Table(
    "sending",
    METADATA,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("invitation_id", Uuid, ForeignKey("invitation.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("address_hash", LargeBinary, nullable=False),
    Column("sent_by", Uuid, nullable=False),
    Column("sent_at", DateTime(timezone=True), nullable=False),
    Index("ix_sending_invitation", "invitation_id"),
    Index("ix_sending_account", "account_id", "sent_at"),
    Index("ix_sending_address", "address_hash", "sent_at"),
    Index("ix_sending_sent_at", "sent_at"),
)
"""Each mail with a link: what the limits count, and how an old link is told from one that never was (B-24)."""

mandate = Table(
    "mandate",
    METADATA,
    Column("sign_order_id", Uuid, primary_key=True),
    Column("invitation_id", Uuid, ForeignKey("invitation.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("approver_id", Uuid, nullable=False),
    Column("approver_membership_id", Uuid, nullable=False),
    Column("acceptor_id", Uuid, nullable=False),
    Column("document", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("reason", String(60)),
    Column("ordered_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint("status IN ('ordered', 'signed', 'not-signed', 'void')", name="status"),
    CheckConstraint("(status = 'ordered') = (ended_at IS NULL)", name="ended"),
    CheckConstraint("(status IN ('not-signed', 'void')) = (reason IS NOT NULL)", name="reason"),
    CheckConstraint("approver_id <> acceptor_id", name="approver"),
    Index("ix_mandate_invitation", "invitation_id", "approver_id"),
    Index("ix_mandate_approver", "approver_id"),
    Index("ix_mandate_acceptor", "acceptor_id"),
    Index("ix_mandate_account", "account_id"),
    Index(
        "uq_mandate_ordered",
        "invitation_id",
        "approver_id",
        unique=True,
        postgresql_where=text("status = 'ordered'"),
    ),
)
"""What approvers were asked to sign: the document whose hash is in the proof that identity keeps (FC14)."""

constraint_error("uq_invitation_open", InvitationAlreadyOpen)
constraint_error("fk_mandate_invitation_id", InvitationNotFound)

"""Asking to be let in to an account (FC16)."""

import sqlalchemy as sa
from alembic import op

revision = "0011_access_requests"
down_revision = "0010_places_and_names"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "access_request",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("number_kind", sa.String(20), nullable=False),
        sa.Column("number_index", sa.LargeBinary, nullable=False),
        sa.Column("number_sealed", sa.LargeBinary, nullable=False),
        sa.Column("message_sealed", sa.LargeBinary),
        sa.Column("name_sealed", sa.LargeBinary),
        sa.Column("birth_year", sa.SmallInteger),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("account_id", sa.Uuid),
        sa.Column("sought_at", INSTANT),
        sa.Column("told_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("decided_by", sa.Uuid),
        sa.Column("membership_id", sa.Uuid),
        sa.PrimaryKeyConstraint("id", name="pk_access_request"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_access_request_account_id"),
        sa.CheckConstraint("(status = 'sent') = (ended_at IS NULL)", name="ck_access_request_ended"),
        sa.CheckConstraint(
            "status = 'sent' OR (message_sealed IS NULL AND name_sealed IS NULL AND birth_year IS NULL)",
            name="ck_access_request_forgotten",
        ),
    )
    op.create_index(
        "uq_access_request_open",
        "access_request",
        ["person_id", "number_index"],
        unique=True,
        postgresql_where=sa.text("status = 'sent'"),
    )
    op.create_index("ix_access_request_person_id", "access_request", ["person_id", "created_at"])
    op.create_index("ix_access_request_account_id", "access_request", ["account_id", "created_at"])
    op.create_index(
        "ix_access_request_unsought",
        "access_request",
        ["created_at"],
        postgresql_where=sa.text("status = 'sent' AND sought_at IS NULL"),
    )
    op.create_index(
        "ix_access_request_expires", "access_request", ["expires_at"], postgresql_where=sa.text("status = 'sent'")
    )

"""Accounts that customer service has suspended, and resumed, with reasons (B12)."""

import sqlalchemy as sa
from alembic import op

revision = "0007_account_suspensions"
down_revision = "0006_signatory_rights"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("account", sa.Column("suspended_at", INSTANT))
    op.add_column("account", sa.Column("suspension_reason", sa.Text))
    op.create_table(
        "account_suspension",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("suspended_by", sa.Uuid, nullable=False),
        sa.Column("suspended_at", INSTANT, nullable=False),
        sa.Column("resume_note", sa.Text),
        sa.Column("resumed_by", sa.Uuid),
        sa.Column("resumed_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_account_suspension"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_suspension_account_id"),
        sa.CheckConstraint(
            "reason IN ('customer-request', 'suspected-misuse', 'authority-unclear', 'organisation-ended', 'other')",
            name="ck_account_suspension_reason",
        ),
        sa.CheckConstraint(
            "num_nonnulls(resume_note, resumed_by, resumed_at) IN (0, 3)", name="ck_account_suspension_resumed"
        ),
    )
    op.create_index(
        "uq_account_suspension_open",
        "account_suspension",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("resumed_at IS NULL"),
    )
    op.create_index("ix_account_suspension_suspended_at", "account_suspension", ["suspended_at"])

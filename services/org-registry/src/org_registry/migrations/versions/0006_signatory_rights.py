"""What the register last said of each signatory, with the sealed number to ask again by (D12)."""

import sqlalchemy as sa
from alembic import op

revision = "0006_signatory_rights"
down_revision = "0005_support_access"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "signatory_right",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("number_sealed", sa.LargeBinary, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("checked_at", INSTANT, nullable=False),
        sa.Column("next_check_at", INSTANT, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lost_at", INSTANT),
        sa.PrimaryKeyConstraint("account_id", "person_id", name="pk_signatory_right"),
        # With an account that never opened (D10) goes what was kept for it.
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_signatory_right_account_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("standing IN ('alone', 'together', 'none')", name="ck_signatory_right_standing"),
        sa.CheckConstraint("status IN ('waiting', 'held', 'lost')", name="ck_signatory_right_status"),
        sa.CheckConstraint("(status = 'lost') = (lost_at IS NOT NULL)", name="ck_signatory_right_lost"),
    )
    op.create_index(
        "ix_signatory_right_due",
        "signatory_right",
        ["next_check_at"],
        postgresql_where=sa.text("status <> 'waiting'"),
    )
    op.create_index("ix_signatory_right_person_id", "signatory_right", ["person_id"])

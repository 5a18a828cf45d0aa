"""Further addresses that get copies of an account's notices: a company's own, or a helper's (B11, C21)."""

import sqlalchemy as sa
from alembic import op

revision = "0003_notice_copies"
down_revision = "0002_direct_recipients"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notice_copy",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("added_by", sa.Uuid, nullable=False),
        sa.Column("address_masked", sa.Text, nullable=False),
        sa.Column("sealed_address", sa.Text),
        sa.Column("subjects", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT),
        sa.Column("stopped_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_notice_copy"),
        sa.UniqueConstraint("token_hash", name="uq_notice_copy_token"),
        sa.CheckConstraint("(stopped_at IS NULL) = (sealed_address IS NOT NULL)", name="ck_notice_copy_address_kept"),
    )
    op.create_index("ix_notice_copy_account_id", "notice_copy", ["account_id", "created_at"])

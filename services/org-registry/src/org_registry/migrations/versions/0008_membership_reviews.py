"""The yearly "are these still right?" of an account's delegates (B-08)."""

import sqlalchemy as sa
from alembic import op

revision = "0008_membership_reviews"
down_revision = "0007_account_suspensions"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "membership_review",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("reminded_at", INSTANT),
        sa.Column("closed_at", INSTANT),
        sa.Column("closed_by", sa.Uuid),
        sa.PrimaryKeyConstraint("id", name="pk_membership_review"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_membership_review_account_id"),
        sa.CheckConstraint("closed_by IS NULL OR closed_at IS NOT NULL", name="ck_membership_review_closed"),
    )
    op.create_index(
        "uq_membership_review_open",
        "membership_review",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_membership_review_account_id", "membership_review", ["account_id", "closed_at"])
    op.create_table(
        "membership_review_answer",
        sa.Column("review_id", sa.Uuid, nullable=False),
        sa.Column("membership_id", sa.Uuid, nullable=False),
        sa.Column("keep", sa.Boolean, nullable=False),
        sa.Column("answered_by", sa.Uuid, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("review_id", "membership_id", name="pk_membership_review_answer"),
        sa.ForeignKeyConstraint(["review_id"], ["membership_review.id"], name="fk_membership_review_answer_review_id"),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name="fk_membership_review_answer_membership_id"),
    )

"""Tries to open a company account are counted by network too, under a keyed hash (C30)."""

import sqlalchemy as sa
from alembic import op

revision = "0009_attempts_by_network"
down_revision = "0008_membership_reviews"


def upgrade() -> None:
    op.create_table(
        "company_attempt_network",
        sa.Column("network", sa.LargeBinary, nullable=False),
        sa.Column("tried_at", sa.ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.PrimaryKeyConstraint("network", name="pk_company_attempt_network"),
    )

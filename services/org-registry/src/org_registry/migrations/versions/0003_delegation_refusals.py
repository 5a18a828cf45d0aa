"""Approved invitations that gave nothing, and why: what was refused once is not given by a late copy."""

import sqlalchemy as sa
from alembic import op

revision = "0003_delegation_refusals"
down_revision = "0002_link_corrections"


def upgrade() -> None:
    op.create_table(
        "delegation_refusal",
        sa.Column("invitation_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("invitation_id", name="pk_delegation_refusal"),
        sa.CheckConstraint(
            "reason IN ('not-held', 'too-wide', 'ended', 'already-member')", name="ck_delegation_refusal_reason"
        ),
    )

"""Notices to one address on one channel, whoever has it: a code to a new address, a warning to an old one."""

import sqlalchemy as sa
from alembic import op

revision = "0002_direct_recipients"
down_revision = "0001_notify"


def upgrade() -> None:
    op.add_column("notification", sa.Column("channel", sa.Text))
    op.add_column("notification", sa.Column("locale", sa.Text))
    op.add_column("notification", sa.Column("expires_at", sa.DateTime(timezone=True)))

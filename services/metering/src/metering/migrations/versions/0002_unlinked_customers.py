"""A customer number may belong to no account any more: the link's row stays and says so, with its version."""

from alembic import op

revision = "0002_unlinked_customers"
down_revision = "0001_metering"


def upgrade() -> None:
    op.alter_column("account_link", "account_id", nullable=True)

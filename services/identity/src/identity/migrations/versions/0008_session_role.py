"""In what capacity the session's account was chosen: a page in customer service's hands says so (B-22)."""

import sqlalchemy as sa
from alembic import op

revision = "0008_session_role"
down_revision = "0007_data_requests"


def upgrade() -> None:
    op.add_column("session", sa.Column("account_role", sa.Text))

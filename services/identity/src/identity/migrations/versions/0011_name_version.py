"""How often a person's name has been told: the versions of what is told of it count up from 1."""

import sqlalchemy as sa
from alembic import op

revision = "0011_name_version"
down_revision = "0010_oidc_logins"


def upgrade() -> None:
    op.add_column("person", sa.Column("name_version", sa.BigInteger, nullable=False, server_default="0"))

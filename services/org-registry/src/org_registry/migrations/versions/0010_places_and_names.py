"""The street of an agreement and what people are called, both sealed: accounts and members are told apart by them."""

import sqlalchemy as sa
from alembic import op

revision = "0010_places_and_names"
down_revision = "0009_attempts_by_network"


def upgrade() -> None:
    op.add_column("agreement", sa.Column("street_sealed", sa.LargeBinary))
    op.create_table(
        "person_name",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("name_sealed", sa.LargeBinary),
        sa.Column("protected_identity", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_person_name"),
        sa.CheckConstraint("name_sealed IS NULL OR NOT protected_identity", name="ck_person_name_protected"),
    )

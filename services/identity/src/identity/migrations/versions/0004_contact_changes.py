"""Changes of address or number that wait for their code, and which addresses are confirmed (T67, J2)."""

import sqlalchemy as sa
from alembic import op

revision = "0004_contact_changes"
down_revision = "0003_my_sessions_and_history"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("person", sa.Column("email_verified_at", INSTANT))
    op.add_column("person", sa.Column("phone_verified_at", INSTANT))
    op.create_table(
        "contact_change",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("address_sealed", sa.LargeBinary),
        sa.Column("code_mac", sa.LargeBinary),
        sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_contact_change_person_id"),
        sa.CheckConstraint("kind IN ('email', 'phone')", name="ck_contact_change_kind"),
        sa.CheckConstraint("status IN ('pending', 'confirmed', 'superseded')", name="ck_contact_change_status"),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name="ck_contact_change_tries"),
        sa.CheckConstraint(
            "(status = 'pending') = (address_sealed IS NOT NULL AND code_mac IS NOT NULL)",
            name="ck_contact_change_secrets",
        ),
    )
    op.create_index(
        "uq_contact_change_pending",
        "contact_change",
        ["person_id", "kind"],
        unique=True,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index("ix_contact_change_person_id", "contact_change", ["person_id", "created_at"])
    op.create_index("ix_contact_change_created_at", "contact_change", ["created_at"])

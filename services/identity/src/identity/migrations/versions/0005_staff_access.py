"""Who gave whom a role, and which persons staff have looked up, why (S, D23)."""

import sqlalchemy as sa
from alembic import op

revision = "0005_staff_access"
down_revision = "0004_contact_changes"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "staff_access",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("at", INSTANT, nullable=False, server_default=sa.func.now()),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("staff_person_id", sa.Uuid),
        sa.Column("person_id", sa.Uuid),
        sa.Column("role", sa.Text),
        sa.Column("reason_sealed", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["staff_person_id"], ["person.id"], name="fk_staff_access_staff_person_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_staff_access_person_id"),
        sa.CheckConstraint("action IN ('grant', 'revoke', 'lookup', 'create')", name="ck_staff_access_action"),
        sa.CheckConstraint("(staff_person_id IS NULL) = (action IN ('grant', 'revoke'))", name="ck_staff_access_staff"),
    )
    op.create_index("ix_staff_access_staff_person_id", "staff_access", ["staff_person_id", "at"])
    op.create_index("ix_staff_access_person_id", "staff_access", ["person_id", "at"])

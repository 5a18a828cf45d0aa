"""Whom an invitation is for, by a keyed hash of the personal number that the inviter gave (FC2, D23)."""

import sqlalchemy as sa
from alembic import op

revision = "0013_person_bindings"
down_revision = "0012_contact_reviews"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "person_binding",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("personal_number_index", sa.LargeBinary, nullable=False),
        sa.Column("made_by", sa.Uuid, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name="fk_person_binding_made_by"),
        sa.CheckConstraint("octet_length(personal_number_index) = 32", name="ck_person_binding_index"),
    )
    op.create_index("ix_person_binding_made_by", "person_binding", ["made_by", "created_at"])
    op.create_index("ix_person_binding_personal_number_index", "person_binding", ["personal_number_index"])
    op.create_index("ix_person_binding_expires_at", "person_binding", ["expires_at"])

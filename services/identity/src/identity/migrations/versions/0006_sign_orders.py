"""Signatures that other services ask for; an attempt to sign is a row of the login table (domain facts 1.3)."""

import sqlalchemy as sa
from alembic import op

revision = "0006_sign_orders"
down_revision = "0005_staff_access"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sign_order",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("document_sha256", sa.LargeBinary, nullable=False),
        sa.Column("text_sealed", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_sign_order_person_id"),
        sa.CheckConstraint("status IN ('pending', 'completed', 'failed')", name="ck_sign_order_status"),
        sa.CheckConstraint("(status = 'failed') = (reason IS NOT NULL)", name="ck_sign_order_reason"),
        sa.CheckConstraint("(status = 'pending') = (ended_at IS NULL)", name="ck_sign_order_ended"),
        sa.CheckConstraint("octet_length(document_sha256) = 32", name="ck_sign_order_document"),
    )
    op.create_index("ix_sign_order_person_id", "sign_order", ["person_id", "created_at"])
    op.create_index(
        "ix_sign_order_expires_at", "sign_order", ["expires_at"], postgresql_where=sa.text("status = 'pending'")
    )
    for table in ("login", "evidence"):
        op.add_column(table, sa.Column("sign_order_id", sa.Uuid))
        # The tables are small enough for a plain check at once: logins live a day, evidence grows by one row a login.
        op.create_foreign_key(f"fk_{table}_sign_order_id", table, "sign_order", ["sign_order_id"], ["id"])
    op.create_index("ix_login_sign_order_id", "login", ["sign_order_id"])
    op.create_index("ix_evidence_sign_order_id", "evidence", ["sign_order_id"])
    op.drop_constraint("ck_evidence_outcome", "evidence")
    op.create_check_constraint(
        "ck_evidence_outcome",
        "evidence",
        "outcome IN ('accepted', 'risk-high', 'person-refused', 'other-person')",
    )

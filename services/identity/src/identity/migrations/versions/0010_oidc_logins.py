"""Logins by a second e-ID, over OpenID Connect; the login history says which e-ID it was (A4)."""

import sqlalchemy as sa
from alembic import op

revision = "0010_oidc_logins"
down_revision = "0009_names_told"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "oidc_login",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("pre_hash", sa.LargeBinary, nullable=False),
        sa.Column("state_hash", sa.LargeBinary, nullable=False),
        sa.Column("secrets_sealed", sa.LargeBinary),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("error_code", sa.Text),
        sa.Column("return_path", sa.Text),
        sa.Column("device_hash", sa.Text),
        sa.Column("person_id", sa.Uuid),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
        sa.UniqueConstraint("pre_hash", name="uq_oidc_login_pre_hash"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_oidc_login_person_id"),
        sa.CheckConstraint(
            "status IN ('pending', 'returned', 'complete', 'failed', 'cancelled')", name="ck_oidc_login_status"
        ),
        sa.CheckConstraint("status <> 'complete' OR person_id IS NOT NULL", name="ck_oidc_login_complete_has_person"),
        sa.CheckConstraint("(status = 'pending') = (secrets_sealed IS NOT NULL)", name="ck_oidc_login_secrets"),
    )
    op.create_index("ix_oidc_login_created_at", "oidc_login", ["created_at"])
    op.add_column("login_record", sa.Column("method", sa.Text, nullable=False, server_default="bankid"))
    op.create_check_constraint("ck_login_record_method", "login_record", "method IN ('bankid', 'oidc')")

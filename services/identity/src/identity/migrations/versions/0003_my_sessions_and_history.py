"""What kind of device a session is on, two more ways for it to end, and the login history (A11, B-19)."""

import sqlalchemy as sa
from alembic import op

revision = "0003_my_sessions_and_history"
down_revision = "0002_first_terms"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("session", sa.Column("browser", sa.Text))
    op.add_column("session", sa.Column("system", sa.Text))
    op.drop_constraint("ck_session_end_reason", "session")
    op.create_check_constraint(
        "ck_session_end_reason",
        "session",
        "end_reason IN ('logout', 'account-selected', 'new-login', 'limit', 'ended-by-person', 'logout-everywhere')",
    )
    op.create_table(
        "login_record",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("bankid_device", sa.Text, nullable=False),
        sa.Column("device_hash", sa.Text),
        sa.Column("browser", sa.Text),
        sa.Column("system", sa.Text),
        sa.Column("identified_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_login_record_person_id"),
        sa.CheckConstraint("result IN ('logged-in', 'not-completed', 'refused')", name="ck_login_record_result"),
        sa.CheckConstraint("bankid_device IN ('same', 'other')", name="ck_login_record_bankid_device"),
    )
    op.create_index("ix_login_record_person_id", "login_record", ["person_id", "identified_at"])
    op.create_index("ix_login_record_identified_at", "login_record", ["identified_at"])

"""Exports and erasures of a person's own data (B-21, J8)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0007_data_requests"
down_revision = "0006_sign_orders"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "data_request",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("services", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False, server_default=sa.func.now()),
        sa.Column("closed_at", INSTANT),
        sa.Column("expires_at", INSTANT),
        sa.Column("missing", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("size", sa.BigInteger),
        sa.Column("sealed_recipient", sa.Text),
        sa.CheckConstraint("kind IN ('export', 'erasure')", name="ck_data_request_kind"),
        sa.CheckConstraint(
            "status IN ('collecting', 'ready', 'expired', 'done', 'refused')", name="ck_data_request_status"
        ),
        sa.CheckConstraint("step IN ('export', 'erasure-check', 'erasure')", name="ck_data_request_step"),
        sa.CheckConstraint("(kind = 'export') = (step = 'export')", name="ck_data_request_step_of_kind"),
        sa.CheckConstraint("(status = 'collecting') = (closed_at IS NULL)", name="ck_data_request_closed"),
        sa.CheckConstraint(
            "sealed_recipient IS NULL OR (status = 'collecting' AND step = 'erasure')", name="ck_data_request_recipient"
        ),
    )
    op.create_index("ix_data_request_person", "data_request", ["person_id", "requested_at"])
    op.create_index(
        "uq_data_request_collecting",
        "data_request",
        ["person_id", "kind"],
        unique=True,
        postgresql_where=sa.text("status = 'collecting'"),
    )
    op.create_table(
        "data_answer",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("answer_id", sa.Uuid, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("report", pg.JSONB, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("request_id", "service", name="pk_data_answer"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["data_request.id"], name="fk_data_answer_request_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "data_part",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("answer_id", sa.Uuid, nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("request_id", "service", "answer_id", "part", name="pk_data_part"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["data_request.id"], name="fk_data_part_request_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "data_file",
        sa.Column("request_id", sa.Uuid, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["data_request.id"], name="fk_data_file_request_id", ondelete="CASCADE"
        ),
    )

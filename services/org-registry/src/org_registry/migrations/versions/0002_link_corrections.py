"""What customer service has said of wrong links: the number is not that person's, or not that organisation's."""

import sqlalchemy as sa
from alembic import op

revision = "0002_link_corrections"
down_revision = "0001_org_registry"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "link_correction",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("customer_number", sa.Text, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid),
        sa.Column("organisation_id", sa.Uuid),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("corrected_by", sa.Uuid, nullable=False),
        sa.Column("corrected_at", INSTANT, nullable=False),
        sa.Column("lift_reason", sa.Text),
        sa.Column("lifted_by", sa.Uuid),
        sa.Column("lifted_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_link_correction"),
        sa.ForeignKeyConstraint(
            ["customer_number"], ["customer.customer_number"], name="fk_link_correction_customer_number"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_link_correction_account_id"),
        sa.CheckConstraint("num_nonnulls(person_id, organisation_id) = 1", name="ck_link_correction_subject"),
        sa.CheckConstraint(
            "num_nonnulls(lift_reason, lifted_by, lifted_at) IN (0, 3)", name="ck_link_correction_lifted"
        ),
    )
    op.create_index(
        "uq_link_correction_open",
        "link_correction",
        ["customer_number", sa.text("coalesce(person_id, organisation_id)")],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_index("ix_link_correction_corrected_at", "link_correction", ["corrected_at"])

"""What the population register says of a person, and that an identity is protected because it said so (FJ3, FJ9)."""

import sqlalchemy as sa
from alembic import op

revision = "0014_population_register"
down_revision = "0013_person_bindings"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "population_register",
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("due_at", INSTANT),
        sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("asked_at", INSTANT),
        sa.Column("checked_at", INSTANT),
        sa.Column("outcome", sa.Text),
        sa.Column("answer_sealed", sa.LargeBinary),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_population_register_person_id"),
        sa.CheckConstraint("outcome IN ('found', 'protected', 'unknown')", name="ck_population_register_outcome"),
        sa.CheckConstraint("(checked_at IS NULL) = (outcome IS NULL)", name="ck_population_register_checked"),
        # Of a protected person no address is kept, and of nobody without an answer.
        sa.CheckConstraint("answer_sealed IS NULL OR outcome = 'found'", name="ck_population_register_answer"),
    )
    op.create_index(
        "ix_population_register_due_at",
        "population_register",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.add_column("person", sa.Column("protected_by_register_at", INSTANT))
    # Wider than before, so the previous release goes on as it is.
    op.drop_constraint("ck_staff_access_action", "staff_access")
    op.drop_constraint("ck_staff_access_staff", "staff_access")
    op.create_check_constraint(
        "ck_staff_access_action", "staff_access", "action IN ('grant', 'revoke', 'lookup', 'create', 'lift')"
    )
    op.create_check_constraint(
        "ck_staff_access_staff", "staff_access", "(staff_person_id IS NULL) = (action IN ('grant', 'revoke', 'lift'))"
    )

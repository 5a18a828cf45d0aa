"""Whom an invitation is bound to (FC2), and what approvers sign with BankID (FC14)."""

import sqlalchemy as sa
from alembic import op

revision = "0003_bindings_and_mandates"
down_revision = "0002_refused_grants"

INSTANT = sa.DateTime(timezone=True)
SIGNED = "(sign_order_id IS NULL) = (signed_at IS NULL)"


def upgrade() -> None:
    # The name that a signed text calls the account by; unknown for those of which we were told before.
    op.add_column("account", sa.Column("display_name", sa.String(200)))
    op.add_column("invitation", sa.Column("person_binding", sa.Uuid))
    op.add_column("invitation", sa.Column("sign_order_id", sa.Uuid))
    op.add_column("invitation", sa.Column("signed_at", INSTANT))
    # True of every row that there is: checked beside the traffic.
    op.execute(f"ALTER TABLE invitation ADD CONSTRAINT ck_invitation_signed CHECK ({SIGNED}) NOT VALID")
    op.execute("ALTER TABLE invitation VALIDATE CONSTRAINT ck_invitation_signed")
    op.create_table(
        "mandate",
        sa.Column("sign_order_id", sa.Uuid, nullable=False),
        sa.Column("invitation_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("approver_id", sa.Uuid, nullable=False),
        sa.Column("approver_membership_id", sa.Uuid, nullable=False),
        sa.Column("acceptor_id", sa.Uuid, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(60)),
        sa.Column("ordered_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.PrimaryKeyConstraint("sign_order_id", name="pk_mandate"),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name="fk_mandate_invitation_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("status IN ('ordered', 'signed', 'not-signed', 'void')", name="ck_mandate_status"),
        sa.CheckConstraint("(status = 'ordered') = (ended_at IS NULL)", name="ck_mandate_ended"),
        sa.CheckConstraint("(status IN ('not-signed', 'void')) = (reason IS NOT NULL)", name="ck_mandate_reason"),
        sa.CheckConstraint("approver_id <> acceptor_id", name="ck_mandate_approver"),
    )
    op.create_index("ix_mandate_invitation", "mandate", ["invitation_id", "approver_id"])
    op.create_index("ix_mandate_approver", "mandate", ["approver_id"])
    op.create_index("ix_mandate_acceptor", "mandate", ["acceptor_id"])
    op.create_index("ix_mandate_account", "mandate", ["account_id"])
    op.create_index(
        "uq_mandate_ordered",
        "mandate",
        ["invitation_id", "approver_id"],
        unique=True,
        postgresql_where=sa.text("status = 'ordered'"),
    )

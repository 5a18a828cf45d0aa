"""An approval that org-registry answered with a no: a state of its own, with the reason."""

import sqlalchemy as sa
from alembic import op

revision = "0002_refused_grants"
down_revision = "0001_invitations"

# Each is wider than the one that it replaces, so every row passes: the check of old rows is done beside the traffic.
WIDER = {
    "ck_invitation_status": (
        "status IN ('sent', 'accepted', 'approved', 'grant-refused', 'denied', 'declined', 'expired',"
        " 'approval-expired', 'revoked')"
    ),
    "ck_invitation_accepted": (
        "status NOT IN ('accepted', 'approved', 'grant-refused', 'denied', 'approval-expired')"
        " OR (acceptor_id IS NOT NULL AND accepted_at IS NOT NULL AND approve_before > accepted_at)"
    ),
    "ck_invitation_approver": "status NOT IN ('approved', 'grant-refused') OR decided_by <> acceptor_id",
    "ck_invitation_refusal": "(refusal IS NOT NULL) = (status = 'grant-refused')",
}


def upgrade() -> None:
    op.add_column("invitation", sa.Column("refusal", sa.String(30)))
    for name, condition in WIDER.items():
        op.execute(f"ALTER TABLE invitation DROP CONSTRAINT IF EXISTS {name}")
        op.execute(f"ALTER TABLE invitation ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
        op.execute(f"ALTER TABLE invitation VALIDATE CONSTRAINT {name}")

"""When the person last said that the contact details are right (FJ5); names are told anew, now to org-registry too."""

import sqlalchemy as sa
from alembic import op

revision = "0012_contact_reviews"
down_revision = "0011_name_version"


def upgrade() -> None:
    op.add_column("person", sa.Column("contact_reviewed_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE person SET name_told_at = NULL WHERE name_told_at IS NOT NULL")

"""Whose names the activity log has been told (ADR 0013). What changes a name, or protects it, makes it untold."""

from alembic import op

revision = "0009_names_told"
down_revision = "0008_session_role"


def upgrade() -> None:
    op.execute("ALTER TABLE person ADD COLUMN name_told_at timestamptz")
    op.execute("CREATE INDEX ix_person_name_untold ON person (id) WHERE name_told_at IS NULL")
    # In the database, because several statements change a name and none may forget it.
    op.execute(
        """
        CREATE FUNCTION person_name_untold() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.name_told_at := NULL;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER person_name_untold BEFORE UPDATE OF name, protected_identity ON person FOR EACH ROW"
        " WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.protected_identity <> NEW.protected_identity)"
        " EXECUTE FUNCTION person_name_untold()"
    )

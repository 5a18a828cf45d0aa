"""Customer service's view by consent (B-22), and the anchors of the activity log (C37)."""

from alembic import op

revision = "0005_support_access"
down_revision = "0004_powers_of_attorney"

STATEMENTS = (
    """
    CREATE TABLE support_access (
        id uuid NOT NULL CONSTRAINT pk_support_access PRIMARY KEY,
        account_id uuid NOT NULL CONSTRAINT fk_support_access_account_id REFERENCES account (id),
        granted_by uuid NOT NULL,
        granted_at timestamptz NOT NULL,
        until timestamptz NOT NULL,
        ended_at timestamptz,
        ended_by uuid,
        version integer NOT NULL,
        CONSTRAINT ck_support_access_until CHECK (until > granted_at AND until <= granted_at + interval '168 hours'),
        CONSTRAINT ck_support_access_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL))
    )
    """,
    "CREATE UNIQUE INDEX uq_support_access_standing ON support_access (account_id) WHERE ended_at IS NULL",
    "CREATE INDEX ix_support_access_account_id ON support_access (account_id, granted_at DESC)",
    """
    CREATE TABLE support_view (
        id uuid NOT NULL CONSTRAINT pk_support_view PRIMARY KEY,
        access_id uuid NOT NULL CONSTRAINT fk_support_view_access_id REFERENCES support_access (id),
        account_id uuid NOT NULL,
        staff_person_id uuid NOT NULL,
        staff_name text NOT NULL,
        reason text NOT NULL CONSTRAINT ck_support_view_reason CHECK (length(reason) BETWEEN 1 AND 200),
        opened_at timestamptz NOT NULL,
        until timestamptz NOT NULL,
        CONSTRAINT ck_support_view_until CHECK (until > opened_at)
    )
    """,
    "CREATE INDEX ix_support_view_staff ON support_view (staff_person_id, account_id, until)",
    "CREATE INDEX ix_support_view_access_id ON support_view (access_id, opened_at)",
    """
    CREATE TABLE activity_anchor (
        chain_id uuid NOT NULL,
        seq bigint NOT NULL CONSTRAINT ck_activity_anchor_seq CHECK (seq > 0),
        hash bytea NOT NULL CONSTRAINT ck_activity_anchor_hash CHECK (length(hash) = 32),
        received_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_activity_anchor PRIMARY KEY (chain_id, seq, hash)
    )
    """,
    """
    CREATE FUNCTION activity_anchor_stands() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'anchors are only ever added' USING ERRCODE = 'insufficient_privilege';
    END $$
    """,
    (
        "CREATE TRIGGER activity_anchor_stands BEFORE UPDATE OR DELETE ON activity_anchor"
        " FOR EACH ROW EXECUTE FUNCTION activity_anchor_stands()"
    ),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)

"""The ledger: entries that are only ever added, in a schema that the service's own role cannot change.

Run by the owner (``ACTIVITY_OWNER_DATABASE_URL``, role ``activity_owner``) it leaves the tables of the chassis to the
runtime role ``activity`` and keeps the ledger. Run by the runtime role itself (tests, an installation without a second
role) it makes the same tables; then the triggers are all that hold a change up, and the anchors what finds it.
"""

from alembic import op

from chassis.migrations import create_chassis_tables

revision = "0001_ledger"
down_revision = None

OWNER_SUFFIX = "_owner"

TABLES = (
    "CREATE SCHEMA ledger",
    """
    CREATE TABLE ledger.entry (
        chain_id uuid NOT NULL,
        seq bigint NOT NULL CONSTRAINT ck_entry_seq CHECK (seq > 0),
        activity_id uuid NOT NULL,
        at timestamptz NOT NULL,
        person_id uuid,
        account_id uuid,
        about_person_id uuid,
        body bytea NOT NULL,
        hash bytea NOT NULL CONSTRAINT ck_entry_hash CHECK (length(hash) = 32),
        recorded_at timestamptz NOT NULL,
        CONSTRAINT pk_entry PRIMARY KEY (chain_id, seq, recorded_at)
    ) PARTITION BY RANGE (recorded_at)
    """,
    (
        "CREATE INDEX ix_entry_account ON ledger.entry (account_id, at DESC, activity_id DESC)"
        " WHERE account_id IS NOT NULL"
    ),
    "CREATE INDEX ix_entry_person ON ledger.entry (person_id, at DESC, activity_id DESC) WHERE person_id IS NOT NULL",
    (
        "CREATE INDEX ix_entry_about ON ledger.entry (about_person_id, at DESC, activity_id DESC)"
        " WHERE about_person_id IS NOT NULL"
    ),
    """
    CREATE TABLE ledger.chain (
        chain_id uuid NOT NULL CONSTRAINT pk_chain PRIMARY KEY,
        seq bigint NOT NULL,
        hash bytea NOT NULL,
        moved_at timestamptz NOT NULL
    ) WITH (fillfactor = 80)
    """,
    "CREATE INDEX ix_chain_moved_at ON ledger.chain (moved_at)",
    """
    CREATE TABLE ledger.checkpoint (
        chain_id uuid NOT NULL,
        seq bigint NOT NULL,
        hash bytea NOT NULL,
        month date NOT NULL,
        made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_checkpoint PRIMARY KEY (chain_id, seq)
    )
    """,
    "CREATE INDEX ix_checkpoint_month ON ledger.checkpoint (month)",
)

GUARDS = (
    """
    CREATE FUNCTION ledger.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the ledger is only ever added to' USING ERRCODE = 'insufficient_privilege';
    END $$
    """,
    *(
        statement
        for table in ("entry", "checkpoint")
        for statement in (
            (
                f"CREATE TRIGGER {table}_stands BEFORE UPDATE OR DELETE ON ledger.{table}"
                " FOR EACH ROW EXECUTE FUNCTION ledger.refuse()"
            ),
            (
                f"CREATE TRIGGER {table}_stays BEFORE TRUNCATE ON ledger.{table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse()"
            ),
        )
    ),
)

# What may be done, and nothing else: SECURITY DEFINER runs it as the owner, whatever the caller may do himself.
FUNCTIONS = (
    """
    CREATE FUNCTION ledger.make_month(day date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_temp SET timezone = 'UTC' AS $$
    DECLARE
        first date := date_trunc('month', day)::date;
        name text := 'entry_' || to_char(first, 'YYYYMM');
    BEGIN
        IF to_regclass('ledger.' || name) IS NOT NULL THEN
            RETURN false;
        END IF;
        EXECUTE format('CREATE TABLE ledger.%I PARTITION OF ledger.entry FOR VALUES FROM (%L) TO (%L)',
                       name, first::timestamptz, (first + interval '1 month')::timestamptz);
        -- Row triggers of the parent are inherited by its partitions, those of a statement are not.
        EXECUTE format('CREATE TRIGGER entry_stays BEFORE TRUNCATE ON ledger.%I'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse()', name);
        RETURN true;
    END $$
    """,
    """
    CREATE FUNCTION ledger.append(
        the_chain uuid, the_activity uuid, the_time timestamptz, the_person uuid, the_account uuid, the_about uuid,
        the_body bytea
    ) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp SET timezone = 'UTC' AS $$
    DECLARE
        last record;
        now_hash bytea;
        moment timestamptz;
    BEGIN
        -- One writer at a time, whatever the number of consumers: the order of the chains is the order of the clock.
        PERFORM pg_advisory_xact_lock(1279544137);
        INSERT INTO ledger.chain (chain_id, seq, hash, moved_at)
        VALUES (the_chain, 0, sha256(convert_to('minasidor:activity:' || the_chain::text, 'UTF8')), clock_timestamp())
        ON CONFLICT DO NOTHING;
        SELECT seq, hash INTO last FROM ledger.chain WHERE chain_id = the_chain;
        now_hash := sha256(last.hash || the_body);
        moment := clock_timestamp();
        BEGIN
            INSERT INTO ledger.entry VALUES (the_chain, last.seq + 1, the_activity, the_time, the_person, the_account,
                                             the_about, the_body, now_hash, moment);
        EXCEPTION WHEN check_violation THEN  -- the job that makes the months is late
            PERFORM ledger.make_month(moment::date);
            INSERT INTO ledger.entry VALUES (the_chain, last.seq + 1, the_activity, the_time, the_person, the_account,
                                             the_about, the_body, now_hash, moment);
        END;
        UPDATE ledger.chain SET seq = last.seq + 1, hash = now_hash, moved_at = moment WHERE chain_id = the_chain;
    END $$
    """,
    """
    CREATE FUNCTION ledger.old_months() RETURNS SETOF date LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = ledger, pg_temp SET timezone = 'UTC' AS $$
        SELECT to_date(right(child.relname, 6), 'YYYYMM')
        FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
        WHERE inhparent = 'ledger.entry'::regclass AND child.relname ~ '^entry_[0-9]{6}$'
          AND to_date(right(child.relname, 6), 'YYYYMM') + interval '1 month' <= now() - interval '36 months'
        ORDER BY 1
    $$
    """,
    """
    CREATE FUNCTION ledger.make_checkpoints(the_month date)
    RETURNS TABLE (chain_id uuid, seq bigint, hash bytea) LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_temp SET timezone = 'UTC' AS $$
    #variable_conflict use_column
    BEGIN
        IF the_month NOT IN (SELECT ledger.old_months()) THEN
            RAISE EXCEPTION '% is not old enough', the_month;
        END IF;
        RETURN QUERY
        INSERT INTO ledger.checkpoint (chain_id, seq, hash, month)
        SELECT DISTINCT ON (entry.chain_id) entry.chain_id, entry.seq, entry.hash, the_month
        FROM ledger.entry
        WHERE entry.recorded_at >= the_month::timestamptz
          AND entry.recorded_at < (the_month + interval '1 month')::timestamptz
        ORDER BY entry.chain_id, entry.seq DESC
        ON CONFLICT DO NOTHING
        RETURNING chain_id, seq, hash;
    END $$
    """,
    """
    CREATE FUNCTION ledger.drop_month(the_month date) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_temp SET timezone = 'UTC' AS $$
    DECLARE
        name text := 'entry_' || to_char(the_month, 'YYYYMM');
        lost bigint;
    BEGIN
        IF the_month IS DISTINCT FROM (SELECT min(month) FROM ledger.old_months() AS old (month)) THEN
            RAISE EXCEPTION '% is not the oldest month that may go', the_month;
        END IF;
        -- A checkpoint takes a day to be anchored elsewhere before what it stands for goes.
        EXECUTE format('SELECT count(*) FROM (SELECT chain_id, max(seq) AS seq FROM ledger.%I GROUP BY 1) AS last'
                       ' WHERE NOT EXISTS (SELECT FROM ledger.checkpoint AS kept WHERE kept.chain_id = last.chain_id'
                       ' AND kept.seq = last.seq AND kept.made_at < now() - interval ''20 hours'')', name) INTO lost;
        IF lost > 0 THEN
            RETURN -1;
        END IF;
        EXECUTE format('SELECT count(*) FROM ledger.%I', name) INTO lost;
        EXECUTE format('DROP TABLE ledger.%I', name);
        RETURN lost;
    END $$
    """,
)

OWN = (
    """
    CREATE TABLE anchored (
        chain_id uuid NOT NULL CONSTRAINT pk_anchored PRIMARY KEY,
        seq bigint NOT NULL
    ) WITH (fillfactor = 80)
    """,
    """
    CREATE TABLE known_person (
        person_id uuid NOT NULL CONSTRAINT pk_known_person PRIMARY KEY,
        sealed_name text,
        protected_identity boolean NOT NULL,
        version bigint NOT NULL
    )
    """,
)


def upgrade() -> None:
    user = op.get_bind().exec_driver_sql("SELECT current_user").scalar_one()
    apart = user.endswith(OWNER_SUFFIX)
    runtime = user.removesuffix(OWNER_SUFFIX)
    if apart:
        op.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {runtime}")
        op.execute(f"SET LOCAL ROLE {runtime}")
    create_chassis_tables(op)
    for statement in OWN:
        op.execute(statement)
    if apart:
        op.execute("RESET ROLE")
        op.execute(f"GRANT SELECT ON alembic_version TO {runtime}")
    for statement in (*TABLES, *GUARDS, *FUNCTIONS):
        op.execute(statement)
    op.execute(
        "SELECT ledger.make_month((now() + months * interval '1 month')::date) FROM generate_series(0, 2) months"
    )
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC")
    if apart:
        op.execute(f"GRANT USAGE ON SCHEMA ledger TO {runtime}")
        op.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO {runtime}")
        op.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ledger TO {runtime}")

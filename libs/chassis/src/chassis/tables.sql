-- The tables that every service has: outbox, inbox, dead letters, idempotency keys, jobs.
-- Statements are separated by an empty line.

CREATE SEQUENCE outbox_seq;

CREATE TABLE outbox (
    seq bigint NOT NULL DEFAULT nextval('outbox_seq'),
    id uuid NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    version bigint NOT NULL,
    body bytea NOT NULL,
    correlation_id text,
    traceparent text,
    created_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,
    CONSTRAINT pk_outbox PRIMARY KEY (seq, created_at)
) PARTITION BY RANGE (created_at);

ALTER SEQUENCE outbox_seq OWNED BY outbox.seq;

CREATE INDEX ix_outbox_unpublished ON outbox (seq) WHERE published_at IS NULL;

CREATE TABLE outbox_default PARTITION OF outbox DEFAULT;

CREATE TABLE relay_state (
    only_row boolean NOT NULL DEFAULT true CONSTRAINT pk_relay_state PRIMARY KEY
        CONSTRAINT ck_relay_state_one CHECK (only_row),
    asleep boolean NOT NULL DEFAULT true
) WITH (fillfactor = 10);

INSERT INTO relay_state DEFAULT VALUES;

CREATE TABLE inbox (
    event_id uuid NOT NULL CONSTRAINT pk_inbox PRIMARY KEY,
    source text NOT NULL,
    type text NOT NULL,
    digest bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX ix_inbox_received_at ON inbox USING brin (received_at);

CREATE TABLE inbox_attempt (
    event_id uuid NOT NULL CONSTRAINT pk_inbox_attempt PRIMARY KEY,
    attempts integer NOT NULL DEFAULT 1,
    last_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE aggregate_seen (
    source text NOT NULL,
    subject text NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT pk_aggregate_seen PRIMARY KEY (source, subject)
) WITH (fillfactor = 80);

CREATE TABLE dead_letter (
    id uuid NOT NULL CONSTRAINT pk_dead_letter PRIMARY KEY,
    event_id uuid,
    type text,
    sender text,
    fingerprint bytea NOT NULL,
    body bytea NOT NULL,
    headers jsonb NOT NULL,
    error text NOT NULL,
    stack_hash text NOT NULL,
    attempts integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    outcome text CONSTRAINT ck_dead_letter_outcome CHECK (outcome IN ('replayed', 'discarded')),
    reason text,
    CONSTRAINT ck_dead_letter_settled CHECK ((settled_at IS NULL) = (outcome IS NULL))
);

CREATE UNIQUE INDEX uq_dead_letter_open ON dead_letter (fingerprint) WHERE settled_at IS NULL;

CREATE TABLE idempotency_key (
    person_id uuid,
    account_id uuid,
    method text NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status integer,
    headers jsonb,
    body bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT uq_idempotency_key_scope UNIQUE NULLS NOT DISTINCT (person_id, account_id, method, route, key)
);

CREATE INDEX ix_idempotency_key_expires_at ON idempotency_key (expires_at);

CREATE TABLE job_run (
    name text NOT NULL CONSTRAINT pk_job_run PRIMARY KEY,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    error text
)

"""Powers of attorney (fullmakt): where nobody is registered as signatory (T22, T34-T40, D13)."""

import sqlalchemy as sa
from alembic import op

revision = "0004_powers_of_attorney"
down_revision = "0003_delegation_refusals"

TABLES = """
CREATE TABLE power_of_attorney (
    id uuid NOT NULL CONSTRAINT pk_power_of_attorney PRIMARY KEY,
    organisation_index bytea NOT NULL,
    organisation_sealed bytea NOT NULL,
    organisation_name text NOT NULL
        CONSTRAINT ck_power_of_attorney_organisation_name CHECK (length(organisation_name) BETWEEN 1 AND 200),
    administrator_id uuid NOT NULL,
    details_sealed bytea NOT NULL,
    locale text NOT NULL CONSTRAINT ck_power_of_attorney_locale CHECK (locale IN ('sv', 'en')),
    channel text NOT NULL CONSTRAINT ck_power_of_attorney_channel CHECK (channel IN ('digital', 'paper')),
    registered_by uuid,
    status text NOT NULL CONSTRAINT ck_power_of_attorney_status CHECK (status IN ('draft', 'submitted', 'under-review',
        'needs-completion', 'approved', 'rejected', 'withdrawn', 'expired', 'revoked')),
    reviewer_id uuid,
    checked text[],
    reason text,
    message text,
    ends_on date,
    account_id uuid CONSTRAINT fk_power_of_attorney_account_id REFERENCES account (id),
    membership_id uuid CONSTRAINT fk_power_of_attorney_membership_id REFERENCES membership (id),
    document_id uuid,
    created_at timestamptz NOT NULL,
    submitted_at timestamptz,
    asked_at timestamptz,
    decided_at timestamptz,
    ended_at timestamptz,
    changed_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT ck_power_of_attorney_registered CHECK ((channel = 'paper') = (registered_by IS NOT NULL)),
    CONSTRAINT ck_power_of_attorney_submitted CHECK (status IN ('draft', 'withdrawn') OR submitted_at IS NOT NULL),
    CONSTRAINT ck_power_of_attorney_reviewed CHECK (status <> 'under-review' OR reviewer_id IS NOT NULL),
    CONSTRAINT ck_power_of_attorney_approved CHECK (
        status NOT IN ('approved', 'expired', 'revoked')
        OR num_nonnulls(account_id, membership_id, document_id, checked, decided_at) = 5
    ),
    CONSTRAINT ck_power_of_attorney_rejected CHECK (status <> 'rejected' OR reason IS NOT NULL),
    CONSTRAINT ck_power_of_attorney_asked CHECK (status <> 'needs-completion' OR message IS NOT NULL),
    CONSTRAINT ck_power_of_attorney_not_own CHECK (
        reviewer_id IS DISTINCT FROM administrator_id
    )
);

CREATE INDEX ix_power_of_attorney_administrator ON power_of_attorney (administrator_id, created_at DESC);

CREATE INDEX ix_power_of_attorney_queue ON power_of_attorney (status, submitted_at, id);

CREATE INDEX ix_power_of_attorney_ends_on ON power_of_attorney (ends_on)
    WHERE status = 'approved' AND ends_on IS NOT NULL;

CREATE TABLE power_document (
    id uuid NOT NULL CONSTRAINT pk_power_document PRIMARY KEY,
    power_id uuid NOT NULL CONSTRAINT fk_power_document_power_id REFERENCES power_of_attorney (id),
    media_type text NOT NULL CONSTRAINT ck_power_document_media_type
        CHECK (media_type IN ('application/pdf', 'image/jpeg', 'image/png')),
    size integer NOT NULL CONSTRAINT ck_power_document_size CHECK (size BETWEEN 1 AND 10485760),
    digest bytea NOT NULL,
    content bytea,
    scan text NOT NULL CONSTRAINT ck_power_document_scan
        CHECK (scan IN ('pending', 'clean', 'infected', 'not-scanned')),
    scanned_at timestamptz,
    added_by uuid NOT NULL,
    added_at timestamptz NOT NULL,
    CONSTRAINT ck_power_document_infected CHECK (scan <> 'infected' OR content IS NULL)
);

ALTER TABLE power_document ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE INDEX ix_power_document_power_id ON power_document (power_id);

CREATE INDEX ix_power_document_pending ON power_document (added_at) WHERE scan = 'pending';

ALTER TABLE power_of_attorney ADD CONSTRAINT fk_power_of_attorney_document_id
    FOREIGN KEY (document_id) REFERENCES power_document (id);

CREATE TABLE power_step (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_power_step PRIMARY KEY,
    power_id uuid NOT NULL CONSTRAINT fk_power_step_power_id REFERENCES power_of_attorney (id),
    action text NOT NULL,
    status text NOT NULL,
    actor_id uuid,
    as_staff boolean NOT NULL,
    note text,
    at timestamptz NOT NULL
);

CREATE INDEX ix_power_step_power_id ON power_step (power_id, id);

CREATE TABLE power_upload (
    person_id uuid NOT NULL CONSTRAINT pk_power_upload PRIMARY KEY,
    tried_at timestamptz[] NOT NULL
);

ALTER TABLE membership ADD COLUMN power_id uuid;

ALTER TABLE membership ADD CONSTRAINT ck_membership_narrowed_or_by_power CHECK (
    role = 'delegate' OR (NOT read_only AND services IS NULL AND (ends_on IS NULL OR power_id IS NOT NULL))
) NOT VALID;

ALTER TABLE membership VALIDATE CONSTRAINT ck_membership_narrowed_or_by_power;

ALTER TABLE membership DROP CONSTRAINT ck_membership_narrowed
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n\n"):
        op.execute(sa.text(statement))

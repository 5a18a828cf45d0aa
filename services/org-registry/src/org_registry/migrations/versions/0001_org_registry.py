"""The first tables: who may act for which account."""

import sqlalchemy as sa
from alembic import op

from chassis.migrations import create_chassis_tables

revision = "0001_org_registry"
down_revision = None

TABLES = """
CREATE TABLE organisation (
    id uuid NOT NULL CONSTRAINT pk_organisation PRIMARY KEY,
    number_index bytea NOT NULL CONSTRAINT uq_organisation_number_index UNIQUE,
    number_sealed bytea NOT NULL
);

CREATE TABLE account (
    id uuid NOT NULL CONSTRAINT pk_account PRIMARY KEY,
    kind text NOT NULL CONSTRAINT ck_account_kind CHECK (kind IN ('private', 'company')),
    display_name text NOT NULL CONSTRAINT ck_account_display_name CHECK (length(display_name) BETWEEN 1 AND 200),
    status text NOT NULL CONSTRAINT ck_account_status CHECK (status IN ('open', 'waiting-cosignatory')),
    customer_number text CONSTRAINT uq_account_customer_number UNIQUE,
    organisation_id uuid CONSTRAINT uq_account_organisation_id UNIQUE
        CONSTRAINT fk_account_organisation_id REFERENCES organisation (id),
    opened_at timestamptz,
    version integer NOT NULL,
    CONSTRAINT ck_account_of CHECK (
        (kind = 'private' AND customer_number IS NOT NULL AND organisation_id IS NULL)
        OR (kind = 'company' AND customer_number IS NULL AND organisation_id IS NOT NULL)
    ),
    CONSTRAINT ck_account_opened CHECK ((status = 'open') = (opened_at IS NOT NULL))
);

CREATE TABLE customer (
    customer_number text NOT NULL CONSTRAINT pk_customer PRIMARY KEY,
    person_id uuid,
    protected_identity boolean NOT NULL DEFAULT false,
    identified_version bigint NOT NULL DEFAULT 0,
    organisation_id uuid CONSTRAINT fk_customer_organisation_id REFERENCES organisation (id),
    organisation_version bigint NOT NULL DEFAULT 0,
    account_id uuid CONSTRAINT fk_customer_account_id REFERENCES account (id),
    link_version bigint NOT NULL DEFAULT 0
);

CREATE INDEX ix_customer_person_id ON customer (person_id) WHERE person_id IS NOT NULL;

CREATE INDEX ix_customer_organisation_id ON customer (organisation_id) WHERE organisation_id IS NOT NULL;

CREATE TABLE agreement (
    agreement_number text NOT NULL,
    customer_number text NOT NULL CONSTRAINT fk_agreement_customer_number REFERENCES customer (customer_number),
    service_area text,
    starts_on date,
    started_version bigint NOT NULL DEFAULT 0,
    ends_on date,
    ended_version bigint NOT NULL DEFAULT 0,
    CONSTRAINT pk_agreement PRIMARY KEY (agreement_number, customer_number)
);

CREATE INDEX ix_agreement_customer_number ON agreement (customer_number);

CREATE TABLE membership (
    id uuid NOT NULL CONSTRAINT pk_membership PRIMARY KEY,
    account_id uuid NOT NULL CONSTRAINT fk_membership_account_id REFERENCES account (id),
    person_id uuid NOT NULL,
    role text NOT NULL CONSTRAINT ck_membership_role CHECK (role IN ('owner', 'signatory', 'delegate')),
    read_only boolean NOT NULL DEFAULT false,
    services text[],
    ends_on date,
    parent_id uuid CONSTRAINT fk_membership_parent_id REFERENCES membership (id),
    granted_by uuid,
    invitation_id uuid CONSTRAINT uq_membership_invitation_id UNIQUE,
    granted_at timestamptz NOT NULL,
    removed_at timestamptz,
    removed_by uuid,
    removal_reason text CONSTRAINT ck_membership_removal_reason CHECK (
        removal_reason IN ('removed', 'left', 'expired', 'signatory-lost', 'account-closed')
    ),
    removal_note text,
    version integer NOT NULL,
    CONSTRAINT ck_membership_removed CHECK ((removed_at IS NULL) = (removal_reason IS NULL)),
    CONSTRAINT ck_membership_narrowed CHECK (
        role = 'delegate' OR (NOT read_only AND services IS NULL AND ends_on IS NULL)
    )
);

CREATE UNIQUE INDEX uq_membership_active ON membership (account_id, person_id) WHERE removed_at IS NULL;

CREATE UNIQUE INDEX uq_membership_owner ON membership (account_id) WHERE removed_at IS NULL AND role = 'owner';

CREATE INDEX ix_membership_person_active ON membership (person_id) WHERE removed_at IS NULL;

CREATE INDEX ix_membership_parent_id ON membership (parent_id) WHERE parent_id IS NOT NULL;

CREATE INDEX ix_membership_ends_on ON membership (ends_on) WHERE removed_at IS NULL AND ends_on IS NOT NULL;

CREATE TABLE signing_confirmation (
    account_id uuid NOT NULL CONSTRAINT fk_signing_confirmation_account_id REFERENCES account (id),
    person_id uuid NOT NULL,
    combination bytea NOT NULL,
    confirmed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_signing_confirmation PRIMARY KEY (account_id, person_id, combination)
);

CREATE INDEX ix_signing_confirmation_person_id ON signing_confirmation (person_id);

CREATE INDEX ix_signing_confirmation_expires_at ON signing_confirmation (expires_at);

CREATE TABLE signatory_check (
    id uuid NOT NULL CONSTRAINT pk_signatory_check PRIMARY KEY,
    person_id uuid NOT NULL,
    organisation_index bytea NOT NULL,
    request_id text NOT NULL,
    outcome text NOT NULL CONSTRAINT ck_signatory_check_outcome CHECK (
        outcome IN ('opens', 'needs-cosignatory', 'refused')
    ),
    ways text[] NOT NULL,
    reasons text[] NOT NULL,
    pending_cases integer NOT NULL,
    checked_at timestamptz NOT NULL
);

CREATE INDEX ix_signatory_check_organisation_index ON signatory_check (organisation_index, checked_at);

CREATE INDEX ix_signatory_check_person_id ON signatory_check (person_id, checked_at);

CREATE TABLE company_attempt (
    person_id uuid NOT NULL CONSTRAINT pk_company_attempt PRIMARY KEY,
    tried_at timestamptz[] NOT NULL
)
"""


def upgrade() -> None:
    create_chassis_tables(op)
    for statement in TABLES.split(";\n\n"):
        op.execute(sa.text(statement))

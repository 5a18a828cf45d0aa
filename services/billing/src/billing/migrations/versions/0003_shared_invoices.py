"""One invoice shared with one person: the shares, and our copy of who may act for which account."""

from alembic import op

revision = "0003_shared_invoices"
down_revision = "0002_unlinked_customers"

TABLES = """
CREATE TABLE membership (
    membership_id UUID NOT NULL,
    account_id UUID NOT NULL,
    person_id UUID NOT NULL,
    read_only BOOLEAN DEFAULT false NOT NULL,
    services TEXT[],
    ends_on DATE,
    version BIGINT DEFAULT '0' NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_membership PRIMARY KEY (membership_id)
);
CREATE INDEX ix_membership_person ON membership (person_id);

CREATE TABLE suspension (
    account_id UUID NOT NULL,
    suspended BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT pk_suspension PRIMARY KEY (account_id)
);

CREATE TABLE invoice_share (
    id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    account_id UUID NOT NULL,
    sharer_id UUID NOT NULL,
    membership_id UUID NOT NULL,
    address_masked VARCHAR(260) NOT NULL,
    address_hash BYTEA,
    token_hash BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    recipient_id UUID,
    recipient_name_sealed BYTEA,
    recipient_birth_year SMALLINT,
    first_opened_at TIMESTAMP WITH TIME ZONE,
    last_seen_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    CONSTRAINT pk_invoice_share PRIMARY KEY (id),
    CONSTRAINT fk_invoice_share_invoice_id FOREIGN KEY(invoice_id) REFERENCES invoice (id) ON DELETE CASCADE,
    CONSTRAINT uq_invoice_share_token UNIQUE (token_hash),
    CONSTRAINT ck_invoice_share_token_hash CHECK (octet_length(token_hash) = 32),
    CONSTRAINT ck_invoice_share_time CHECK (expires_at > created_at
        AND expires_at <= created_at + interval '2160 hours'),
    CONSTRAINT ck_invoice_share_opened CHECK ((recipient_id IS NULL) = (first_opened_at IS NULL)
        AND (recipient_id IS NULL) = (last_seen_at IS NULL)),
    CONSTRAINT ck_invoice_share_recipient CHECK (recipient_id <> sharer_id)
);
CREATE INDEX ix_invoice_share_invoice ON invoice_share (invoice_id);
CREATE INDEX ix_invoice_share_account ON invoice_share (account_id, created_at);
CREATE INDEX ix_invoice_share_mailbox ON invoice_share (address_hash, created_at);
CREATE INDEX ix_invoice_share_membership ON invoice_share (membership_id);
CREATE INDEX ix_invoice_share_recipient ON invoice_share (recipient_id);
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)

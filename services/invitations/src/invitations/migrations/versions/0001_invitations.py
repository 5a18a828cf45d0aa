"""The first tables."""

from alembic import op

from chassis.migrations import create_chassis_tables

revision = "0001_invitations"
down_revision = None

TABLES = """
CREATE TABLE account (
    account_id UUID NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_account PRIMARY KEY (account_id)
);

CREATE TABLE membership (
    membership_id UUID NOT NULL,
    account_id UUID NOT NULL,
    person_id UUID NOT NULL,
    role VARCHAR(20) NOT NULL,
    read_only BOOLEAN DEFAULT true NOT NULL,
    services VARCHAR(30)[],
    ends_on DATE,
    invitation_id UUID,
    version BIGINT DEFAULT '0' NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_membership PRIMARY KEY (membership_id),
    CONSTRAINT ck_membership_role CHECK (role IN ('owner', 'signatory', 'delegate')),
    CONSTRAINT ck_membership_known CHECK (version > 0 OR removed_at IS NOT NULL)
);
CREATE INDEX ix_membership_person ON membership (account_id, person_id);

CREATE TABLE invitation (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    inviter_id UUID NOT NULL,
    inviter_membership_id UUID NOT NULL,
    status VARCHAR(20) NOT NULL,
    address_masked VARCHAR(260) NOT NULL,
    address_sealed BYTEA,
    address_hash BYTEA,
    read_only BOOLEAN NOT NULL,
    services VARCHAR(30)[],
    ends_on DATE,
    token_hash BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    acceptor_id UUID,
    acceptor_name_sealed BYTEA,
    acceptor_birth_year SMALLINT,
    accepted_at TIMESTAMP WITH TIME ZONE,
    approve_before TIMESTAMP WITH TIME ZONE,
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    CONSTRAINT pk_invitation PRIMARY KEY (id),
    CONSTRAINT ck_invitation_status CHECK (status IN
        ('sent', 'accepted', 'approved', 'denied', 'declined', 'expired', 'approval-expired', 'revoked')),
    CONSTRAINT ck_invitation_token_hash CHECK (octet_length(token_hash) = 32),
    CONSTRAINT ck_invitation_expires_at CHECK (expires_at > sent_at),
    CONSTRAINT ck_invitation_accepted CHECK (status NOT IN ('accepted', 'approved', 'denied', 'approval-expired')
        OR (acceptor_id IS NOT NULL AND accepted_at IS NOT NULL AND approve_before > accepted_at)),
    CONSTRAINT ck_invitation_not_accepted CHECK (status NOT IN ('sent', 'declined', 'expired')
        OR (acceptor_id IS NULL AND accepted_at IS NULL)),
    CONSTRAINT ck_invitation_acceptor CHECK (acceptor_id <> inviter_id),
    CONSTRAINT ck_invitation_approver CHECK (status <> 'approved' OR decided_by <> acceptor_id),
    CONSTRAINT ck_invitation_name_kept CHECK (acceptor_name_sealed IS NULL OR status IN ('accepted', 'approved')),
    CONSTRAINT ck_invitation_address_kept CHECK (address_sealed IS NULL
        OR status IN ('sent', 'accepted', 'expired', 'approval-expired')),
    CONSTRAINT uq_invitation_token UNIQUE (token_hash)
);
CREATE INDEX ix_invitation_account ON invitation (account_id, created_at DESC);
CREATE INDEX ix_invitation_approve_before ON invitation (approve_before) WHERE status = 'accepted';
CREATE INDEX ix_invitation_expires_at ON invitation (expires_at) WHERE status = 'sent';
CREATE INDEX ix_invitation_inviter_membership ON invitation (inviter_membership_id);
CREATE UNIQUE INDEX uq_invitation_open ON invitation (account_id, inviter_id, address_hash)
    WHERE status IN ('sent', 'accepted');

CREATE TABLE sending (
    token_hash BYTEA NOT NULL,
    invitation_id UUID NOT NULL,
    account_id UUID NOT NULL,
    address_hash BYTEA NOT NULL,
    sent_by UUID NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sending PRIMARY KEY (token_hash),
    CONSTRAINT fk_sending_invitation_id FOREIGN KEY(invitation_id) REFERENCES invitation (id) ON DELETE CASCADE
);
CREATE INDEX ix_sending_account ON sending (account_id, sent_at);
CREATE INDEX ix_sending_address ON sending (address_hash, sent_at);
CREATE INDEX ix_sending_invitation ON sending (invitation_id);
CREATE INDEX ix_sending_sent_at ON sending (sent_at);
"""


def upgrade() -> None:
    create_chassis_tables(op)
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)

"""Contacts, memberships, invitations, preferences, notifications and deliveries."""

from alembic import op

from chassis.migrations import create_chassis_tables

revision = "0001_notify"
down_revision = None

TABLES = """
CREATE TABLE contact (
    person_id uuid NOT NULL CONSTRAINT pk_contact PRIMARY KEY,
    sealed_contact text NOT NULL,
    has_email boolean NOT NULL,
    has_phone boolean NOT NULL,
    locale text NOT NULL CONSTRAINT ck_contact_locale CHECK (locale IN ('sv', 'en')),
    version bigint NOT NULL,
    email_bounced_at timestamptz,
    sms_bounced_at timestamptz,
    bounces integer NOT NULL DEFAULT 0
);

CREATE TABLE account (
    account_id uuid NOT NULL CONSTRAINT pk_account PRIMARY KEY,
    kind text NOT NULL CONSTRAINT ck_account_kind CHECK (kind IN ('private', 'company')),
    opened_at timestamptz NOT NULL
);

CREATE TABLE membership (
    membership_id uuid NOT NULL CONSTRAINT pk_membership PRIMARY KEY,
    account_id uuid NOT NULL,
    person_id uuid NOT NULL,
    role text NOT NULL CONSTRAINT ck_membership_role CHECK (role IN ('owner', 'signatory', 'delegate')),
    services text[] NOT NULL,
    ends_on date,
    granted_by uuid,
    active boolean NOT NULL
);

CREATE INDEX ix_membership_account ON membership (account_id) WHERE active;

CREATE TABLE invitation (
    invitation_id uuid NOT NULL CONSTRAINT pk_invitation PRIMARY KEY,
    account_id uuid NOT NULL,
    inviter_id uuid,
    acceptor_id uuid,
    sealed_recipient text,
    sealed_version bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL,
    email_bounced_at timestamptz,
    changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX ix_invitation_changed_at ON invitation (changed_at) WHERE sealed_recipient IS NOT NULL;

CREATE TABLE preference (
    person_id uuid NOT NULL,
    subject text NOT NULL,
    email boolean NOT NULL,
    sms boolean NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_preference PRIMARY KEY (person_id, subject)
);

CREATE TABLE notification (
    id uuid NOT NULL CONSTRAINT pk_notification PRIMARY KEY,
    event_id uuid NOT NULL,
    recipient text NOT NULL,
    template text NOT NULL,
    template_version integer NOT NULL,
    subject text NOT NULL,
    person_id uuid,
    account_id uuid,
    invitation_id uuid,
    object_id uuid,
    area text,
    sealed_recipient text,
    state text NOT NULL CONSTRAINT ck_notification_state
        CHECK (state IN ('waiting-for-recipient', 'addressed', 'abandoned')),
    created_at timestamptz NOT NULL DEFAULT now(),
    read_at timestamptz,
    CONSTRAINT uq_notification_business_key UNIQUE (event_id, recipient, template)
);

CREATE INDEX ix_notification_person ON notification (person_id, created_at DESC, id DESC) WHERE person_id IS NOT NULL;

CREATE INDEX ix_notification_waiting ON notification (created_at) WHERE state = 'waiting-for-recipient';

CREATE INDEX ix_notification_waiting_person ON notification (person_id) WHERE state = 'waiting-for-recipient';

CREATE INDEX ix_notification_waiting_account ON notification (account_id)
    WHERE state = 'waiting-for-recipient' AND person_id IS NULL;

CREATE INDEX ix_notification_invitation ON notification (invitation_id) WHERE invitation_id IS NOT NULL;

CREATE INDEX ix_notification_created_at ON notification USING brin (created_at);

CREATE TABLE delivery (
    id uuid NOT NULL CONSTRAINT pk_delivery PRIMARY KEY,
    notification_id uuid NOT NULL CONSTRAINT fk_delivery_notification_id
        REFERENCES notification (id) ON DELETE CASCADE,
    channel text NOT NULL CONSTRAINT ck_delivery_channel CHECK (channel IN ('email', 'sms')),
    state text NOT NULL CONSTRAINT ck_delivery_state CHECK (state IN ('requested', 'suppressed', 'queued', 'sending',
        'sent', 'delivered', 'bounced', 'failed-temporary', 'failed-permanent')),
    reason text NOT NULL DEFAULT '',
    message_key text NOT NULL,
    fallback_of uuid,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now(),
    claim_id uuid,
    lease_until timestamptz,
    provider_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    settled_at timestamptz,
    CONSTRAINT uq_delivery_channel UNIQUE (notification_id, channel),
    CONSTRAINT ck_delivery_claim CHECK ((state = 'sending') = (lease_until IS NOT NULL))
) WITH (fillfactor = 80);

CREATE INDEX ix_delivery_due ON delivery (channel, due_at) WHERE state IN ('queued', 'failed-temporary');

CREATE INDEX ix_delivery_lease ON delivery (channel, lease_until) WHERE state = 'sending'
"""


def upgrade() -> None:
    create_chassis_tables(op)
    for statement in TABLES.split(";\n\n"):
        op.execute(statement)

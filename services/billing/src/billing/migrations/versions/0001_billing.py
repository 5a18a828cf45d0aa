"""The first tables."""

from alembic import op

from chassis.migrations import create_chassis_tables

revision = "0001_billing"
down_revision = None

TABLES = """
CREATE TABLE account (
    account_id UUID NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_account PRIMARY KEY (account_id)
);

CREATE TABLE account_link (
    customer_number VARCHAR(20) NOT NULL,
    account_id UUID NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT pk_account_link PRIMARY KEY (customer_number)
);
CREATE INDEX ix_account_link_account_id ON account_link (account_id);

CREATE TABLE agreement (
    agreement_number VARCHAR(30) NOT NULL,
    customer_number VARCHAR(20) NOT NULL,
    service_area VARCHAR(20),
    starts_on DATE,
    ends_on DATE,
    facility_id VARCHAR(30),
    street VARCHAR(200),
    postal_code VARCHAR(5),
    city VARCHAR(200),
    started_version BIGINT DEFAULT 0 NOT NULL,
    ended_version BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_agreement PRIMARY KEY (agreement_number)
);
CREATE INDEX ix_agreement_customer_number ON agreement (customer_number);

CREATE TABLE invoice (
    id UUID NOT NULL,
    invoice_number VARCHAR(20) NOT NULL,
    customer_number VARCHAR(20) NOT NULL,
    account_id UUID,
    kind VARCHAR(20) NOT NULL,
    issued_on DATE NOT NULL,
    due_on DATE NOT NULL,
    period_from DATE NOT NULL,
    period_to DATE NOT NULL,
    ocr VARCHAR(25) NOT NULL,
    bankgiro VARCHAR(10) NOT NULL,
    net_ore BIGINT NOT NULL,
    vat_ore BIGINT NOT NULL,
    rounding_ore BIGINT NOT NULL,
    total_ore BIGINT NOT NULL,
    credited_ore BIGINT NOT NULL,
    paid_ore BIGINT NOT NULL,
    remaining_ore BIGINT
        GENERATED ALWAYS AS (CASE WHEN kind = 'credit' THEN 0 ELSE total_ore - credited_ore - paid_ore END) STORED
        NOT NULL,
    credits_invoice_number VARCHAR(20),
    reading_id UUID,
    service_areas TEXT[] NOT NULL,
    available_at TIMESTAMP WITH TIME ZONE,
    paid_told_at TIMESTAMP WITH TIME ZONE,
    told INTEGER NOT NULL,
    CONSTRAINT pk_invoice PRIMARY KEY (id),
    CONSTRAINT uq_invoice_number UNIQUE (invoice_number),
    CONSTRAINT ck_invoice_kind CHECK (kind IN ('invoice', 'credit', 'final', 'reminder')),
    CONSTRAINT ck_invoice_credit_points CHECK ((kind = 'credit') = (credits_invoice_number IS NOT NULL)),
    CONSTRAINT ck_invoice_adds_up CHECK (net_ore + vat_ore + rounding_ore = total_ore)
);
CREATE INDEX ix_invoice_credits ON invoice (credits_invoice_number)
    WHERE credits_invoice_number IS NOT NULL;
CREATE INDEX ix_invoice_customer_number ON invoice (customer_number);
CREATE INDEX ix_invoice_ocr ON invoice (ocr);
CREATE INDEX ix_invoice_page ON invoice (account_id, issued_on DESC, invoice_number DESC);

CREATE TABLE payment (
    payment_id UUID NOT NULL,
    ocr VARCHAR(25) NOT NULL,
    amount_ore BIGINT NOT NULL,
    received_on DATE NOT NULL,
    CONSTRAINT pk_payment PRIMARY KEY (payment_id),
    CONSTRAINT ck_payment_positive CHECK (amount_ore > 0)
);
CREATE INDEX ix_payment_ocr ON payment (ocr);

CREATE TABLE invoice_line (
    invoice_id UUID NOT NULL,
    position SMALLINT NOT NULL,
    description VARCHAR(200) NOT NULL,
    quantity NUMERIC(18, 6) NOT NULL,
    unit VARCHAR(20) NOT NULL,
    unit_price_ore NUMERIC(18, 6) NOT NULL,
    net_ore BIGINT NOT NULL,
    vat_rate SMALLINT NOT NULL,
    vat_ore BIGINT NOT NULL,
    service_area VARCHAR(20),
    facility_id VARCHAR(30),
    period_from DATE,
    period_to DATE,
    CONSTRAINT pk_invoice_line PRIMARY KEY (invoice_id, position),
    CONSTRAINT fk_invoice_line_invoice_id FOREIGN KEY(invoice_id)
        REFERENCES invoice (id) ON DELETE CASCADE
);

CREATE TABLE invoice_vat (
    invoice_id UUID NOT NULL,
    rate SMALLINT NOT NULL,
    net_ore BIGINT NOT NULL,
    vat_ore BIGINT NOT NULL,
    CONSTRAINT pk_invoice_vat PRIMARY KEY (invoice_id, rate),
    CONSTRAINT fk_invoice_vat_invoice_id FOREIGN KEY(invoice_id)
        REFERENCES invoice (id) ON DELETE CASCADE
);

"""


def upgrade() -> None:
    create_chassis_tables(op)
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)

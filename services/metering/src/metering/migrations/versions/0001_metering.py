"""The first tables."""

from alembic import op

from chassis.migrations import create_chassis_tables

revision = "0001_metering"
down_revision = None

TABLES = """
CREATE TABLE account (
    account_id UUID NOT NULL,
    kind VARCHAR(20) NOT NULL,
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
    meter_number VARCHAR(30),
    meter_digits SMALLINT,
    meter_start_m3 INTEGER,
    expected_yearly_m3 BIGINT,
    started_version BIGINT DEFAULT '0' NOT NULL,
    ended_version BIGINT DEFAULT '0' NOT NULL,
    CONSTRAINT pk_agreement PRIMARY KEY (agreement_number)
);
CREATE INDEX ix_agreement_customer_number ON agreement (customer_number);
CREATE INDEX ix_agreement_facility_id ON agreement (facility_id);

CREATE TABLE meter_replacement (
    facility_id VARCHAR(30) NOT NULL,
    replaced_on DATE NOT NULL,
    removed_number VARCHAR(30) NOT NULL,
    removed_value_m3 INTEGER NOT NULL,
    estimated BOOLEAN NOT NULL,
    number VARCHAR(30) NOT NULL,
    digits SMALLINT NOT NULL,
    value_m3 INTEGER NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT pk_meter_replacement PRIMARY KEY (facility_id, replaced_on)
);

CREATE TABLE metering_point (
    id UUID NOT NULL,
    facility_id VARCHAR(30) NOT NULL,
    service_area VARCHAR(20) NOT NULL,
    street VARCHAR(200) NOT NULL,
    postal_code VARCHAR(5) NOT NULL,
    city VARCHAR(200) NOT NULL,
    CONSTRAINT pk_metering_point PRIMARY KEY (id),
    CONSTRAINT uq_metering_point_facility_id UNIQUE (facility_id)
);

CREATE TABLE meter (
    id UUID NOT NULL,
    metering_point_id UUID NOT NULL,
    number VARCHAR(30) NOT NULL,
    digits SMALLINT NOT NULL,
    installed_on DATE NOT NULL,
    installed_value_m3 INTEGER NOT NULL,
    removed_on DATE,
    removed_value_m3 INTEGER,
    CONSTRAINT pk_meter PRIMARY KEY (id),
    CONSTRAINT uq_meter_point_number UNIQUE (metering_point_id, number),
    CONSTRAINT ck_meter_digits CHECK (digits BETWEEN 3 AND 9),
    CONSTRAINT fk_meter_metering_point_id FOREIGN KEY(metering_point_id)
        REFERENCES metering_point (id) ON DELETE CASCADE
);

CREATE TABLE reading (
    id UUID NOT NULL,
    metering_point_id UUID NOT NULL,
    meter_id UUID NOT NULL,
    source VARCHAR(20) NOT NULL,
    origin VARCHAR(60),
    read_on DATE NOT NULL,
    value_m3 INTEGER NOT NULL,
    previous_value_m3 INTEGER,
    previous_read_on DATE,
    use_m3 INTEGER,
    rolled_over BOOLEAN DEFAULT false NOT NULL,
    state VARCHAR(20) NOT NULL,
    check_reason VARCHAR(20),
    account_id UUID,
    customer_number VARCHAR(20),
    submitted_by UUID,
    submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    corrected_at TIMESTAMP WITH TIME ZONE,
    revision INTEGER NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    answer_text_sv VARCHAR(2000),
    answer_text_en VARCHAR(2000),
    invoice_number VARCHAR(20),
    billed_value_m3 INTEGER,
    told INTEGER NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_reading PRIMARY KEY (id),
    CONSTRAINT ck_reading_value_m3 CHECK (value_m3 >= 0),
    CONSTRAINT ck_reading_state CHECK (state IN ('accepted', 'billed', 'rejected')),
    CONSTRAINT ck_reading_source CHECK (source IN ('customer', 'utility', 'estimate')),
    CONSTRAINT ck_reading_origin CHECK ((source = 'customer') = (origin IS NULL)),
    CONSTRAINT ck_reading_account CHECK ((source = 'customer') = (account_id IS NOT NULL)),
    CONSTRAINT fk_reading_metering_point_id FOREIGN KEY(metering_point_id)
        REFERENCES metering_point (id) ON DELETE CASCADE,
    CONSTRAINT fk_reading_meter_id FOREIGN KEY(meter_id) REFERENCES meter (id) ON DELETE CASCADE
);
CREATE INDEX ix_reading_meter_day ON reading (meter_id, read_on);
CREATE INDEX ix_reading_point_day ON reading (metering_point_id, read_on);
CREATE UNIQUE INDEX uq_reading_customer_day ON reading (meter_id, read_on)
    WHERE source = 'customer' AND state <> 'rejected';
CREATE UNIQUE INDEX uq_reading_origin ON reading (meter_id, origin) WHERE origin IS NOT NULL;

CREATE TABLE billing_answer (
    reading_id UUID NOT NULL,
    version BIGINT NOT NULL,
    accepted BOOLEAN NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    invoice_number VARCHAR(20),
    text_sv VARCHAR(2000),
    text_en VARCHAR(2000),
    CONSTRAINT pk_billing_answer PRIMARY KEY (reading_id, version),
    CONSTRAINT fk_billing_answer_reading_id FOREIGN KEY(reading_id) REFERENCES reading (id) ON DELETE CASCADE
);

CREATE TABLE check_task (
    id UUID NOT NULL,
    reading_id UUID NOT NULL,
    revision INTEGER NOT NULL,
    reason VARCHAR(20) NOT NULL,
    use_m3 INTEGER NOT NULL,
    expected_m3 INTEGER,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    outcome VARCHAR(20),
    CONSTRAINT pk_check_task PRIMARY KEY (id),
    CONSTRAINT uq_check_task_reading_revision UNIQUE (reading_id, revision),
    CONSTRAINT ck_check_task_outcome CHECK (outcome IN ('corrected', 'billed', 'rejected')),
    CONSTRAINT ck_check_task_closed CHECK ((closed_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT fk_check_task_reading_id FOREIGN KEY(reading_id) REFERENCES reading (id) ON DELETE CASCADE
);
CREATE INDEX ix_check_task_open ON check_task (created_at) WHERE closed_at IS NULL;

CREATE TABLE reading_revision (
    reading_id UUID NOT NULL,
    number INTEGER NOT NULL,
    value_m3 INTEGER NOT NULL,
    replaced_at TIMESTAMP WITH TIME ZONE NOT NULL,
    replaced_by UUID,
    CONSTRAINT pk_reading_revision PRIMARY KEY (reading_id, number),
    CONSTRAINT fk_reading_revision_reading_id FOREIGN KEY(reading_id) REFERENCES reading (id) ON DELETE CASCADE
);

"""


def upgrade() -> None:
    create_chassis_tables(op)
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)

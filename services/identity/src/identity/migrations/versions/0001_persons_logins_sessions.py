"""Persons, customers, terms, logins with their evidence, and sessions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from chassis.migrations import create_chassis_tables

revision = "0001_persons_logins_sessions"
down_revision = None

INSTANT = sa.DateTime(timezone=True)
NOW = sa.func.now()


def upgrade() -> None:
    create_chassis_tables(op)
    _terms()
    _persons()
    _logins()
    _sessions()


def _terms() -> None:
    op.create_table(
        "terms",
        sa.Column("version", sa.Text, primary_key=True),
        sa.Column("valid_from", INSTANT, nullable=False),
        sa.Column("text_sv", sa.Text, nullable=False),
        sa.Column("text_en", sa.Text, nullable=False),
        comment="reference",
    )


def _persons() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("personal_number_index", sa.LargeBinary, nullable=False),
        sa.Column("personal_number_sealed", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_source", sa.Text, nullable=False),
        sa.Column("birth_year", sa.SmallInteger, nullable=False),
        sa.Column("protected_identity", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("email_sealed", sa.LargeBinary),
        sa.Column("email_source", sa.Text),
        sa.Column("email_bounced_at", INSTANT),
        sa.Column("phone_sealed", sa.LargeBinary),
        sa.Column("phone_source", sa.Text),
        sa.Column("phone_bounced_at", INSTANT),
        sa.Column("contact_changed_at", INSTANT),
        sa.Column("locale", sa.Text, nullable=False, server_default="sv"),
        sa.Column("registered_at", INSTANT),
        sa.Column("terms_version", sa.Text),
        sa.Column("staff", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.UniqueConstraint("personal_number_index", name="uq_person_personal_number_index"),
        sa.ForeignKeyConstraint(["terms_version"], ["terms.version"], name="fk_person_terms_version"),
        sa.CheckConstraint("locale IN ('sv', 'en')", name="ck_person_locale"),
        sa.CheckConstraint("(registered_at IS NULL) = (terms_version IS NULL)", name="ck_person_registered"),
    )
    op.create_table(
        "customer",
        sa.Column("customer_number", sa.Text, primary_key=True),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("protected_identity", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False, server_default=NOW),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_customer_person_id"),
    )
    op.create_index("ix_customer_person_id", "customer", ["person_id"])
    op.create_table(
        "terms_acceptance",
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Text, primary_key=True),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=False, server_default=NOW),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_terms_acceptance_person_id"),
        sa.ForeignKeyConstraint(["version"], ["terms.version"], name="fk_terms_acceptance_version"),
    )


def _logins() -> None:
    op.create_table(
        "login",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("pre_hash", sa.LargeBinary, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("return_path", sa.Text),
        sa.Column("order_ref", sa.Text),
        sa.Column("auto_start_token", sa.Text),
        sa.Column("qr_start_token", sa.Text),
        sa.Column("qr_start_secret", sa.Text),
        sa.Column("visible_data", sa.Text, nullable=False),
        sa.Column("order_started_at", INSTANT, nullable=False),
        sa.Column("hint_code", sa.Text),
        sa.Column("error_code", sa.Text),
        sa.Column("troubles", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("collected_at", INSTANT, nullable=False),
        sa.Column("collecting_since", INSTANT),
        sa.Column("start_address", pg.INET, nullable=False),
        sa.Column("device_hash", sa.Text),
        sa.Column("nonce_hash", sa.LargeBinary),
        sa.Column("returned_at", INSTANT),
        sa.Column("completed_at", INSTANT),
        sa.Column("person_id", sa.Uuid),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.UniqueConstraint("pre_hash", name="uq_login_pre_hash"),
        sa.UniqueConstraint("order_ref", name="uq_login_order_ref"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_login_person_id"),
        sa.CheckConstraint("device IN ('other', 'same')", name="ck_login_device"),
        sa.CheckConstraint("platform IN ('computer', 'mobile')", name="ck_login_platform"),
        sa.CheckConstraint(
            "status IN ('pending', 'awaiting-return', 'complete', 'failed', 'cancelled')", name="ck_login_status"
        ),
        sa.CheckConstraint("status <> 'complete' OR person_id IS NOT NULL", name="ck_login_complete_has_person"),
        sa.CheckConstraint(
            "status <> 'complete' OR device = 'other' OR returned_at IS NOT NULL", name="ck_login_same_device_returned"
        ),
    )
    op.create_index("ix_login_created_at", "login", ["created_at"])
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("login_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.UniqueConstraint("login_id", name="uq_evidence_login_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_evidence_person_id"),
        sa.CheckConstraint("outcome IN ('accepted', 'risk-high', 'person-refused')", name="ck_evidence_outcome"),
    )
    op.create_index("ix_evidence_person_id", "evidence", ["person_id", "created_at"])


def _sessions() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid),
        sa.Column("device_hash", sa.Text),
        sa.Column("authenticated_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("end_reason", sa.Text),
        sa.UniqueConstraint("token_hash", name="uq_session_token_hash"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_session_person_id"),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ck_session_ended"),
        sa.CheckConstraint(
            "end_reason IN ('logout', 'account-selected', 'new-login', 'limit')", name="ck_session_end_reason"
        ),
    )
    op.create_index("ix_session_person_id", "session", ["person_id"], postgresql_where=sa.text("ended_at IS NULL"))
    op.create_index("ix_session_expires_at", "session", ["expires_at"])

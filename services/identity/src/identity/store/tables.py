"""The tables."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from chassis.db import constraint_error, metadata_for
from identity.domain.errors import LoginNotFound, TermsOutdated

metadata = metadata_for("identity")

INSTANT = sa.DateTime(timezone=True)

person = sa.Table(
    "person",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("personal_number_index", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("personal_number_sealed", sa.LargeBinary, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_source", sa.Text, nullable=False),
    sa.Column("birth_year", sa.SmallInteger, nullable=False),
    sa.Column("protected_identity", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("protected_by_register_at", INSTANT),
    sa.Column("email_sealed", sa.LargeBinary),
    sa.Column("email_source", sa.Text),
    sa.Column("email_bounced_at", INSTANT),
    sa.Column("phone_sealed", sa.LargeBinary),
    sa.Column("phone_source", sa.Text),
    sa.Column("phone_bounced_at", INSTANT),
    sa.Column("email_verified_at", INSTANT),
    sa.Column("phone_verified_at", INSTANT),
    sa.Column("contact_changed_at", INSTANT),
    sa.Column("contact_reviewed_at", INSTANT),
    sa.Column("locale", sa.Text, nullable=False, server_default="sv"),
    sa.Column("registered_at", INSTANT),
    sa.Column("name_told_at", INSTANT),
    sa.Column("name_version", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("terms_version", sa.Text, sa.ForeignKey("terms.version")),
    sa.Column("staff", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
)

customer = sa.Table(
    "customer",
    metadata,
    sa.Column("customer_number", sa.Text, primary_key=True),
    sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("protected_identity", sa.Boolean, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("changed_at", INSTANT, nullable=False, server_default=sa.func.now()),
)

# What the population register has said of a person (FJ3). due_at: when to ask; NULL: not to be asked now.
population_register = sa.Table(
    "population_register",
    metadata,
    sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("due_at", INSTANT),
    sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("asked_at", INSTANT),
    sa.Column("checked_at", INSTANT),
    sa.Column("outcome", sa.Text),
    sa.Column("answer_sealed", sa.LargeBinary),
    sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
)

terms = sa.Table(
    "terms",
    metadata,
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("valid_from", INSTANT, nullable=False),
    sa.Column("text_sv", sa.Text, nullable=False),
    sa.Column("text_en", sa.Text, nullable=False),
)

terms_acceptance = sa.Table(
    "terms_acceptance",
    metadata,
    sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("version", sa.Text, sa.ForeignKey("terms.version"), primary_key=True),
    sa.Column("locale", sa.Text, nullable=False),
    sa.Column("accepted_at", INSTANT, nullable=False, server_default=sa.func.now()),
)

sign_order = sa.Table(
    "sign_order",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("requested_by", sa.Text, nullable=False),
    sa.Column("subject_id", sa.Uuid, nullable=False),
    sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("document_sha256", sa.LargeBinary, nullable=False),
    sa.Column("text_sealed", sa.LargeBinary, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Column("expires_at", INSTANT, nullable=False),
    sa.Column("ended_at", INSTANT),
)

# One browser's way through BankID: a login, or with sign_order_id an attempt to sign.
login = sa.Table(
    "login",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("pre_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("locale", sa.Text, nullable=False),
    sa.Column("return_path", sa.Text),
    sa.Column("order_ref", sa.Text, unique=True),
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
    sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id")),
    sa.Column("sign_order_id", sa.Uuid, sa.ForeignKey("sign_order.id")),
    sa.Column("created_at", INSTANT, nullable=False),
)

oidc_login = sa.Table(
    "oidc_login",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("pre_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("state_hash", sa.LargeBinary, nullable=False),
    sa.Column("secrets_sealed", sa.LargeBinary),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("error_code", sa.Text),
    sa.Column("return_path", sa.Text),
    sa.Column("device_hash", sa.Text),
    sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id")),
    sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
)

evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("login_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("sign_order_id", sa.Uuid, sa.ForeignKey("sign_order.id")),
    sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id")),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("account_id", sa.Uuid),
    sa.Column("account_role", sa.Text),
    sa.Column("device_hash", sa.Text),
    sa.Column("authenticated_at", INSTANT, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Column("last_seen_at", INSTANT, nullable=False),
    sa.Column("expires_at", INSTANT, nullable=False),
    sa.Column("ended_at", INSTANT),
    sa.Column("end_reason", sa.Text),
    sa.Column("browser", sa.Text),
    sa.Column("system", sa.Text),
)

login_record = sa.Table(
    "login_record",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("bankid_device", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=False, server_default="bankid"),
    sa.Column("device_hash", sa.Text),
    sa.Column("browser", sa.Text),
    sa.Column("system", sa.Text),
    sa.Column("identified_at", INSTANT, nullable=False),
)

contact_change = sa.Table(
    "contact_change",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("address_sealed", sa.LargeBinary),
    sa.Column("code_mac", sa.LargeBinary),
    sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("expires_at", INSTANT, nullable=False),
)

staff_access = sa.Table(
    "staff_access",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("staff_person_id", sa.Uuid, sa.ForeignKey("person.id")),
    sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id")),
    sa.Column("role", sa.Text),
    sa.Column("reason_sealed", sa.LargeBinary, nullable=False),
)

person_binding = sa.Table(
    "person_binding",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("personal_number_index", sa.LargeBinary, nullable=False),
    sa.Column("made_by", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Column("expires_at", INSTANT, nullable=False),
)

constraint_error("uq_login_order_ref", LoginNotFound)
constraint_error("fk_person_terms_version", TermsOutdated)

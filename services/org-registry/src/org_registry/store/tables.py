"""The tables, and how accounts and memberships are mapped."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
)
from sqlalchemy.orm import registry

from chassis.db import metadata_for
from org_registry.domain.access import Account, AccountKind, AccountStatus, Membership, RemovalReason, Role
from org_registry.domain.suspensions import SuspensionReason

METADATA = metadata_for("org-registry")


def _words(kind: type[StrEnum]) -> Enum:
    return Enum(
        kind,
        native_enum=False,
        length=30,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
    )


INSTANT = DateTime(timezone=True)

organisations = Table(
    "organisation",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("number_index", LargeBinary, nullable=False),
    Column("number_sealed", LargeBinary, nullable=False),
)
customers = Table(
    "customer",
    METADATA,
    Column("customer_number", String(20), primary_key=True),
    Column("person_id", Uuid),
    Column("protected_identity", Boolean, nullable=False),
    Column("identified_version", BigInteger, nullable=False),
    Column("organisation_id", Uuid),
    Column("organisation_version", BigInteger, nullable=False),
    Column("account_id", Uuid),
    Column("link_version", BigInteger, nullable=False),
)
agreements = Table(
    "agreement",
    METADATA,
    Column("agreement_number", String(30), primary_key=True),
    Column("customer_number", String(20), primary_key=True),
    Column("service_area", String(30)),
    Column("starts_on", Date),
    Column("started_version", BigInteger, nullable=False),
    Column("ends_on", Date),
    Column("ended_version", BigInteger, nullable=False),
    Column("street_sealed", LargeBinary),
)
accounts = Table(
    "account",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("kind", _words(AccountKind), nullable=False),
    Column("display_name", String(200), nullable=False),
    Column("status", _words(AccountStatus), nullable=False),
    Column("customer_number", String(20)),
    Column("organisation_id", Uuid),
    Column("opened_at", INSTANT),
    Column("version", Integer, nullable=False),
    Column("suspended_at", INSTANT),
    Column("suspension_reason", _words(SuspensionReason)),
)
memberships = Table(
    "membership",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("role", _words(Role), nullable=False),
    Column("read_only", Boolean, nullable=False),
    Column("services", ARRAY(String(30), as_tuple=True)),
    Column("ends_on", Date),
    Column("parent_id", Uuid),
    Column("granted_by", Uuid),
    Column("invitation_id", Uuid),
    Column("granted_at", INSTANT, nullable=False),
    Column("removed_at", INSTANT),
    Column("removed_by", Uuid),
    Column("removal_reason", _words(RemovalReason)),
    Column("removal_note", String(200)),
    Column("power_id", Uuid),
    Column("version", Integer, nullable=False),
)
confirmations = Table(
    "signing_confirmation",
    METADATA,
    Column("account_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("combination", LargeBinary, primary_key=True),
    Column("confirmed_at", INSTANT, nullable=False),
    Column("expires_at", INSTANT, nullable=False),
)
checks = Table(
    "signatory_check",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("organisation_index", LargeBinary, nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("outcome", String(30), nullable=False),
    Column("ways", ARRAY(String(60)), nullable=False),
    Column("reasons", ARRAY(String(60)), nullable=False),
    Column("pending_cases", Integer, nullable=False),
    Column("checked_at", INSTANT, nullable=False),
)
attempts = Table(
    "company_attempt",
    METADATA,
    Column("person_id", Uuid, primary_key=True),
    Column("tried_at", ARRAY(INSTANT), nullable=False),
)

corrections = Table(
    "link_correction",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("customer_number", String(20), nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("person_id", Uuid),
    Column("organisation_id", Uuid),
    Column("reason", String(200), nullable=False),
    Column("corrected_by", Uuid, nullable=False),
    Column("corrected_at", INSTANT, nullable=False),
    Column("lift_reason", String(200)),
    Column("lifted_by", Uuid),
    Column("lifted_at", INSTANT),
)
"""K16: this number is not this person's, or not this organisation's, whatever the facts say."""

refusals = Table(
    "delegation_refusal",
    METADATA,
    Column("invitation_id", Uuid, primary_key=True),
    Column("reason", String(30), nullable=False),
    Column("refused_at", INSTANT, nullable=False),
)

network_attempts = Table(
    "company_attempt_network",
    METADATA,
    Column("network", LargeBinary, primary_key=True),
    Column("tried_at", ARRAY(INSTANT), nullable=False),
)

names = Table(
    "person_name",
    METADATA,
    Column("person_id", Uuid, primary_key=True),
    Column("name_sealed", LargeBinary),
    Column("protected_identity", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)
"""What identity has told; without a name for a protected person."""

_mapping = registry()
_mapping.map_imperatively(Account, accounts, version_id_col=accounts.c.version, version_id_generator=False)
_mapping.map_imperatively(Membership, memberships, version_id_col=memberships.c.version, version_id_generator=False)

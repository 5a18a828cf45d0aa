"""Requests to be let in to an account (FC16)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    LargeBinary,
    Select,
    SmallInteger,
    String,
    Table,
    Uuid,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    update,
)

from chassis.db import constraint_error
from chassis.transaction import Tx
from org_registry.domain.access import AccountStatus
from org_registry.domain.access_requests import AccessRequest, AccessRequestOpenAlready, NumberKind, RequestStatus
from org_registry.store.accounts import active
from org_registry.store.tables import METADATA, accounts, customers, memberships, organisations

INSTANT = DateTime(timezone=True)

requests = Table(
    "access_request",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("number_kind", String(20), nullable=False),
    Column("number_index", LargeBinary, nullable=False),
    Column("number_sealed", LargeBinary, nullable=False),
    Column("message_sealed", LargeBinary),
    Column("name_sealed", LargeBinary),
    Column("birth_year", SmallInteger),
    Column("status", String(20), nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("expires_at", INSTANT, nullable=False),
    Column("account_id", Uuid),
    Column("sought_at", INSTANT),
    Column("told_at", INSTANT),
    Column("ended_at", INSTANT),
    Column("decided_by", Uuid),
    Column("membership_id", Uuid),
)
constraint_error("uq_access_request_open", AccessRequestOpenAlready)

_LOCK_PERSON = text("SELECT pg_advisory_xact_lock(hashtext('access-request'), hashtext(:person_id))")
_OPEN = requests.c.status == RequestStatus.SENT
FORGOTTEN: dict[str, None] = {"message_sealed": None, "name_sealed": None, "birth_year": None}
"""What goes when a request has ended."""


def _request(row: Any) -> AccessRequest:
    values = {name: getattr(row, name) for name in requests.c.keys()}  # noqa: SIM118 - a collection, not a dict
    kinds = {"number_kind": NumberKind(values["number_kind"]), "status": RequestStatus(values["status"])}
    return AccessRequest(**values | kinds)


def lock_person(tx: Tx, person_id: UUID) -> None:
    """One request of a person at a time, while his are counted."""
    tx.session.execute(_LOCK_PERSON, {"person_id": str(person_id)})


def add(tx: Tx, request: AccessRequest) -> None:
    """Keep a new one; raises ``AccessRequestOpenAlready``."""
    values = {name: getattr(request, name) for name in request.__dataclass_fields__}
    tx.session.execute(insert(requests).values(**values))


def nth_newest(tx: Tx, person_id: UUID, number: int, within: timedelta) -> datetime | None:
    """When the person's ``number``-th newest request of that stretch of time was made; None where there are fewer."""
    found: datetime | None = tx.session.execute(
        select(requests.c.created_at)
        .where(requests.c.person_id == person_id, requests.c.created_at > tx.now - within)
        .order_by(requests.c.created_at.desc())
        .offset(number - 1)
        .limit(1)
    ).scalar_one_or_none()
    return found


def is_open(tx: Tx, person_id: UUID, number_index: bytes) -> bool:
    """Whether the person has an open request for this number."""
    return _any(
        tx,
        requests.c.person_id == person_id,
        requests.c.number_index == number_index,
        _OPEN,
        requests.c.expires_at > tx.now,
    )


def denied_since(tx: Tx, person_id: UUID, number_index: bytes, since: datetime) -> bool:
    """Whether the person has been denied for this number after ``since``."""
    return _any(
        tx,
        requests.c.person_id == person_id,
        requests.c.number_index == number_index,
        requests.c.status == RequestStatus.DENIED,
        requests.c.ended_at > since,
    )


def is_member(tx: Tx, person_id: UUID, *, organisation_index: bytes | None, customer_number: str | None) -> bool:
    """Whether the person acts for the account of this number: his own memberships are all that is looked at (C30)."""
    numbers = exists().where(customers.c.account_id == accounts.c.id, customers.c.customer_number == customer_number)
    organisation = exists().where(
        organisations.c.id == accounts.c.organisation_id, organisations.c.number_index == organisation_index
    )
    query = (
        select(accounts.c.id)
        .join(memberships, memberships.c.account_id == accounts.c.id)
        .where(
            memberships.c.person_id == person_id,
            active(),
            accounts.c.status == AccountStatus.OPEN,
            organisation if customer_number is None else numbers,
        )
        .limit(1)
    )
    return tx.session.execute(query).first() is not None


def account_of_organisation(tx: Tx, organisation_index: bytes) -> UUID | None:
    """The open account of an organisation, by the keyed hash of its number."""
    return tx.session.execute(
        select(accounts.c.id)
        .join(organisations, organisations.c.id == accounts.c.organisation_id)
        .where(organisations.c.number_index == organisation_index, accounts.c.status == AccountStatus.OPEN)
    ).scalar_one_or_none()


def account_of_customer(tx: Tx, customer_number: str) -> UUID | None:
    """The open account that a customer number belongs to now (K16)."""
    return tx.session.execute(
        select(accounts.c.id)
        .join(customers, customers.c.account_id == accounts.c.id)
        .where(customers.c.customer_number == customer_number, accounts.c.status == AccountStatus.OPEN)
    ).scalar_one_or_none()


def lock_own(tx: Tx, person_id: UUID, request_id: UUID) -> AccessRequest | None:
    """One of the person's own, locked."""
    return _locked(tx, requests.c.id == request_id, requests.c.person_id == person_id)


def lock_of_account(tx: Tx, account_id: UUID, request_id: UUID) -> AccessRequest | None:
    """One that is for this account, locked; its account is locked before."""
    return _locked(tx, requests.c.id == request_id, requests.c.account_id == account_id)


def end(
    tx: Tx,
    request: AccessRequest,
    status: RequestStatus,
    *,
    decided_by: UUID | None = None,
    membership_id: UUID | None = None,
) -> None:
    """Note what has become of it; the name and the message go."""
    tx.session.execute(
        update(requests)
        .where(requests.c.id == request.id)
        .values(status=status, ended_at=tx.now, decided_by=decided_by, membership_id=membership_id, **FORGOTTEN)
    )


def page_own(tx: Tx, person_id: UUID, *, limit: int, offset: int) -> tuple[list[AccessRequest], int]:
    """The person's own, newest first, with the number of all."""
    return _page(tx, requests.c.person_id == person_id, newest=True, limit=limit, offset=offset)


def page_of_account(tx: Tx, account_id: UUID, *, limit: int, offset: int) -> tuple[list[AccessRequest], int]:
    """Those that wait for the account's people, oldest first, with the number of all."""
    waits = (requests.c.account_id == account_id) & _OPEN & (requests.c.expires_at > tx.now)
    return _page(tx, waits, newest=False, limit=limit, offset=offset)


def unsought(tx: Tx, *, limit: int) -> list[AccessRequest]:
    """Those whose number nobody has looked up yet, oldest first, locked."""
    query = select(*requests.c).where(_OPEN, requests.c.sought_at.is_(None)).order_by(requests.c.created_at)
    return [_request(row) for row in tx.session.execute(query.limit(limit).with_for_update(skip_locked=True))]


def note_sought(tx: Tx, request_id: UUID, account_id: UUID | None, *, told: bool) -> None:
    """Note whose the number is, and whether its people are sent a notice."""
    tx.session.execute(
        update(requests)
        .where(requests.c.id == request_id)
        .values(sought_at=tx.now, account_id=account_id, told_at=tx.now if told else None)
    )


def count_told(tx: Tx, account_id: UUID, within: timedelta) -> int:
    """How many notices requests have made for the account's people in that stretch of time."""
    return tx.session.execute(
        select(func.count()).where(requests.c.account_id == account_id, requests.c.told_at > tx.now - within)
    ).scalar_one()


def told_of(tx: Tx, account_id: UUID, person_id: UUID, within: timedelta) -> bool:
    """Whether the account's people have been told of this person in that stretch of time."""
    return _any(
        tx,
        requests.c.account_id == account_id,
        requests.c.person_id == person_id,
        requests.c.told_at > tx.now - within,
    )


def overdue(tx: Tx, *, limit: int) -> list[AccessRequest]:
    """Those whose time is out, locked."""
    query = select(*requests.c).where(_OPEN, requests.c.expires_at <= tx.now).order_by(requests.c.expires_at)
    return [_request(row) for row in tx.session.execute(query.limit(limit).with_for_update(skip_locked=True))]


def overdue_of(tx: Tx, person_id: UUID) -> list[AccessRequest]:
    """The person's whose time is out, locked."""
    query = select(*requests.c).where(requests.c.person_id == person_id, _OPEN, requests.c.expires_at <= tx.now)
    return [_request(row) for row in tx.session.execute(query.with_for_update())]


def of_members(tx: Tx, *, limit: int) -> Sequence[tuple[AccessRequest, UUID]]:
    """Open ones of people who have got the account in another way meanwhile, locked, each with the membership."""
    query = (
        select(*requests.c, memberships.c.id.label("of_membership"))
        .join(
            memberships,
            (memberships.c.account_id == requests.c.account_id) & (memberships.c.person_id == requests.c.person_id),
        )
        .where(_OPEN, active())
        .limit(limit)
        .with_for_update(of=requests, skip_locked=True)
    )
    return [(_request(row), row.of_membership) for row in tx.session.execute(query)]


def forget_names(tx: Tx, person_id: UUID) -> None:
    """The person is protected now: what the open requests say of him goes (J9)."""
    tx.session.execute(
        update(requests).where(requests.c.person_id == person_id).values(name_sealed=None, birth_year=None)
    )


def forget_person(tx: Tx, person_id: UUID) -> int:
    """Delete the person's own, and who decided others'; returns how many were his."""
    tx.session.execute(update(requests).where(requests.c.decided_by == person_id).values(decided_by=None))
    return len(
        tx.session.execute(delete(requests).where(requests.c.person_id == person_id).returning(requests.c.id)).all()
    )


def forget_ended(tx: Tx, older_than: timedelta) -> int:
    """Delete those that ended so long ago; returns how many."""
    gone = delete(requests).where(requests.c.ended_at < tx.now - older_than).returning(requests.c.id)
    return len(tx.session.execute(gone).all())


def all_of(tx: Tx, person_id: UUID) -> list[AccessRequest]:
    """All of the person's, oldest first."""
    query = select(*requests.c).where(requests.c.person_id == person_id).order_by(requests.c.created_at, requests.c.id)
    return [_request(row) for row in tx.session.execute(query)]


def _any(tx: Tx, *conditions: ColumnElement[bool]) -> bool:
    return bool(tx.session.execute(select(exists().where(*conditions))).scalar_one())


def _locked(tx: Tx, *conditions: ColumnElement[bool]) -> AccessRequest | None:
    row = tx.session.execute(select(*requests.c).where(*conditions).with_for_update()).one_or_none()
    return None if row is None else _request(row)


def _page(
    tx: Tx, condition: ColumnElement[bool], *, newest: bool, limit: int, offset: int
) -> tuple[list[AccessRequest], int]:
    order = requests.c.created_at.desc() if newest else requests.c.created_at.asc()
    query: Select[Any] = select(*requests.c, func.count().over().label("total")).where(condition)
    rows = tx.session.execute(query.order_by(order, requests.c.id).limit(limit).offset(offset)).all()
    return [_request(row) for row in rows], rows[0].total if rows else 0

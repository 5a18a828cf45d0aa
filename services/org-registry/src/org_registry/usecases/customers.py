"""Facts about customers, in whatever order they come (T6, T19).

Each fact is stored by its own version, then ``settle`` works out what follows from all that is known, corrections by
customer service included (K16): nothing depends on which fact was the last to arrive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import contracts.org_registry as told
from chassis.ids import new_id
from chassis.transaction import Tx
from org_registry.domain.access import Account, AccountKind, AccountStatus, RemovalReason
from org_registry.domain.numbers import ProtectedNumber
from org_registry.store import accounts, companies, corrections, customers, memberships
from org_registry.usecases.memberships import end, ensure_owner


@dataclass(frozen=True, kw_only=True)
class IdentifyCustomer:
    """The person behind a customer number."""

    customer_number: str
    person_id: UUID
    protected_identity: bool
    version: int


@dataclass(frozen=True, kw_only=True)
class StartAgreement:
    """An agreement has started."""

    agreement_number: str
    customer_number: str
    service_area: str
    starts_on: date
    version: int
    street_sealed: bytes | None = field(default=None, repr=False)
    """Where it is delivered, sealed by the vault."""


@dataclass(frozen=True, kw_only=True)
class EndAgreement:
    """An agreement's last day is known."""

    agreement_number: str
    customer_number: str
    ends_on: date
    version: int


@dataclass(frozen=True, kw_only=True)
class RegisterOrganisation:
    """The organisation behind a customer number."""

    customer_number: str
    number: ProtectedNumber
    version: int


def identify_customer(tx: Tx, cmd: IdentifyCustomer) -> None:
    """Note who the customer is; opens the private account where an agreement is known."""
    known = customers.lock(tx, cmd.customer_number)
    if cmd.version > known.identified_version:
        customers.set_person(
            tx,
            cmd.customer_number,
            person_id=cmd.person_id,
            protected_identity=cmd.protected_identity,
            version=cmd.version,
        )
        settle(tx, cmd.customer_number)


def start_agreement(tx: Tx, cmd: StartAgreement) -> None:
    """Note the agreement; opens the private account where the person is known."""
    customers.lock(tx, cmd.customer_number)
    customers.record_start(
        tx,
        cmd.agreement_number,
        cmd.customer_number,
        service_area=cmd.service_area,
        starts_on=cmd.starts_on,
        version=cmd.version,
        street_sealed=cmd.street_sealed,
    )
    settle(tx, cmd.customer_number)


def end_agreement(tx: Tx, cmd: EndAgreement) -> None:
    """Note the end. The account stays: its invoices must be read and paid."""
    customers.lock(tx, cmd.customer_number)
    customers.record_end(tx, cmd.agreement_number, cmd.customer_number, ends_on=cmd.ends_on, version=cmd.version)


def register_organisation(tx: Tx, cmd: RegisterOrganisation) -> None:
    """Note which organisation the customer is; links its account where that is open."""
    organisation_id = companies.lock_organisation(tx, cmd.number)
    known = customers.lock(tx, cmd.customer_number)
    if cmd.version > known.organisation_version:
        customers.set_organisation(tx, cmd.customer_number, organisation_id=organisation_id, version=cmd.version)
        settle(tx, cmd.customer_number)


def link_customers_of(tx: Tx, organisation_id: UUID) -> None:
    """The organisation's account has opened: its customer numbers belong to it (locked by the caller)."""
    for customer in customers.of_organisation(tx, organisation_id):
        settle(tx, customer.customer_number)


def settle(tx: Tx, customer_number: str) -> None:
    """Work out what follows from all that is known of a locked customer: private account, its owner, the link."""
    customer = customers.get(tx, customer_number)
    refused = corrections.refused(tx, customer_number)
    private = None if customer.person_id in refused else _private_account(tx, customer)
    if private is not None:
        ensure_owner(tx, private, customer.person_id)
        _link(tx, customer, private.id)
        return
    if customer.person_id in refused:
        _leave_without_owner(tx, customer_number)
    organisation_id = None if customer.organisation_id in refused else customer.organisation_id
    account_id = accounts.open_id_of_organisation(tx, organisation_id) if organisation_id else None
    _link(tx, customer, account_id, corrected=bool(refused))


def _leave_without_owner(tx: Tx, customer_number: str) -> None:
    # The account waits for the right person; whom the wrong one has let in goes with him.
    account = accounts.of_customer(tx, customer_number)
    for member in memberships.of_account(tx, account.id) if account else ():
        end(tx, member, RemovalReason.REMOVED, note="the customer number is another person's")


def _private_account(tx: Tx, customer: Any) -> Account | None:
    """The private account of the customer, opened where both the person and an agreement are known; else None."""
    if customer.person_id is None or not customers.has_agreement(tx, customer.customer_number):
        return None
    account = accounts.of_customer(tx, customer.customer_number)
    if account is None:
        account = Account(
            id=new_id(),
            kind=AccountKind.PRIVATE,
            display_name=f"Privatkonto {customer.customer_number}",
            status=AccountStatus.OPEN,
            customer_number=customer.customer_number,
            opened_at=tx.now,
        )
        accounts.add(tx, account)
        tell_opened(tx, account)
    return account


def tell_opened(tx: Tx, account: Account, *, power_id: UUID | None = None) -> None:
    """Tell that the account can be chosen; with the power of attorney that opened it, where it was one."""
    tx.emit(
        told.AccountOpenedV1(
            account_id=account.id,
            kind=told.AccountKind(account.kind.value),
            display_name=account.display_name,
            opened_at=account.opened_at or tx.now,
            power_of_attorney_id=power_id,
        ),
        aggregate_id=account.id,
        version=account.version,
    )


def _link(tx: Tx, customer: Any, account_id: UUID | None, *, corrected: bool = False) -> None:
    if customer.account_id == account_id:
        return
    version = customers.link(tx, customer.customer_number, account_id)
    if account_id is None:
        tx.emit(
            told.AccountUnlinkedV1(
                account_id=customer.account_id,
                customer_number=customer.customer_number,
                reason=told.UnlinkReason.CORRECTED if corrected else told.UnlinkReason.MOVED,
            ),
            aggregate_id=customer.customer_number,
            version=version,
        )
    if account_id is not None:
        tx.emit(
            told.AccountLinkedV1(account_id=account_id, customer_number=customer.customer_number),
            aggregate_id=customer.customer_number,
            version=version,
        )

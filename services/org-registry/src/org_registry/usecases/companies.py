"""A company's account by its signatory (T21-T31, D9, D10). The register has been asked before the transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis.errors import Unauthenticated
from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.transaction import Tx
from org_registry.domain.access import Account, AccountKind, AccountStatus, Role, local_date
from org_registry.domain.errors import COMPANY_OPENED, COMPANY_WAITING, NotSignatory, TooManyCompanyAttempts
from org_registry.domain.numbers import ProtectedNumber
from org_registry.domain.register import COSIGNATORY_TIME, Decision, Outcome
from org_registry.domain.signatories import RECHECK_EVERY, STANDINGS
from org_registry.store import accounts, companies, customers, memberships, signatories
from org_registry.usecases.customers import link_customers_of, tell_opened
from org_registry.usecases.memberships import ensure_signatory

log = logger(__name__)
NAMELESS = "Företagskonto"


@dataclass(frozen=True, kw_only=True)
class CreateCompanyAccount:
    """What the person asks for: ten digits, in memory only."""

    organisation_number: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class OpenCompanyAccount:
    """The same, once the register has answered. ``combinations``: a keyed name -> how many people sign together."""

    number: ProtectedNumber
    outcome: Outcome
    name: str | None = None
    combinations: Mapping[bytes, int] = field(default_factory=dict)
    number_sealed: bytes | None = field(default=None, repr=False)
    """The person's own number, sealed: the register is asked by it again (D12)."""


@dataclass(frozen=True, kw_only=True)
class CompanyAccount:
    """What came of it: opened, or waiting for the others until ``confirm_before``."""

    account_id: UUID | None
    message: str
    confirm_before: datetime | None = None

    @property
    def status(self) -> str:
        """``opened`` or ``waiting-cosignatory``."""
        return "opened" if self.account_id else "waiting-cosignatory"


def count_try(tx: Tx, network: bytes | None = None, *, tries_of_network: int = 30) -> None:
    """Count a try of the principal, and of everybody at his address (``network``: its keyed hash) (C30).

    Raises ``TooManyCompanyAttempts`` for the eleventh of a person, or too many of an address, within an hour.
    """
    person_id = _person(tx)
    if network is not None and not companies.count_try_of_network(tx, network, tries=tries_of_network):
        raise TooManyCompanyAttempts(retry_after=companies.seconds_to_next_try_of_network(tx, network))
    if not companies.count_try(tx, person_id):
        raise TooManyCompanyAttempts(retry_after=companies.seconds_to_next_try(tx, person_id))


def keep_evidence(
    tx: Tx, *, number: ProtectedNumber, request_id: str, decision: Decision, person_id: UUID | None = None
) -> None:
    """Write down what the register answered and what was made of it, whatever comes after.

    ``person_id``: whom it was about, where not the principal (a recheck, D12).
    """
    check_id = new_id()
    companies.add_check(
        tx,
        id=check_id,
        person_id=person_id or _person(tx),
        organisation_index=number.index,
        request_id=request_id,
        outcome=decision.outcome.value,
        ways=[way[:60] for way in decision.ways],
        reasons=[reason[:60] for reason in decision.reasons],
        pending_cases=decision.pending_cases,
        checked_at=tx.now,
    )
    log.info(
        "signatory-checked", check_id=str(check_id), outcome=decision.outcome, pending_cases=decision.pending_cases
    )


def open_company_account(tx: Tx, cmd: OpenCompanyAccount) -> CompanyAccount:
    """Open the account, add the signatory to one that is open (D9), or wait for the co-signatory (D10).

    Raises ``NotSignatory`` (T31). The answer is the same whether or not the organisation is a customer (C30).
    """
    if cmd.outcome is Outcome.REFUSED:
        raise NotSignatory
    person_id = _person(tx)
    organisation_id = companies.lock_organisation(tx, cmd.number)
    customers.of_organisation(tx, organisation_id)  # locked before the account, as everywhere
    account = accounts.of_organisation(tx, organisation_id) or _waiting_account(tx, organisation_id, cmd.name)
    if cmd.number_sealed is not None:
        signatories.note_answer(
            tx,
            account.id,
            person_id,
            cmd.number_sealed,
            standing=STANDINGS[cmd.outcome],
            next_check_at=tx.now + RECHECK_EVERY,
        )
    people = {person_id}
    if cmd.outcome is Outcome.NEEDS_COSIGNATORY and not _is_signatory(tx, account.id, person_id):
        people, confirm_before = _confirm(tx, account.id, person_id, cmd.combinations)
        if not people:
            before = local_date(confirm_before).isoformat()
            return CompanyAccount(
                account_id=None,
                message=COMPANY_WAITING[tx.locale].format(before=before),
                confirm_before=confirm_before,
            )
    _open(tx, account, organisation_id, cmd.name)
    for signatory in sorted(people):
        ensure_signatory(tx, account, signatory)
    signatories.hold(tx, account.id, people)
    return CompanyAccount(account_id=account.id, message=COMPANY_OPENED[tx.locale])


def open_account(tx: Tx, number: ProtectedNumber, name: str, *, power_id: UUID) -> Account:
    """The organisation's account, opened by a power of attorney where it was not open (T34, D9); locked."""
    organisation_id = companies.lock_organisation(tx, number)
    customers.of_organisation(tx, organisation_id)  # locked before the account, as everywhere
    account = accounts.of_organisation(tx, organisation_id) or _waiting_account(tx, organisation_id, name)
    _open(tx, account, organisation_id, name, power_id=power_id)
    return account


def _open(tx: Tx, account: Account, organisation_id: UUID, name: str | None, *, power_id: UUID | None = None) -> None:
    if account.is_open:
        return
    account.open(tx.now)
    account.display_name = name or account.display_name
    tx.session.flush()  # the link below reads it
    tell_opened(tx, account, power_id=power_id)
    link_customers_of(tx, organisation_id)


def drop_lapsed(tx: Tx) -> int:
    """Forget confirmations that nobody joined within 90 days and tries older than an hour."""
    companies.forget_tries(tx)
    dropped = companies.drop_lapsed(tx)
    signatories.forget_unconfirmed(tx)
    return dropped


def _waiting_account(tx: Tx, organisation_id: UUID, name: str | None) -> Account:
    account = Account(
        id=new_id(),
        kind=AccountKind.COMPANY,
        display_name=name or NAMELESS,
        status=AccountStatus.WAITING_COSIGNATORY,
        organisation_id=organisation_id,
    )
    accounts.add(tx, account)
    return account


def _is_signatory(tx: Tx, account_id: UUID, person_id: UUID) -> bool:
    member = memberships.of_person(tx, account_id, person_id)
    return member is not None and member.role is Role.SIGNATORY


def _confirm(
    tx: Tx, account_id: UUID, person_id: UUID, combinations: Mapping[bytes, int]
) -> tuple[set[UUID], datetime]:
    """Note the person's confirmation; returns all of a combination that is now complete, or nobody, and the time limit.

    A combination has a name that everybody in it arrives at by himself, from what the register answers him.
    """
    companies.confirm(tx, account_id, person_id, combinations, now=tx.now, expires_at=tx.now + COSIGNATORY_TIME)
    confirmed = companies.confirmed(tx, account_id, combinations, now=tx.now)
    complete: set[UUID] = set()
    for combination, size in combinations.items():
        people = {person for name, person, _ in confirmed if name == combination}
        if len(people) >= size:
            complete |= people
    return complete, min(expires_at for _, _, expires_at in confirmed)


def _person(tx: Tx) -> UUID:
    if tx.principal is None or tx.principal.person_id is None:
        raise Unauthenticated
    return tx.principal.person_id

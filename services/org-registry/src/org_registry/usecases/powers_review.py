"""Customer service's side: the queue, papers registered into it, the review and what it gives (D13, FB9, FK8, T40)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import contracts.org_registry as told
from chassis.telemetry import logger
from chassis.transaction import Tx
from org_registry.domain.access import RemovalReason, local_date
from org_registry.domain.errors import GrantEnded
from org_registry.domain.numbers import ProtectedNumber
from org_registry.domain.power_errors import (
    DocumentNotFound,
    DocumentNotScanned,
    OwnPowerOfAttorney,
    PowerOfAttorneyNotFound,
    PowerOfAttorneyState,
)
from org_registry.domain.powers import (
    CHECKLIST,
    Action,
    Channel,
    Power,
    PowerStatus,
    Scan,
    after,
    check_approval,
    check_reviewer,
)
from org_registry.store import accounts, memberships, powers
from org_registry.usecases.companies import open_account
from org_registry.usecases.memberships import end, ensure_administrator
from org_registry.usecases.power_vault import Details, PowerVault
from org_registry.usecases.powers import (
    CreatePower,
    NewDocument,
    make,
    note_step,
    person_of,
    replace_document,
    tell_submitted,
)
from org_registry.usecases.powers_showing import ShownPower, show, show_all

log = logger(__name__)
PAPER_MAY_BE_ADDED = frozenset({PowerStatus.SUBMITTED, PowerStatus.UNDER_REVIEW})


@dataclass(frozen=True, kw_only=True)
class RegisterPower(CreatePower):
    """One that came on paper or by mail. The person is known to identity; the name is the one on the paper."""

    administrator_person_id: UUID
    administrator_name: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ApprovePower:
    """What has been checked (FK8), and the last day where the power of attorney names one (a Swedish date)."""

    checklist: Mapping[str, bool]
    ends_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class RejectPower:
    """Why not; the administrator reads it."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class AskForCompletion:
    """What is missing; the administrator reads it."""

    message: str


@dataclass(frozen=True, kw_only=True)
class RevokePower:
    """Why it no longer holds; the administrator reads it."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class OpenedDocument:
    """A document to be saved by who reviews it."""

    power_id: UUID
    media_type: str
    data: bytes = field(repr=False)


def register_power(tx: Tx, cmd: RegisterPower, vault: PowerVault) -> ShownPower:
    """Put a paper into the queue (D13); its scan is added next."""
    staff_id = person_of(tx)
    power = make(
        tx,
        cmd,
        Details(name=cmd.administrator_name, email=cmd.email),
        vault,
        administrator_id=cmd.administrator_person_id,
        channel=Channel.PAPER,
        registered_by=staff_id,
        status=PowerStatus.SUBMITTED,
        submitted_at=tx.now,
    )
    note_step(tx, power, Action.REGISTER, as_staff=True)
    tell_submitted(tx, power, vault, completed=False)
    _note_for_log(tx, power)
    return show(tx, power, vault)


def list_queue(
    tx: Tx, vault: PowerVault, *, statuses: Sequence[PowerStatus], limit: int, page: int
) -> tuple[Sequence[ShownPower], int]:
    """What has been sent in, oldest first; ``statuses`` narrows it. Drafts are their writers' own."""
    found, total = powers.page(tx, statuses=statuses, limit=limit, offset=(page - 1) * limit)
    return show_all(tx, found, vault), total


def get_queued(tx: Tx, power_id: UUID, vault: PowerVault) -> ShownPower:
    """One of the queue; raises ``PowerOfAttorneyNotFound``, also for a draft."""
    power = _queued(tx, power_id)
    _note_for_log(tx, power)
    return show(tx, power, vault)


def check_may_add(tx: Tx, power_id: UUID) -> None:
    """Whether customer service may add a document now: the cheap questions, before the file is looked at."""
    _check_may_add(_queued(tx, power_id), person_of(tx))


def add_document(tx: Tx, power_id: UUID, cmd: NewDocument, vault: PowerVault) -> ShownPower:
    """Add the scan of a paper, or what came by post after a question: that puts it back into the queue."""
    staff_id = person_of(tx)
    power = _locked(tx, power_id)
    _check_may_add(power, staff_id)
    completes = power.status is PowerStatus.NEEDS_COMPLETION
    power = replace_document(tx, power, cmd, vault, added_by=staff_id)
    if completes:
        target = after(Action.COMPLETE, power.status)
        power = powers.change(tx, power, status=target, submitted_at=tx.now, message=None)
        note_step(tx, power, Action.COMPLETE, as_staff=True)
        tell_submitted(tx, power, vault, completed=True)
    _note_for_log(tx, power)
    return show(tx, power, vault)


def open_document(tx: Tx, power_id: UUID, vault: PowerVault) -> OpenedDocument:
    """The present document; raises ``DocumentNotScanned`` until the scanner has called it clean (C27)."""
    power = _queued(tx, power_id)
    if power.document is None or power.document.scan is Scan.INFECTED:
        raise DocumentNotFound
    if not power.document.may_be_opened:
        raise DocumentNotScanned
    kept = powers.content(tx, power.document.id)
    if kept is None:
        raise DocumentNotFound
    _note_for_log(tx, power)
    log.info("power-of-attorney-opened", power_id=str(power.id), by=str(person_of(tx)))
    return OpenedDocument(
        power_id=power.id,
        media_type=power.document.media_type,
        data=vault.open_document(power.document.id, bytes(kept.content)),
    )


def take_power(tx: Tx, power_id: UUID, vault: PowerVault) -> ShownPower:
    """Begin the review, or take it over from a colleague; nobody takes his own."""
    staff_id = person_of(tx)
    power = _locked(tx, power_id)
    target = after(Action.TAKE, power.status)
    if power.administrator_id == staff_id:
        raise OwnPowerOfAttorney
    if power.reviewer_id != staff_id or power.status is not target:
        power = powers.change(tx, power, status=target, reviewer_id=staff_id)
        note_step(tx, power, Action.TAKE, as_staff=True)
    _note_for_log(tx, power)
    return show(tx, power, vault)


def approve_power(tx: Tx, power_id: UUID, cmd: ApprovePower, vault: PowerVault) -> ShownPower:
    """Open the organisation's account, or use the one there is (D9), and let the administrator in.

    Raises ``ChecklistIncomplete``, ``DocumentMissing``, ``DocumentNotScanned``, ``GrantEnded``, and what every decision
    raises.
    """
    staff_id = person_of(tx)
    power = _locked(tx, power_id)
    target = check_approval(power, staff_id, cmd.checklist)
    if cmd.ends_on is not None and cmd.ends_on < local_date(tx.now):
        raise GrantEnded(field="ends_on")
    number = ProtectedNumber(index=power.organisation_index, sealed=power.organisation_sealed)
    account = open_account(tx, number, power.organisation_name, power_id=power.id)
    membership_id = ensure_administrator(tx, account, power.administrator_id, power_id=power.id, ends_on=cmd.ends_on)
    changed = powers.change(
        tx,
        power,
        status=target,
        checked=list(CHECKLIST),
        ends_on=cmd.ends_on,
        account_id=account.id,
        membership_id=membership_id,
        decided_at=tx.now,
        message=None,
    )
    return _decided(tx, changed, Action.APPROVE, told.PowerOutcome.APPROVED, vault)


def reject_power(tx: Tx, power_id: UUID, cmd: RejectPower, vault: PowerVault) -> ShownPower:
    """Refuse it, with the reason that the administrator reads."""
    power = _under_review(tx, power_id, Action.REJECT)
    changed = powers.change(tx, power, status=PowerStatus.REJECTED, reason=cmd.reason, decided_at=tx.now, message=None)
    return _decided(tx, changed, Action.REJECT, told.PowerOutcome.REJECTED, vault, note=cmd.reason)


def ask_for_completion(tx: Tx, power_id: UUID, cmd: AskForCompletion, vault: PowerVault) -> ShownPower:
    """Say what is missing; it comes back into the queue with a new document."""
    power = _under_review(tx, power_id, Action.ASK)
    changed = powers.change(
        tx, power, status=PowerStatus.NEEDS_COMPLETION, message=cmd.message, asked_at=tx.now, reviewer_id=None
    )
    return _decided(tx, changed, Action.ASK, told.PowerOutcome.NEEDS_COMPLETION, vault, note=cmd.message)


def revoke_power(tx: Tx, power_id: UUID, cmd: RevokePower, vault: PowerVault) -> ShownPower:
    """End an approved one and, in the same instant, the membership that it gives; the register's stays."""
    staff_id = person_of(tx)
    power = _locked(tx, power_id)
    target = after(Action.REVOKE, power.status)
    check_reviewer(power, staff_id)
    if power.account_id is not None and accounts.lock(tx, power.account_id) is not None:
        member = memberships.of_person(tx, power.account_id, power.administrator_id)
        if member is not None and member.power_id == power.id:
            end(tx, member, RemovalReason.REMOVED, by=staff_id, note=cmd.reason[:200])
    changed = powers.change(tx, power, status=target, reason=cmd.reason, ended_at=tx.now)
    note_step(tx, changed, Action.REVOKE, as_staff=True, note=cmd.reason)
    _note_for_log(tx, changed)
    return show(tx, changed, vault)


def _decided(
    tx: Tx, power: Power, action: Action, outcome: told.PowerOutcome, vault: PowerVault, *, note: str | None = None
) -> ShownPower:
    note_step(tx, power, action, as_staff=True, note=note)
    tx.emit(
        told.PowerOfAttorneyDecidedV1(
            power_of_attorney_id=power.id,
            person_id=power.administrator_id,
            outcome=outcome,
            account_id=power.account_id,
            sealed_recipient=vault.recipient(power),
            locale=power.locale,
            decided_at=tx.now,
        ),
        aggregate_id=power.id,
        version=power.version,
    )
    _note_for_log(tx, power)
    return show(tx, power, vault)


def _check_may_add(power: Power, staff_id: UUID) -> None:
    if power.administrator_id == staff_id:
        raise OwnPowerOfAttorney
    if power.status is PowerStatus.NEEDS_COMPLETION:
        return
    # What a person has sent in is his: nobody exchanges it under the review.
    if power.channel is not Channel.PAPER or power.status not in PAPER_MAY_BE_ADDED:
        raise PowerOfAttorneyState


def _under_review(tx: Tx, power_id: UUID, action: Action) -> Power:
    power = _locked(tx, power_id)
    after(action, power.status)
    check_reviewer(power, person_of(tx))
    return power


def _queued(tx: Tx, power_id: UUID) -> Power:
    power = powers.get(tx, power_id)
    if power is None or power.submitted_at is None:
        raise PowerOfAttorneyNotFound
    return power


def _locked(tx: Tx, power_id: UUID) -> Power:
    power = powers.lock(tx, power_id)
    if power is None or power.submitted_at is None:
        raise PowerOfAttorneyNotFound
    return power


def _note_for_log(tx: Tx, power: Power) -> None:
    """The activity log tells the administrator what customer service did with his power of attorney."""
    tx.note(about_person_id=power.administrator_id, account_id=power.account_id)

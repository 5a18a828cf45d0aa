"""What the account's people see of its invitations (T49, T50, D5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from chassis.errors import Forbidden
from chassis.transaction import Principal, Tx
from contracts.fields import PROTECTED_NAME
from invitations import store
from invitations.domain import (
    HOLDERS,
    RENEWABLE,
    WITH_ACCEPTOR,
    Acceptor,
    Invitation,
    InvitationNotFound,
    Status,
)
from invitations.usecases.keys import Keys


@dataclass(frozen=True, kw_only=True)
class ShownAcceptor:
    """Who accepted, as BankID says: what the approver judges by, beside the invited address (D5)."""

    name: str
    birth_year: int | None
    """None for a person with protected identity, whose name is not told either (J9)."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An invitation as people see it. Neither the link nor the whole address is here (CVE-2026-16072)."""

    id: UUID
    status: Status
    invited_address: str
    inviter_id: UUID
    invited_by_me: bool
    read_only: bool
    services: list[str] | None
    ends_on: date | None
    created_at: datetime
    sent_at: datetime
    expires_at: datetime
    acceptor: ShownAcceptor | None
    accepted_at: datetime | None
    approve_before: datetime | None
    decided_at: datetime | None
    refusal: str | None
    may_renew: bool
    may_revoke: bool
    may_decide: bool


def list_invitations(tx: Tx, keys: Keys, *, limit: int, page: int) -> tuple[list[Shown], int]:
    """A delegate's own invitations, or all of the account for an owner or signatory; expired ones too (D7)."""
    principal = _reader(tx)
    assert principal.account_id is not None  # noqa: S101 - for the type checker
    rows, total = store.page(
        tx,
        principal.account_id,
        inviter_id=None if principal.role in HOLDERS else principal.person_id,
        limit=limit,
        offset=(page - 1) * limit,
    )
    return [_shown(tx, row, principal, keys) for row in rows], total


def get_invitation(tx: Tx, invitation_id: UUID, keys: Keys) -> Shown:
    """One invitation; raises ``InvitationNotFound``, also for one that is not his to see (T50)."""
    principal = _reader(tx)
    assert principal.account_id is not None  # noqa: S101 - for the type checker
    found = store.get(tx, principal.account_id, invitation_id)
    if found is None or (principal.role not in HOLDERS and found.inviter_id != principal.person_id):
        raise InvitationNotFound
    return _shown(tx, found, principal, keys)


def _reader(tx: Tx) -> Principal:
    principal = tx.principal
    if principal is None or principal.account_id is None or principal.person_id is None:
        raise Forbidden
    return principal


def _acceptor(tx: Tx, invitation_id: UUID, acceptor: Acceptor, keys: Keys) -> ShownAcceptor | None:
    if acceptor.birth_year is None:  # forgotten
        return None
    if acceptor.sealed_name is None:
        return ShownAcceptor(name=PROTECTED_NAME["en" if tx.locale == "en" else "sv"], birth_year=None)
    return ShownAcceptor(name=keys.open_name(invitation_id, acceptor.sealed_name), birth_year=acceptor.birth_year)


def _shown(tx: Tx, invitation: Invitation, principal: Principal, keys: Keys) -> Shown:
    status = invitation.status_at(tx.now)
    acceptor = invitation.acceptor if status in WITH_ACCEPTOR else None
    return Shown(
        id=invitation.id,
        status=status,
        invited_address=invitation.address_masked,
        inviter_id=invitation.inviter_id,
        invited_by_me=invitation.inviter_id == principal.person_id,
        read_only=invitation.grant.read_only,
        services=None if invitation.grant.services is None else sorted(invitation.grant.services),
        ends_on=invitation.grant.ends_on,
        created_at=invitation.created_at,
        sent_at=invitation.sent_at,
        expires_at=invitation.expires_at,
        acceptor=_acceptor(tx, invitation.id, acceptor, keys) if acceptor else None,
        accepted_at=invitation.accepted_at,
        approve_before=invitation.approve_before,
        decided_at=invitation.decided_at,
        refusal=invitation.refusal.value if invitation.refusal else None,
        may_renew=status in RENEWABLE
        and invitation.address_sealed is not None
        and "members:invite" in principal.scopes,
        may_revoke=status is Status.SENT and "members:invite" in principal.scopes,
        may_decide=status is Status.ACCEPTED and "members:approve" in principal.scopes,
    )

"""What the account's people see of its invitations (T49, T50, D5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from chassis.errors import DomainError, Forbidden
from chassis.transaction import Principal, Tx
from contracts.fields import PROTECTED_NAME
from invitations import store
from invitations.domain import (
    HOLDERS,
    RENEWABLE,
    WITH_ACCEPTOR,
    Acceptor,
    AcceptorIsMember,
    ApproverIsAcceptor,
    Invitation,
    InvitationEndsInPast,
    InvitationNotAllowed,
    InvitationNotFound,
    InvitationTooWide,
    InviterLostAccess,
    Mandate,
    MandateChanged,
    MandateStatus,
    Status,
)
from invitations.usecases.keys import Keys

REFUSALS: dict[str, type[DomainError]] = {
    error.code: error
    for error in (
        AcceptorIsMember,
        ApproverIsAcceptor,
        InvitationEndsInPast,
        InvitationNotAllowed,
        InvitationNotFound,
        InvitationTooWide,
        InviterLostAccess,
        MandateChanged,
    )
}
"""By code: why a signed approval can have been refused while the invitation still waits."""


@dataclass(frozen=True, kw_only=True)
class ShownAcceptor:
    """Who accepted, as BankID says: what the approver judges by, beside the invited address (D5)."""

    name: str
    birth_year: int | None
    """None for a person with protected identity, whose name is not told either (J9)."""


@dataclass(frozen=True, kw_only=True)
class ShownSignature:
    """The reader's own newest order to sign the approval of an invitation that waits (FC14)."""

    sign_order_id: UUID
    status: MandateStatus
    expires_at: datetime
    reason: str | None
    """Identity's word for why it was not signed, or the code by which a signed approval was refused."""
    detail: str | None
    """For a signed approval that was refused: why, in the reader's language."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An invitation as people see it. Neither the link nor the whole address is here (CVE-2026-16072)."""

    id: UUID
    status: Status
    invited_address: str
    """Masked for everybody, also for the inviter, who typed it.

    Decision: everybody who reads the list (owner, signatories, whoever sits at a screen left open, a support session,
    an export) sees the same page, and none of them needs the whole address. First letter and domain tell one's own few
    invitations apart, and the approver judges by the verified name (D5). So the address is opened in one place only,
    the renewal, and a fault in visibility cannot leak the addresses of people who are not even customers. Rejected: the
    whole address for the inviter alone, because owners and signatories share his rows and the answer would differ per
    reader. Revisit if people ask which of two like addresses a row means.
    """
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
    bound: bool
    """Only the person whose personal number the inviter gave can have accepted (FC2)."""
    sign_order_id: UUID | None
    signed_at: datetime | None
    signature: ShownSignature | None
    signature_required: bool
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
    signatures = _signatures(tx, rows, principal)
    return [_shown(tx, row, principal, keys, signatures.get(row.id)) for row in rows], total


def get_invitation(tx: Tx, invitation_id: UUID, keys: Keys) -> Shown:
    """One invitation; raises ``InvitationNotFound``, also for one that is not his to see (T50)."""
    principal = _reader(tx)
    assert principal.account_id is not None  # noqa: S101 - for the type checker
    found = store.get(tx, principal.account_id, invitation_id)
    if found is None or (principal.role not in HOLDERS and found.inviter_id != principal.person_id):
        raise InvitationNotFound
    return _shown(tx, found, principal, keys, _signatures(tx, [found], principal).get(found.id))


def _reader(tx: Tx) -> Principal:
    principal = tx.principal
    if principal is None or principal.account_id is None or principal.person_id is None:
        raise Forbidden
    return principal


def _acceptor(tx: Tx, invitation_id: UUID, acceptor: Acceptor, keys: Keys) -> ShownAcceptor | None:
    if acceptor.birth_year is None:  # forgotten
        return None
    if acceptor.sealed_name is None:
        return ShownAcceptor(name=PROTECTED_NAME[tx.locale], birth_year=None)
    return ShownAcceptor(name=keys.open_name(invitation_id, acceptor.sealed_name), birth_year=acceptor.birth_year)


def _signatures(tx: Tx, rows: list[Invitation], principal: Principal) -> dict[UUID, Mandate]:
    assert principal.person_id is not None  # noqa: S101 - for the type checker
    waiting = [row.id for row in rows if row.status_at(tx.now) is Status.ACCEPTED]
    return store.newest_mandates(tx, principal.person_id, waiting)


def show_signature(tx: Tx, found: Mandate) -> ShownSignature:
    """How an order stands, for whoever is to sign it."""
    status = found.status_at(tx.now)
    refused = REFUSALS.get(found.reason or "") if status is MandateStatus.VOID else None
    late = status is MandateStatus.NOT_SIGNED and found.reason is None
    return ShownSignature(
        sign_order_id=found.sign_order_id,
        status=status,
        expires_at=found.expires_at,
        reason="expired" if late else found.reason,
        detail=refused().text(tx.locale)[1] if refused else None,
    )


def _shown(tx: Tx, invitation: Invitation, principal: Principal, keys: Keys, mandate: Mandate | None) -> Shown:
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
        bound=invitation.person_binding is not None,
        sign_order_id=invitation.sign_order_id,
        signed_at=invitation.signed_at,
        signature=show_signature(tx, mandate) if mandate else None,
        signature_required=keys.approvals_signed,
        may_renew=status in RENEWABLE
        and invitation.address_sealed is not None
        and "members:invite" in principal.scopes,
        may_revoke=status is Status.SENT and "members:invite" in principal.scopes,
        may_decide=status is Status.ACCEPTED and "members:approve" in principal.scopes,
    )

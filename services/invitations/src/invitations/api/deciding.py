"""Approve or deny whoever has accepted; by a click, or signed with BankID (T51-T53, D3-D6, FC14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis.activity import unlogged
from chassis.errors import DomainError
from chassis.http import problems
from chassis.http.access import requires
from chassis.http.routes import Context, Reply, Routes
from chassis.transaction import Tx
from invitations import domain, schemas, usecases
from invitations.api.identity import Identity
from invitations.usecases import Keys, WantedSignature

routes = Routes("decisions", "Invitations: approve or deny whoever has accepted")

APPROVING = (
    domain.InvitationNotFound,
    domain.InvitationNotAccepted,
    domain.InvitationApprovalExpired,
    domain.InvitationSettled,
    domain.ApproverIsAcceptor,
    domain.InviterLostAccess,
    domain.AcceptorIsMember,
    domain.InvitationTooWide,
    domain.InvitationEndsInPast,
    domain.InvitationMembershipPending,
)


def _parts(ctx: Context) -> tuple[Keys, Identity]:
    keys, identity = ctx.extension("keys"), ctx.extension("identity")
    assert isinstance(keys, Keys)  # noqa: S101 - for the type checker: app.py makes it so
    assert isinstance(identity, Identity)  # noqa: S101 - as above
    return keys, identity


def _withdraw_orders(ctx: Context, identity: Identity, invitation_id: UUID) -> None:
    # Decided by a click, there is nothing to sign any more, and nobody is to be told that it was not signed in time.
    try:
        with ctx.database.transaction(principal=ctx.principal) as tx:
            orders = usecases.orders_to_withdraw(tx, invitation_id)
    except DomainError:
        return  # who may not decide is told so by the decision itself
    for order in orders:
        identity.withdraw(order)


def _approving(ctx: Context, invitation_id: UUID) -> Keys:
    keys, identity = _parts(ctx)
    if not keys.approvals_signed:
        _withdraw_orders(ctx, identity, invitation_id)
    return keys


def _denying(ctx: Context, invitation_id: UUID) -> Keys:
    keys, identity = _parts(ctx)
    _withdraw_orders(ctx, identity, invitation_id)
    return keys


def _ordering(ctx: Context, invitation_id: UUID) -> WantedSignature:
    keys, identity = _parts(ctx)
    with ctx.database.transaction(principal=ctx.principal, locale=problems.locale()) as tx:
        wanted = usecases.want_signature(tx, invitation_id, keys)
    if wanted.ordered:
        return wanted
    until = identity.order_signature(wanted.mandate, wanted.text)
    return replace(wanted, mandate=replace(wanted.mandate, expires_at=until))


@routes.post(
    "/invitations/<uuid:invitation_id>/approvals",
    access=requires("members:approve"),
    activity=("Godkände en inbjuden person", "Approved an invited person"),
    answer=schemas.Invitation,
    idempotent=True,
    prepare=_approving,
    errors=(*APPROVING, domain.ApprovalSignatureRequired),
    summary_sv="Godkänn personen som har accepterat",
    summary_en="Approve the person who has accepted",
)
def approve_invitation(tx: Tx, invitation_id: UUID, prepared: Keys) -> Any:
    """Let the person in (T51, T53); by the inviter, or any owner or signatory (D4)."""
    usecases.approve_invitation(tx, invitation_id, prepared)
    return usecases.get_invitation(tx, invitation_id, prepared)


@routes.post(
    "/invitations/<uuid:invitation_id>/approval-signatures",
    access=requires("members:approve", claims=("name",)),
    activity=unlogged("the approval is told when it has been signed"),
    answer=schemas.ApprovalSignature,
    status=201,
    idempotent=True,
    prepare=_ordering,
    errors=APPROVING,
    summary_sv="Beställ en underskrift med BankID som godkänner personen",
    summary_en="Order a BankID signature that approves the person",
)
def order_approval_signature(tx: Tx, invitation_id: UUID, prepared: WantedSignature) -> Reply:
    """What is to be signed at ``/skriv-under/<id>``; one's open order is given again (200). Approves when signed."""
    del invitation_id
    if prepared.ordered:
        return Reply(usecases.show_signature(tx, prepared.mandate), status=200)
    kept, new = usecases.keep_order(tx, prepared.mandate)
    return Reply(usecases.show_signature(tx, kept), status=201 if new else 200)


@routes.post(
    "/invitations/<uuid:invitation_id>/denials",
    access=requires("members:approve"),
    activity=("Nekade en inbjuden person", "Denied an invited person"),
    answer=schemas.Invitation,
    idempotent=True,
    prepare=_denying,
    errors=(
        domain.InvitationNotFound,
        domain.InvitationNotAccepted,
        domain.InvitationApprovalExpired,
        domain.InvitationSettled,
        domain.ApproverIsAcceptor,
        domain.InvitationMembershipPending,
    ),
    summary_sv="Neka personen som har accepterat",
    summary_en="Deny the person who has accepted",
)
def deny_invitation(tx: Tx, invitation_id: UUID, prepared: Keys) -> Any:
    """Do not let the person in (T52)."""
    usecases.deny_invitation(tx, invitation_id)
    return usecases.get_invitation(tx, invitation_id, prepared)

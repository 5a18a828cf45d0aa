"""Invite, see, renew, take back: what the account's people do (T41-T50, D7)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.http.access import requires
from chassis.http.routes import Context, Page, Reply, Routes, handed
from chassis.transaction import Tx
from invitations import domain, schemas, usecases
from invitations.api.identity import Identity
from invitations.usecases import Keys

routes = Routes("invitations", "Invitations: send, see, renew, take back")

LIMITS = (domain.InvitationAccountLimit, domain.InvitationAddressLimit)


def _inviting(ctx: Context, body: usecases.Invite) -> Any:
    principal, identity = ctx.principal, ctx.extension("identity")
    assert isinstance(identity, Identity)  # noqa: S101 - for the type checker: app.py makes it so
    if body.person_binding is not None and principal is not None and principal.person_id is not None:
        identity.use_binding(body.person_binding, principal.person_id)
    return ctx.extension("keys")


def _renewing(ctx: Context, invitation_id: UUID) -> Any:
    identity = ctx.extension("identity")
    assert isinstance(identity, Identity)  # noqa: S101 - as above
    with ctx.database.read(principal=ctx.principal) as tx:
        bound = usecases.bound_of(tx, invitation_id)
    if bound is not None:
        # The number must outlive the new link; the one who gave it is who invited, whoever renews.
        identity.use_binding(*bound)
    return ctx.extension("keys")


@routes.post(
    "/invitations",
    access=requires("members:invite"),
    activity=("Skickade en inbjudan", "Sent an invitation"),
    body=schemas.Invite,
    answer=schemas.Invitation,
    status=201,
    idempotent=True,
    prepare=_inviting,
    errors=(
        domain.InvitationNotAllowed,
        domain.InvitationTooWide,
        domain.InvitationEndsInPast,
        domain.InvitationAlreadyOpen,
        domain.InvitationMembershipPending,
        domain.InvitationBindingGone,
        *LIMITS,
    ),
    summary_sv="Bjud in någon till kontot",
    summary_en="Invite somebody to the account",
)
def create_invitation(tx: Tx, body: usecases.Invite, prepared: Keys) -> Reply:
    """Send an invitation by e-mail (T43-T46); it can be accepted for 72 hours (T47)."""
    made = usecases.invite(tx, body, prepared)
    return Reply(
        usecases.get_invitation(tx, made.id, prepared),
        headers={"Location": f"/api/invitations/v1/invitations/{made.id}"},
    )


@routes.get(
    "/invitations",
    access=requires("members:read"),
    answer=Page(schemas.Invitation),
    prepare=handed("keys"),
    summary_sv="Lista inbjudningar med status, även utgångna",
    summary_en="List invitations with status, expired ones too",
)
def list_invitations(tx: Tx, query: dict[str, Any], prepared: Keys) -> Any:
    """My own invitations; owners and signatories see all of the account (T49, T50)."""
    return usecases.list_invitations(tx, prepared, limit=query["limit"], page=query["page"])


@routes.get(
    "/invitations/<uuid:invitation_id>",
    access=requires("members:read"),
    answer=schemas.Invitation,
    prepare=handed("keys"),
    errors=(domain.InvitationNotFound,),
    summary_sv="Visa en inbjudan",
    summary_en="Show an invitation",
)
def get_invitation(tx: Tx, invitation_id: UUID, prepared: Keys) -> Any:
    """One invitation, with who accepted it (D5)."""
    return usecases.get_invitation(tx, invitation_id, prepared)


@routes.delete(
    "/invitations/<uuid:invitation_id>",
    access=requires("members:invite"),
    activity=("Tog tillbaka en inbjudan", "Took an invitation back"),
    errors=(
        domain.InvitationNotFound,
        domain.InvitationAwaitsDecision,
        domain.InvitationNotOpen,
        domain.InvitationSettled,
        domain.InvitationMembershipPending,
    ),
    summary_sv="Ta tillbaka en inbjudan som ingen har accepterat",
    summary_en="Take back an invitation that nobody has accepted",
)
def revoke_invitation(tx: Tx, invitation_id: UUID) -> None:
    """Take it back; the link is dead, the row stays."""
    usecases.revoke_invitation(tx, invitation_id)


@routes.post(
    "/invitations/<uuid:invitation_id>/renewals",
    access=requires("members:invite"),
    activity=("Förnyade en inbjudan", "Renewed an invitation"),
    answer=schemas.Invitation,
    idempotent=True,
    prepare=_renewing,
    errors=(
        domain.InvitationNotFound,
        domain.InvitationAwaitsDecision,
        domain.InvitationSettled,
        domain.InviterLostAccess,
        domain.InvitationTooWide,
        domain.InvitationEndsInPast,
        domain.InvitationAddressForgotten,
        domain.InvitationAlreadyOpen,
        domain.InvitationMembershipPending,
        domain.InvitationBindingGone,
        *LIMITS,
    ),
    summary_sv="Förnya en inbjudan: ny länk, den gamla slutar gälla",
    summary_en="Renew an invitation: a new link, the old one is dead",
)
def renew_invitation(tx: Tx, invitation_id: UUID, prepared: Keys) -> Any:
    """One click for what has expired, or for a mail that was lost (D7, B-24)."""
    usecases.renew_invitation(tx, invitation_id, prepared)
    return usecases.get_invitation(tx, invitation_id, prepared)

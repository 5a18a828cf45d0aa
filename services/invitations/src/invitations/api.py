"""The routes. No GET changes anything, so a mail scanner that follows links uses nothing up (C11)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.http.access import authenticated, public, requires
from chassis.http.routes import Context, Page, Reply, Routes
from chassis.transaction import Tx
from invitations import domain, schemas, usecases
from invitations.usecases import Keys

routes = Routes("invitations", "Invitations: send, accept, approve, renew, take back")

HOLDS_LINK = "Whoever was invited may have no account here; the secret of the link is what admits"
LINK_ERRORS = (
    domain.InvitationNotFound,
    domain.InvitationReplaced,
    domain.InvitationExpired,
    domain.InvitationAlreadyUsed,
    domain.InvitationDeclined,
    domain.InvitationRevoked,
)
LIMITS = (domain.InvitationAccountLimit, domain.InvitationAddressLimit)


def _keys(ctx: Context, **_: Any) -> Keys:
    keys = ctx.extension("keys")
    assert isinstance(keys, Keys)  # noqa: S101 - for the type checker: app.py makes it so
    return keys


@routes.post(
    "/invitations",
    access=requires("members:invite"),
    activity=("Skickade en inbjudan", "Sent an invitation"),
    body=schemas.Invite,
    answer=schemas.Invitation,
    status=201,
    idempotent=True,
    prepare=_keys,
    errors=(
        domain.InvitationNotAllowed,
        domain.InvitationTooWide,
        domain.InvitationEndsInPast,
        domain.InvitationAlreadyOpen,
        domain.InvitationMembershipPending,
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
    prepare=_keys,
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
    prepare=_keys,
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
    prepare=_keys,
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
        *LIMITS,
    ),
    summary_sv="Förnya en inbjudan: ny länk, den gamla slutar gälla",
    summary_en="Renew an invitation: a new link, the old one is dead",
)
def renew_invitation(tx: Tx, invitation_id: UUID, prepared: Keys) -> Any:
    """One click for what has expired, or for a mail that was lost (D7, B-24)."""
    usecases.renew_invitation(tx, invitation_id, prepared)
    return usecases.get_invitation(tx, invitation_id, prepared)


@routes.post(
    "/invitations/<uuid:invitation_id>/approvals",
    access=requires("members:approve"),
    activity=("Godkände en inbjuden person", "Approved an invited person"),
    answer=schemas.Invitation,
    idempotent=True,
    prepare=_keys,
    errors=(
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
    ),
    summary_sv="Godkänn personen som har accepterat",
    summary_en="Approve the person who has accepted",
)
def approve_invitation(tx: Tx, invitation_id: UUID, prepared: Keys) -> Any:
    """Let the person in (T51, T53); by the inviter, or any owner or signatory (D4)."""
    usecases.approve_invitation(tx, invitation_id)
    return usecases.get_invitation(tx, invitation_id, prepared)


@routes.post(
    "/invitations/<uuid:invitation_id>/denials",
    access=requires("members:approve"),
    activity=("Nekade en inbjuden person", "Denied an invited person"),
    answer=schemas.Invitation,
    idempotent=True,
    prepare=_keys,
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


@routes.post(
    "/invitation-lookups",
    access=public(HOLDS_LINK, csrf=False),
    rate="invitation",
    body=schemas.Link,
    answer=schemas.Seen,
    errors=(domain.InvitationNotFound, domain.InvitationReplaced),
    summary_sv="Se om en inbjudan fortfarande gäller",
    summary_en="See whether an invitation is still valid",
)
def look_up_invitation(tx: Tx, body: usecases.Link) -> Any:
    """State and deadline for whoever holds the link; nothing of the account (C12). Changes nothing."""
    return usecases.look_up(tx, body)


@routes.post(
    "/acceptances",
    access=authenticated(claims=("name", "birth_year")),
    activity=("Accepterade en inbjudan", "Accepted an invitation"),
    rate="invitation",
    body=schemas.Link,
    answer=schemas.Acceptance,
    status=201,
    idempotent=True,
    prepare=_keys,
    errors=(
        *LINK_ERRORS,
        domain.InvitationUsedByOther,
        domain.InvitationDenied,
        domain.InvitationApprovalExpired,
        domain.InvitationOwn,
        domain.InvitationAlreadyMember,
        domain.AcceptorNotVerified,
    ),
    summary_sv="Acceptera en inbjudan",
    summary_en="Accept an invitation",
)
def accept_invitation(tx: Tx, body: usecases.Link, prepared: Keys) -> Any:
    """Accept with one's own BankID; gives no access before somebody has approved (T51)."""
    return usecases.accept_invitation(tx, body, prepared)


@routes.post(
    "/declines",
    access=public(HOLDS_LINK, csrf=False),
    rate="invitation",
    body=schemas.Link,
    answer=schemas.Seen,
    errors=LINK_ERRORS,
    summary_sv="Tacka nej till en inbjudan",
    summary_en="Decline an invitation",
)
def decline_invitation(tx: Tx, body: usecases.Link) -> Any:
    """Say no; the inviter is told."""
    return usecases.decline_invitation(tx, body)

"""Look, accept, decline: what the person with the link does (T46-T48, B-24)."""

from __future__ import annotations

from typing import Any

from chassis.http.access import authenticated, public
from chassis.http.routes import Context, Routes
from chassis.transaction import Tx
from invitations import domain, schemas, usecases
from invitations.api.identity import Identity
from invitations.usecases import Keys

routes = Routes("links", "Invitations: what whoever holds the link can do")

HOLDS_LINK = "Whoever was invited may have no account here; the secret of the link is what admits"
LINK_ERRORS = (
    domain.InvitationNotFound,
    domain.InvitationReplaced,
    domain.InvitationExpired,
    domain.InvitationAlreadyUsed,
    domain.InvitationDeclined,
    domain.InvitationRevoked,
)


def _accepting(ctx: Context, body: usecases.Link) -> tuple[Keys, bool]:
    keys, identity, principal = ctx.extension("keys"), ctx.extension("identity"), ctx.principal
    assert isinstance(keys, Keys)  # noqa: S101 - for the type checker: app.py makes it so
    assert isinstance(identity, Identity)  # noqa: S101 - as above
    with ctx.database.read(principal=principal) as tx:
        binding = usecases.binding_to_check(tx, body)
    if binding is None or principal is None or principal.person_id is None:
        return keys, False
    return keys, identity.is_meant(binding, principal.person_id)


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
    prepare=_accepting,
    errors=(
        *LINK_ERRORS,
        domain.InvitationUsedByOther,
        domain.InvitationDenied,
        domain.InvitationApprovalExpired,
        domain.InvitationOwn,
        domain.InvitationForSomebodyElse,
        domain.InvitationAlreadyMember,
        domain.AcceptorNotVerified,
    ),
    summary_sv="Acceptera en inbjudan",
    summary_en="Accept an invitation",
)
def accept_invitation(tx: Tx, body: usecases.Link, prepared: tuple[Keys, bool]) -> Any:
    """Accept with one's own BankID; gives no access before somebody has approved (T51)."""
    keys, is_meant = prepared
    return usecases.accept_invitation(tx, body, keys, is_meant=is_meant)


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

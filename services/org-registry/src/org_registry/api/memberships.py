"""Who else may act for the account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.http.access import requires
from chassis.http.routes import Page, Routes, handed
from chassis.transaction import Tx
from org_registry import schemas
from org_registry.domain.errors import AccountNotFound, LastHolder, MembershipNotFound, MembershipProtected
from org_registry.domain.suspensions import GrantSuspended
from org_registry.usecases import memberships
from org_registry.usecases.vault import NumberVault

routes = Routes("memberships", "Who may act for the account")


@routes.get(
    "/memberships",
    access=requires("members:read"),
    answer=Page(schemas.Membership),
    prepare=handed("vault"),
    errors=(AccountNotFound, GrantSuspended),
    summary_sv="Behörigheter",
    summary_en="Who has access",
)
def list_memberships(tx: Tx, query: dict[str, Any], prepared: NumberVault) -> Any:
    """Everybody for an owner or signatory; for a delegate those he invited and those they invited (D1)."""
    return memberships.list_memberships(tx, prepared, limit=query["limit"], page=query["page"])


@routes.delete(
    "/memberships/<uuid:membership_id>",
    access=requires("members:remove"),
    activity=("Tog bort en behörighet", "Took access away"),
    body=schemas.Removal,
    errors=(MembershipNotFound, MembershipProtected, LastHolder, GrantSuspended),
    summary_sv="Ta bort en behörighet",
    summary_en="Take access away",
)
def remove_membership(tx: Tx, membership_id: UUID, body: memberships.RemoveMembership) -> None:
    """The person has no access once this has answered (T54-T56, D1, D2)."""
    memberships.remove_membership(tx, membership_id, body)

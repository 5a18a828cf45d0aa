"""Access is data on the route: the architecture test reads it, the gateway's route table is made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chassis.errors import Forbidden, Unauthenticated
from chassis.transaction import Principal

Kind = Literal["public", "person", "account", "select-account", "staff", "internal"]


@dataclass(frozen=True, kw_only=True)
class Access:
    """Who may call a route."""

    kind: Kind
    scope: str | None = None
    area: str | None = None
    """Service area that a narrowed membership must cover (D22)."""
    reason: str | None = None
    claims: tuple[str, ...] = ()
    """Extra claims that the gateway puts into the token: ``name``, ``birth_year``."""
    csrf: bool = True
    """False only on a public write that carries a one-time secret of its own."""

    def check(self, principal: Principal | None) -> None:
        """Raise ``Unauthenticated`` or ``Forbidden`` unless ``principal`` may pass."""
        if self.kind == "public":
            return
        if principal is None:
            raise Unauthenticated
        if self.kind == "internal":
            if principal.service is None or principal.service not in (self.scope or "").split():
                raise Forbidden
            return
        if principal.person_id is None:
            raise Unauthenticated
        if self.kind == "staff" and self.scope not in principal.staff:
            raise Forbidden
        if self.kind in {"account", "select-account"} and principal.account_id is None:
            raise Forbidden
        if self.kind == "account" and self.scope not in principal.scopes:
            raise Forbidden
        if self.area and principal.services is not None and self.area not in principal.services:
            raise Forbidden


def public(reason: str, *, csrf: bool = True) -> Access:
    """Anybody, for the stated reason."""
    return Access(kind="public", reason=reason, csrf=csrf)


def authenticated(*, claims: tuple[str, ...] = ()) -> Access:
    """A person who is logged in, whatever account."""
    return Access(kind="person", claims=claims)


def requires(scope: str, *, area: str | None = None, claims: tuple[str, ...] = ()) -> Access:
    """A person acting for an account with this scope, for example ``metering:write``."""
    return Access(kind="account", scope=scope, area=area, claims=claims)


def selects_account() -> Access:
    """The route that chooses an account: the gateway checks the grant for the one in ``Minasidor-Account``."""
    return Access(kind="select-account")


def staff(role: str, *, claims: tuple[str, ...] = ()) -> Access:
    """Customer service and the like."""
    return Access(kind="staff", scope=role, claims=claims)


def internal(*services: str) -> Access:
    """Other parts of the suite, by their own tokens; never reachable through the gateway."""
    return Access(kind="internal", scope=" ".join(services))

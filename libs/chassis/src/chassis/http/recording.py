"""The activity log's half of a request: who did what, told in the transaction that did it (FJ6, FC19, B-22, ADR 0013).

Writes of people and staff are told by the texts of their route. What customer service looks at, by a route of its own
or in the role ``support``, is told page by page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis import activity
from chassis.activity import Unlogged
from chassis.transaction import Principal, Tx
from contracts.activities import Actor

if TYPE_CHECKING:
    from chassis.http.routes import Route

LOOKED_AT = ("Tittade på: {}", "Looked at: {}")
SUPPORT = "support"
"""Role of customer service in a customer's account: it reads, and the customer sees what."""
RECORDED_ACCESS = frozenset({"person", "account", "select-account", "staff"})


def complaint(route: Route) -> str | None:
    """Why the route cannot be declared: every write of a person or of staff says what the log holds of it."""
    if route.access.kind not in RECORDED_ACCESS or (route.method == "GET" and route.activity is None):
        return None
    return activity.complaint(route.activity)


def texts(route: Route, principal: Principal | None) -> tuple[str, str] | None:
    """What to tell of this call, or None."""
    if principal is None or principal.person_id is None or route.access.kind not in RECORDED_ACCESS:
        return None
    if route.method == "GET" and route.access.kind != "staff" and principal.role != SUPPORT:
        return None
    if isinstance(route.activity, Unlogged):
        return None
    if route.activity is not None:
        return route.activity
    if route.method != "GET":
        return None
    swedish, english = LOOKED_AT
    return swedish.format(route.summary_sv or route.name), english.format(route.summary_en or route.name)


def record(route: Route, tx: Tx, told: tuple[str, str], path: Mapping[str, Any], body: Any) -> None:
    """Tell it with this transaction's other events. What the view has noted (``Tx.note``) comes first."""
    principal = tx.principal
    if principal is None:  # ``texts`` has asked
        return
    support = principal.role == SUPPORT
    details: dict[str, Any] = {
        "actor": Actor.STAFF if route.access.kind == "staff" else Actor.SUPPORT if support else Actor.PERSON,
        "person_id": principal.person_id,
        "account_id": None if route.access.kind == "staff" else principal.account_id,
        "role": principal.role,
        "support_view_id": principal.membership_id if support else None,
        "subject_id": _subject(path, body),
    }
    tx.record(route.name, told[0], told[1], **details | tx.noted)


def _subject(path: Mapping[str, Any], body: Any) -> UUID | None:
    """The thing in the address, or the thing that was made."""
    named = [value for value in path.values() if isinstance(value, UUID)]
    if named:
        return named[0]
    made = body.get("id") if isinstance(body, dict) else getattr(body, "id", None)
    return made if isinstance(made, UUID) else None

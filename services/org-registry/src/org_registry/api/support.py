"""Customer service's view by consent: the customer's side and customer service's (B-22, FK9, FK10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.http.access import requires, staff
from chassis.http.routes import Context, Page, Reply, Routes
from chassis.transaction import Tx
from org_registry.domain.errors import AccountNotFound
from org_registry.domain.support import SupportAccessMissing, SupportAccessNotFound, SupportViewOfOwnAccount
from org_registry.schemas import support as schemas
from org_registry.usecases import support

routes = Routes("support", "Customer service's view of an account, by the customer's consent")


@routes.get(
    "/support-accesses",
    access=requires("account:read"),
    answer=Page(schemas.SupportAccess),
    errors=(AccountNotFound,),
    summary_sv="Kundservice tillgång till kontot, och vem som har tittat",
    summary_en="Customer service's access to the account, and who has looked",
)
def list_support_accesses(tx: Tx, query: dict[str, Any]) -> Any:
    """Consents, newest first."""
    return support.list_accesses(tx, limit=query["limit"], page=query["page"])


@routes.post(
    "/support-accesses",
    access=requires("account:write"),
    activity=("Gav kundservice tillgång till kontot", "Gave customer service access to the account"),
    body=schemas.SupportAccessRequest,
    answer=schemas.SupportAccess,
    status=201,
    idempotent=True,
    errors=(AccountNotFound,),
    summary_sv="Ge kundservice tillgång till kontot för en tid",
    summary_en="Give customer service access to the account for a time",
)
def give_support_access(tx: Tx, body: support.GiveSupportAccess) -> Reply:
    """Replaces a consent that stands already. Customer service can look and change nothing (FK9)."""
    made = support.give_access(tx, body)
    return Reply(made, headers={"Location": f"/api/org-registry/v1/support-accesses/{made.id}"})


@routes.delete(
    "/support-accesses/<uuid:access_id>",
    access=requires("account:write"),
    activity=("Avslutade kundservice tillgång till kontot", "Ended customer service's access to the account"),
    errors=(SupportAccessNotFound, AccountNotFound),
    summary_sv="Avsluta kundservice tillgång nu",
    summary_en="End customer service's access now",
)
def end_support_access(tx: Tx, access_id: UUID) -> None:
    """Nobody looks once this has answered."""
    support.end_access(tx, access_id)


def _protect(ctx: Context, body: dict[str, Any]) -> support.SearchCustomer:
    number = body.get("organisation_number")
    return support.SearchCustomer(
        reason=body["reason"],
        customer_number=body.get("customer_number"),
        organisation_index=ctx.extension("vault").protect(number).index if number else None,
        person_id=body.get("person_id"),
    )


@routes.post(
    "/staff/customer-searches",
    access=staff("customer-service"),
    activity=("Sökte efter en kund", "Searched for a customer"),
    body=schemas.CustomerSearch,
    answer=schemas.FoundAccounts,
    prepare=_protect,
    rate="staff-search",
    summary_sv="Sök en kunds konton",
    summary_en="Search for a customer's accounts",
)
def search_customer(
    tx: Tx,
    *,
    body: dict[str, Any],  # noqa: ARG001 - the number in it has been protected
    prepared: support.SearchCustomer,
) -> dict[str, Any]:
    """A POST, so that no number stands in an address. Every account that is found is told of it, with the reason."""
    return {"items": support.search_customer(tx, prepared)}


@routes.post(
    "/staff/support-views",
    access=staff("customer-service", claims=("name",)),
    activity=("Öppnade en vy av kontot", "Opened a view of the account"),
    body=schemas.SupportViewRequest,
    answer=schemas.SupportView,
    status=201,
    idempotent=True,
    errors=(SupportAccessMissing, SupportViewOfOwnAccount),
    summary_sv="Börja titta på ett konto, med kundens medgivande",
    summary_en="Begin to look at an account, by the customer's consent",
)
def open_support_view(tx: Tx, body: support.OpenSupportView) -> Reply:
    """For an hour at most, and never longer than the consent. The customer is told (FK10)."""
    return Reply(support.open_support_view(tx, body))

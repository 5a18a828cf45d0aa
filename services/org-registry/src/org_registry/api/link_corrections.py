"""Customer service corrects a wrong link between a customer number and an account (K16)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.http.access import staff
from chassis.http.routes import Page, Routes
from chassis.transaction import Tx
from org_registry.domain.errors import CustomerLinkNotFound, LinkCorrectionNotFound
from org_registry.schemas import corrections as schemas
from org_registry.usecases import corrections

CUSTOMER_SERVICE = "customer-service"

routes = Routes("link-corrections", "Customer service: wrong links between customer numbers and accounts")


@routes.post(
    "/staff/link-corrections",
    access=staff(CUSTOMER_SERVICE),
    activity=("Rättade en koppling mellan kundnummer och konto", "Corrected the link of a customer number"),
    body=schemas.LinkCorrectionRequest,
    answer=schemas.LinkCorrection,
    status=201,
    idempotent=True,
    errors=(CustomerLinkNotFound,),
    summary_sv="Rätta en felaktig koppling: kundnumret skiljs från kontot",
    summary_en="Correct a wrong link: the customer number is parted from the account",
)
def correct_link(tx: Tx, body: corrections.CorrectLink) -> Any:
    """Nobody of the account sees what the number has any more; the right person or organisation is linked when told."""
    return corrections.correct_link(tx, body)


@routes.get(
    "/staff/link-corrections",
    access=staff(CUSTOMER_SERVICE),
    answer=Page(schemas.LinkCorrection),
    summary_sv="Rättade kopplingar",
    summary_en="Corrected links",
)
def list_link_corrections(tx: Tx, query: dict[str, Any]) -> Any:
    """Newest first, lifted ones too."""
    return corrections.list_corrections(tx, limit=query["limit"], page=query["page"])


@routes.post(
    "/staff/link-corrections/<uuid:correction_id>/lifts",
    access=staff(CUSTOMER_SERVICE),
    activity=("Tog tillbaka en rättad koppling", "Lifted the correction of a link"),
    body=schemas.LinkCorrectionLift,
    answer=schemas.LinkCorrection,
    idempotent=True,
    errors=(LinkCorrectionNotFound,),
    summary_sv="Häv en rättelse som var fel",
    summary_en="Lift a correction that was wrong",
)
def lift_link_correction(tx: Tx, correction_id: UUID, body: corrections.LiftCorrection) -> Any:
    """The facts of the billing system hold again."""
    return corrections.lift_correction(tx, correction_id, body)

"""Powers of attorney for customer service: one queue for what came digitally, by post and by mail (D13, FB9, FK8)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from chassis.attachments import EXTENSIONS, MEDIA_TYPES
from chassis.http.access import staff
from chassis.http.files import Binary, RawBody, attachment
from chassis.http.routes import Context, Page, Routes
from chassis.transaction import Tx
from org_registry.api.power_files import LIMIT, UPLOAD, receive
from org_registry.api.powers import FILE_ERRORS, Received, vault_of
from org_registry.domain.errors import GrantEnded
from org_registry.domain.power_errors import (
    ChecklistIncomplete,
    DocumentMissing,
    DocumentNotFound,
    DocumentNotScanned,
    OwnPowerOfAttorney,
    PowerOfAttorneyNotFound,
    PowerOfAttorneyState,
    PowerOfAttorneyTaken,
)
from org_registry.domain.powers import PowerStatus
from org_registry.schemas import powers as schemas
from org_registry.usecases import powers_review as review
from org_registry.usecases.power_vault import PowerVault

CUSTOMER_SERVICE = staff("customer-service")
DECIDING = (PowerOfAttorneyNotFound, PowerOfAttorneyState, PowerOfAttorneyTaken, OwnPowerOfAttorney)

routes = Routes("staff-powers-of-attorney", "Fullmakt: customer service's queue")


@routes.get(
    "/staff/powers-of-attorney",
    access=CUSTOMER_SERVICE,
    query=schemas.QueueQuery,
    answer=Page(schemas.QueuedPower),
    prepare=vault_of,
    summary_sv="Fullmakter att granska",
    summary_en="Powers of attorney to review",
)
def list_queued_powers(tx: Tx, *, query: dict[str, Any], prepared: PowerVault) -> Any:
    """Oldest first; ``status`` may be given several times."""
    statuses = [PowerStatus(status) for status in query["status"]]
    return review.list_queue(tx, prepared, statuses=statuses, limit=query["limit"], page=query["page"])


@routes.post(
    "/staff/powers-of-attorney",
    access=CUSTOMER_SERVICE,
    body=schemas.PaperRequest,
    answer=schemas.QueuedPower,
    status=201,
    idempotent=True,
    prepare=vault_of,
    activity=("Registrerade en fullmakt på papper", "Registered a power of attorney on paper"),
    summary_sv="Registrera en fullmakt som kommit med post eller mejl",
    summary_en="Register a power of attorney that came by post or mail",
)
def register_power(tx: Tx, *, body: review.RegisterPower, prepared: PowerVault) -> Any:
    """Into the same queue (D13)."""
    return review.register_power(tx, body, prepared)


@routes.get(
    "/staff/powers-of-attorney/<uuid:power_id>",
    access=CUSTOMER_SERVICE,
    answer=schemas.QueuedPower,
    prepare=vault_of,
    errors=(PowerOfAttorneyNotFound,),
    summary_sv="En fullmakt att granska",
    summary_en="A power of attorney to review",
)
def get_queued_power(tx: Tx, *, power_id: UUID, prepared: PowerVault) -> Any:
    """With who has done what, and why."""
    return review.get_queued(tx, power_id, prepared)


@routes.get(
    "/staff/powers-of-attorney/<uuid:power_id>/document",
    access=CUSTOMER_SERVICE,
    answer=Binary(MEDIA_TYPES),
    prepare=vault_of,
    errors=(PowerOfAttorneyNotFound, DocumentNotFound, DocumentNotScanned),
    summary_sv="Fullmaktens dokument",
    summary_en="The document of a power of attorney",
)
def get_queued_document(tx: Tx, *, power_id: UUID, prepared: PowerVault) -> Response:
    """To be saved, never shown as a page (C24); not before the scanner has called it clean (C27)."""
    opened = review.open_document(tx, power_id, prepared)
    name = f"fullmakt-{opened.power_id}.{EXTENSIONS[opened.media_type]}"
    return attachment(opened.data, media_type=opened.media_type, filename=name)


def _receive(ctx: Context, power_id: UUID, body: RawBody) -> Received:
    with ctx.database.read(principal=ctx.principal) as tx:
        review.check_may_add(tx, power_id)
    return Received(vault=vault_of(ctx), document=receive(ctx, body))


@routes.put(
    "/staff/powers-of-attorney/<uuid:power_id>/document",
    access=CUSTOMER_SERVICE,
    body=UPLOAD,
    body_limit=LIMIT,
    answer=schemas.QueuedPower,
    prepare=_receive,
    errors=(PowerOfAttorneyNotFound, PowerOfAttorneyState, OwnPowerOfAttorney, *FILE_ERRORS),
    activity=("Lade till ett dokument i en fullmakt", "Added a document to a power of attorney"),
    summary_sv="Lägg till det inskannade papperet",
    summary_en="Add the scanned paper",
)
def put_queued_document(
    tx: Tx,
    *,
    power_id: UUID,
    body: RawBody,  # noqa: ARG001 - examined before the transaction
    prepared: Received,
) -> Any:
    """For what came on paper; after a question also for what came digitally, which puts it back into the queue."""
    return review.add_document(tx, power_id, prepared.document, prepared.vault)


@routes.post(
    "/staff/powers-of-attorney/<uuid:power_id>/reviews",
    access=CUSTOMER_SERVICE,
    answer=schemas.QueuedPower,
    idempotent=True,
    prepare=vault_of,
    errors=(PowerOfAttorneyNotFound, PowerOfAttorneyState, OwnPowerOfAttorney),
    activity=("Började granska en fullmakt", "Began to review a power of attorney"),
    summary_sv="Börja granska, eller ta över granskningen",
    summary_en="Begin the review, or take it over",
)
def take_power(tx: Tx, *, power_id: UUID, prepared: PowerVault) -> Any:
    """Nobody reviews his own."""
    return review.take_power(tx, power_id, prepared)


@routes.post(
    "/staff/powers-of-attorney/<uuid:power_id>/approvals",
    access=CUSTOMER_SERVICE,
    body=schemas.Approval,
    answer=schemas.QueuedPower,
    idempotent=True,
    prepare=vault_of,
    errors=(*DECIDING, ChecklistIncomplete, DocumentMissing, DocumentNotScanned, GrantEnded),
    activity=("Godkände en fullmakt", "Approved a power of attorney"),
    summary_sv="Godkänn: kontot öppnas för administratören",
    summary_en="Approve: the account opens for the administrator",
)
def approve_power(tx: Tx, *, power_id: UUID, body: review.ApprovePower, prepared: PowerVault) -> Any:
    """The account opens, or is used as it is (D9); the administrator is mailed (T40)."""
    return review.approve_power(tx, power_id, body, prepared)


@routes.post(
    "/staff/powers-of-attorney/<uuid:power_id>/rejections",
    access=CUSTOMER_SERVICE,
    body=schemas.Rejection,
    answer=schemas.QueuedPower,
    idempotent=True,
    prepare=vault_of,
    errors=DECIDING,
    activity=("Avslog en fullmakt", "Rejected a power of attorney"),
    summary_sv="Avslå med en anledning",
    summary_en="Reject with a reason",
)
def reject_power(tx: Tx, *, power_id: UUID, body: review.RejectPower, prepared: PowerVault) -> Any:
    """The administrator is mailed and reads the reason."""
    return review.reject_power(tx, power_id, body, prepared)


@routes.post(
    "/staff/powers-of-attorney/<uuid:power_id>/completion-requests",
    access=CUSTOMER_SERVICE,
    body=schemas.CompletionRequest,
    answer=schemas.QueuedPower,
    idempotent=True,
    prepare=vault_of,
    errors=DECIDING,
    activity=("Bad om komplettering av en fullmakt", "Asked for completion of a power of attorney"),
    summary_sv="Be om komplettering",
    summary_en="Ask for what is missing",
)
def ask_for_completion(tx: Tx, *, power_id: UUID, body: review.AskForCompletion, prepared: PowerVault) -> Any:
    """The administrator is mailed and reads what is missing."""
    return review.ask_for_completion(tx, power_id, body, prepared)


@routes.post(
    "/staff/powers-of-attorney/<uuid:power_id>/revocations",
    access=CUSTOMER_SERVICE,
    body=schemas.Revocation,
    answer=schemas.QueuedPower,
    idempotent=True,
    prepare=vault_of,
    errors=DECIDING,
    activity=("Återkallade en fullmakt", "Revoked a power of attorney"),
    summary_sv="Återkalla en godkänd fullmakt",
    summary_en="Revoke an approved power of attorney",
)
def revoke_power(tx: Tx, *, power_id: UUID, body: review.RevokePower, prepared: PowerVault) -> Any:
    """The administrator's access ends in the same instant."""
    return review.revoke_power(tx, power_id, body, prepared)

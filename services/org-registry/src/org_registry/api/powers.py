"""Powers of attorney for their administrators: the form, and the digital way (T22, T34-T40, D13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response

from chassis import attachments
from chassis.http.access import authenticated, public
from chassis.http.files import Binary, RawBody, attachment
from chassis.http.routes import Context, Page, Routes
from chassis.transaction import Tx
from org_registry.api.power_files import LIMIT, UPLOAD, receive
from org_registry.api.power_form import Form
from org_registry.domain.power_errors import (
    DocumentInfected,
    DocumentMissing,
    PowerOfAttorneyNotFound,
    PowerOfAttorneyState,
    TooManyPowersOfAttorney,
    TooManyUploads,
)
from org_registry.schemas import powers as schemas
from org_registry.usecases import powers
from org_registry.usecases.power_vault import PowerVault

routes = Routes("powers-of-attorney", "Fullmakt: the account of an organisation without a registered signatory")
FILE_ERRORS = (*attachments.REFUSALS.values(), DocumentInfected, TooManyUploads)


@dataclass(frozen=True, kw_only=True)
class Received:
    """What a ``prepare`` step hands to the view that keeps a document."""

    vault: PowerVault
    document: powers.NewDocument


def vault_of(ctx: Context, **_: Any) -> PowerVault:
    """The keys, for views that show or keep what is sealed."""
    vault: PowerVault = ctx.extension("powers")
    return vault


def _form(ctx: Context, query: dict[str, Any]) -> bytes:
    form: Form = ctx.extension("power_form")
    return form.pdf(query["lang"])


@routes.get(
    "/power-of-attorney-form",
    access=public("the form is for anybody to download and print (T35)"),
    query=schemas.FormQuery,
    answer=Binary(("application/pdf",)),
    prepare=_form,
    summary_sv="Blankett för fullmakt (pdf)",
    summary_en="Power of attorney form (pdf)",
)
def get_power_of_attorney_form(_tx: Tx, *, query: dict[str, Any], prepared: bytes) -> Response:
    """An accessible PDF with fields to fill in (T35, T38, T39)."""
    name = "power-of-attorney.pdf" if query["lang"] == "en" else "fullmakt.pdf"
    return attachment(prepared, media_type="application/pdf", filename=name)


@routes.post(
    "/powers-of-attorney",
    access=authenticated(claims=("name",)),
    body=schemas.PowerRequest,
    answer=schemas.PowerOfAttorney,
    status=201,
    idempotent=True,
    prepare=vault_of,
    errors=(TooManyPowersOfAttorney,),
    activity=("Påbörjade en fullmakt", "Began a power of attorney"),
    summary_sv="Påbörja en fullmakt",
    summary_en="Begin a power of attorney",
)
def create_power_of_attorney(tx: Tx, *, body: powers.CreatePower, prepared: PowerVault) -> Any:
    """A draft; whoever is logged in is the administrator, by the name that BankID gave (T34)."""
    return powers.create_power(tx, body, prepared)


@routes.get(
    "/powers-of-attorney",
    access=authenticated(),
    answer=Page(schemas.PowerOfAttorney),
    prepare=vault_of,
    summary_sv="Mina fullmakter",
    summary_en="My powers of attorney",
)
def list_powers_of_attorney(tx: Tx, *, query: dict[str, Any], prepared: PowerVault) -> Any:
    """Those in which I am the administrator, newest first, also the ones that came on paper."""
    return powers.list_powers(tx, prepared, limit=query["limit"], page=query["page"])


@routes.get(
    "/powers-of-attorney/<uuid:power_id>",
    access=authenticated(),
    answer=schemas.PowerOfAttorney,
    prepare=vault_of,
    errors=(PowerOfAttorneyNotFound,),
    summary_sv="En fullmakt",
    summary_en="A power of attorney",
)
def get_power_of_attorney(tx: Tx, *, power_id: UUID, prepared: PowerVault) -> Any:
    """Where it is and what has happened; somebody else's does not exist."""
    return powers.get_power(tx, power_id, prepared)


def _receive(ctx: Context, power_id: UUID, body: RawBody) -> Received:
    with ctx.database.read(principal=ctx.principal) as tx:
        powers.check_may_upload(tx, power_id)
    with ctx.database.transaction(principal=ctx.principal) as tx:
        powers.count_upload(tx)
    return Received(vault=vault_of(ctx), document=receive(ctx, body))


@routes.put(
    "/powers-of-attorney/<uuid:power_id>/document",
    access=authenticated(),
    body=UPLOAD,
    body_limit=LIMIT,
    answer=schemas.PowerOfAttorney,
    prepare=_receive,
    errors=(PowerOfAttorneyNotFound, PowerOfAttorneyState, *FILE_ERRORS),
    activity=("Lade till ett dokument i en fullmakt", "Added a document to a power of attorney"),
    summary_sv="Lägg till den undertecknade fullmakten (pdf, jpg eller png, högst 10 MB)",
    summary_en="Add the signed power of attorney (pdf, jpg or png, at most 10 MB)",
)
def put_power_of_attorney_document(
    tx: Tx,
    *,
    power_id: UUID,
    body: RawBody,  # noqa: ARG001 - examined before the transaction
    prepared: Received,
) -> Any:
    """The body is the file itself. An earlier one is exchanged."""
    return powers.put_document(tx, power_id, prepared.document, prepared.vault)


@routes.post(
    "/powers-of-attorney/<uuid:power_id>/submissions",
    access=authenticated(),
    answer=schemas.PowerOfAttorney,
    idempotent=True,
    prepare=vault_of,
    errors=(PowerOfAttorneyNotFound, PowerOfAttorneyState, DocumentMissing),
    activity=("Skickade in en fullmakt", "Sent in a power of attorney"),
    summary_sv="Skicka in fullmakten",
    summary_en="Send the power of attorney in",
)
def submit_power_of_attorney(tx: Tx, *, power_id: UUID, prepared: PowerVault) -> Any:
    """Into customer service's queue, the first time or with what was missing (D13)."""
    return powers.submit_power(tx, power_id, prepared)


@routes.delete(
    "/powers-of-attorney/<uuid:power_id>",
    access=authenticated(),
    errors=(PowerOfAttorneyNotFound, PowerOfAttorneyState),
    activity=("Tog tillbaka en fullmakt", "Withdrew a power of attorney"),
    summary_sv="Ta tillbaka fullmakten",
    summary_en="Withdraw the power of attorney",
)
def withdraw_power_of_attorney(tx: Tx, *, power_id: UUID) -> None:
    """Before the review has begun, or while something is missing; its documents are deleted."""
    powers.withdraw_power(tx, power_id)


__all__ = ["FILE_ERRORS", "Received", "routes", "vault_of"]

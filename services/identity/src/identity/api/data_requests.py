"""My data: an export, an erasure, and what is kept how long (B-21, J8, J10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from chassis.http.access import authenticated, public
from chassis.http.files import Binary, attachment
from chassis.http.routes import Page, Reply, Routes, handed
from chassis.transaction import Tx
from identity import schemas
from identity.domain.data_requests import (
    DataExportExpired,
    DataExportNotFound,
    DataExportNotReady,
    DataExportUnderWay,
    DataRequestsTooMany,
    ErasureNotFound,
    ErasureUnderWay,
)
from identity.domain.errors import LoginTooOld, PersonNotFound, SessionEnded
from identity.usecases import data_requests as usecases
from identity.usecases import retention
from identity.usecases.data_requests import ErasureView, ExportView
from identity.usecases.keys import Keys

routes = Routes("my-data", "The own data: export, erasure, retention")
ZIP = "application/zip"
NOT_NOW = (
    LoginTooOld,
    DataExportUnderWay,
    ErasureUnderWay,
    DataRequestsTooMany,
    SessionEnded,
    PersonNotFound,
)


@routes.post(
    "/data-exports",
    access=authenticated(),
    activity=("Beställde sina uppgifter", "Asked for the own data"),
    answer=schemas.DataExport,
    status=201,
    idempotent=True,
    errors=NOT_NOW,
    summary_sv="Beställ mina uppgifter från alla tjänster",
    summary_en="Ask for my data from all services",
)
def create_data_export(tx: Tx) -> Reply:
    """Every service hands over what it holds of the person; a mail tells when the file is ready (GDPR 15, 20).

    Takes a BankID login not older than fifteen minutes; one at a time, three a day.
    """
    made = usecases.open_export(tx)
    return Reply(made, headers={"Location": f"/api/identity/v1/data-exports/{made.id}"})


@routes.get(
    "/data-exports",
    access=authenticated(),
    answer=Page(schemas.DataExport),
    errors=(PersonNotFound,),
    summary_sv="Visa mina beställningar",
    summary_en="Show my exports",
)
def list_data_exports(tx: Tx, query: dict[str, Any]) -> Any:
    """Newest first."""
    return usecases.list_exports(tx, limit=query["limit"], page=query["page"])


@routes.get(
    "/data-exports/<uuid:export_id>",
    access=authenticated(),
    answer=schemas.DataExport,
    errors=(DataExportNotFound, PersonNotFound),
    summary_sv="Visa hur det går",
    summary_en="Show how it goes",
)
def show_data_export(tx: Tx, export_id: UUID) -> ExportView:
    """Which services are awaited, and until when the file can be fetched."""
    return usecases.show_export(tx, export_id)


@routes.get(
    "/data-exports/<uuid:export_id>/file",
    access=authenticated(),
    answer=Binary((ZIP,)),
    status=200,
    prepare=handed("keys"),
    errors=(DataExportNotReady, DataExportExpired, DataExportNotFound, PersonNotFound),
    summary_sv="Hämta filen",
    summary_en="Fetch the file",
)
def fetch_data_export(tx: Tx, export_id: UUID, prepared: Keys) -> Response:
    """A ZIP with a folder per service, JSON, and a page to read. Kept encrypted for seven days."""
    response = attachment(
        usecases.fetch_export(tx, prepared, export_id), media_type=ZIP, filename="minasidor-mina-uppgifter.zip"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@routes.post(
    "/erasures",
    access=authenticated(),
    activity=("Begärde att bli raderad", "Asked to be erased"),
    body=schemas.EraseMe,
    answer=schemas.Erasure,
    status=201,
    idempotent=True,
    errors=NOT_NOW,
    summary_sv="Radera mina uppgifter, så långt lagen tillåter",
    summary_en="Erase my data, as far as the law allows",
)
def create_erasure(tx: Tx, body: usecases.Erase) -> Reply:
    """First every service says whether anything stands against it; where nothing does, all of them erase (GDPR 17).

    Then every session ends, and the receipt is read at ``/erasure-receipts/<id>``. Takes a BankID login not older than
    fifteen minutes; it cannot be undone.
    """
    made = usecases.open_erasure(tx, body)
    return Reply(made, headers={"Location": f"/api/identity/v1/erasures/{made.id}"})


@routes.get(
    "/erasures",
    access=authenticated(),
    answer=Page(schemas.Erasure),
    errors=(PersonNotFound,),
    summary_sv="Visa mina begäranden om radering",
    summary_en="Show my requests for erasure",
)
def list_erasures(tx: Tx, query: dict[str, Any]) -> Any:
    """Newest first."""
    return usecases.list_erasures(tx, limit=query["limit"], page=query["page"])


@routes.get(
    "/erasures/<uuid:erasure_id>",
    access=authenticated(),
    answer=schemas.Erasure,
    errors=(ErasureNotFound, PersonNotFound),
    summary_sv="Visa hur raderingen går",
    summary_en="Show how the erasure goes",
)
def show_erasure(tx: Tx, erasure_id: UUID) -> ErasureView:
    """Why it is refused, or who is still awaited."""
    return usecases.show_erasure(tx, erasure_id)


@routes.get(
    "/erasure-receipts/<uuid:erasure_id>",
    access=public("whoever is erased cannot log in; the number is unguessable, and nothing in the receipt says who"),
    answer=schemas.Erasure,
    errors=(ErasureNotFound,),
    summary_sv="Visa kvittot på en radering",
    summary_en="Show the receipt of an erasure",
)
def show_erasure_receipt(tx: Tx, erasure_id: UUID) -> ErasureView:
    """What has been erased, what is kept, why and how long. There is none before the person has been erased."""
    return usecases.show_receipt(tx, erasure_id)


@routes.get(
    "/retention",
    access=public("what is kept of people, how long and why, is for everybody to read"),
    answer=schemas.Retentions,
    summary_sv="Visa vad som sparas om mig, hur länge och varför",
    summary_en="Show what is kept of me, how long and why",
)
def show_retention(tx: Tx) -> dict[str, Any]:
    """Over all services, made from what each of them declares (J10)."""
    return {"items": retention.list_retention(tx.locale)}

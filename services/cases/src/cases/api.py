"""The routes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cases import schemas, usecases
from cases.domain import Case, CaseAlreadyDiscarded, CaseNotFound
from chassis.http.access import requires
from chassis.http.routes import Page, Reply, Routes
from chassis.transaction import Tx

routes = Routes("cases", "E-services, cases, messages and signatures")


@routes.post(
    "/cases",
    access=requires("cases:write"),
    activity=("Skapade ett utkast till ärende", "Created a draft of a case"),
    body=schemas.DraftCase,
    answer=schemas.Case,
    status=201,
    idempotent=True,
    summary_sv="Skapa ett utkast",
    summary_en="Create a draft",
)
def create_case(tx: Tx, body: usecases.DraftCase) -> Reply:
    """Begin a case."""
    made = usecases.draft_case(tx, body)
    return Reply(made, headers={"Location": f"/api/cases/v1/cases/{made.id}"})


@routes.get(
    "/cases",
    access=requires("cases:read"),
    answer=Page(schemas.Case),
    summary_sv="Lista",
    summary_en="List",
)
def list_cases(tx: Tx, query: dict[str, Any]) -> Any:
    """The account's cases, newest first."""
    return usecases.list_cases(tx, limit=query["limit"], page=query["page"])


@routes.get(
    "/cases/<uuid:case_id>",
    access=requires("cases:read"),
    answer=schemas.Case,
    errors=(CaseNotFound,),
    summary_sv="Visa",
    summary_en="Show",
)
def get_case(tx: Tx, case_id: UUID) -> Case:
    """One case."""
    return usecases.get_case(tx, case_id)


@routes.delete(
    "/cases/<uuid:case_id>",
    access=requires("cases:write"),
    activity=("Tog bort ett utkast till ärende", "Removed a draft of a case"),
    errors=(CaseNotFound, CaseAlreadyDiscarded),
    summary_sv="Ta bort utkastet",
    summary_en="Remove the draft",
)
def discard_case(tx: Tx, case_id: UUID) -> None:
    """Throw a draft away."""
    usecases.discard_case(tx, case_id)

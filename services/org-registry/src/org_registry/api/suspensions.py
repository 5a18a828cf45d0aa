"""Customer service suspends and resumes accounts (B12)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.http.access import staff
from chassis.http.routes import Page, Routes
from chassis.transaction import Tx
from org_registry.domain.errors import AccountNotFound
from org_registry.domain.suspensions import AccountSuspendedAlready, SuspensionNotFound
from org_registry.schemas import suspensions as schemas
from org_registry.usecases import suspensions

CUSTOMER_SERVICE = "customer-service"

routes = Routes("account-suspensions", "Customer service: suspended accounts")


@routes.post(
    "/staff/account-suspensions",
    access=staff(CUSTOMER_SERVICE),
    activity=("Spärrade kontot", "Suspended the account"),
    body=schemas.SuspensionRequest,
    answer=schemas.Suspension,
    status=201,
    idempotent=True,
    errors=(AccountNotFound, AccountSuspendedAlready),
    summary_sv="Spärra ett konto",
    summary_en="Suspend an account",
)
def suspend_account(tx: Tx, body: suspensions.SuspendAccount) -> Any:
    """Nobody has access to the account once this has answered; its people are told."""
    return suspensions.suspend_account(tx, body)


@routes.get(
    "/staff/account-suspensions",
    access=staff(CUSTOMER_SERVICE),
    answer=Page(schemas.Suspension),
    summary_sv="Spärrar, även hävda",
    summary_en="Suspensions, ended ones too",
)
def list_account_suspensions(tx: Tx, query: dict[str, Any]) -> Any:
    """Newest first."""
    return suspensions.list_suspensions(tx, limit=query["limit"], page=query["page"])


@routes.post(
    "/staff/account-suspensions/<uuid:suspension_id>/resumptions",
    access=staff(CUSTOMER_SERVICE),
    activity=("Hävde spärren av kontot", "Resumed the account"),
    body=schemas.Resumption,
    answer=schemas.Suspension,
    idempotent=True,
    errors=(SuspensionNotFound,),
    summary_sv="Häv en spärr",
    summary_en="End a suspension",
)
def resume_account(tx: Tx, suspension_id: UUID, body: suspensions.ResumeAccount) -> Any:
    """Everybody has what he had before; the account's people are told."""
    return suspensions.resume_account(tx, suspension_id, body)

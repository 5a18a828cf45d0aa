"""The routes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from billing import domain, schemas, usecases
from chassis.http.access import requires
from chassis.http.routes import Page, Routes
from chassis.transaction import Tx

routes = Routes("billing", "Agreements, invoices, payments and cost")


@routes.get(
    "/invoices",
    access=requires("billing:read"),
    query=schemas.InvoiceQuery,
    answer=Page(schemas.InvoiceRow),
    errors=(domain.PeriodBackwards,),
    summary_sv="Lista fakturor från de senaste nio månaderna, och alla obetalda",
    summary_en="List invoices of the last nine months, and every unpaid one",
)
def list_invoices(tx: Tx, query: usecases.ListInvoices) -> Any:
    """The account's invoices (T58-T61, D8)."""
    return usecases.list_invoices(tx, query)


@routes.get(
    "/invoices/<uuid:invoice_id>",
    access=requires("billing:read"),
    answer=schemas.Invoice,
    errors=(domain.InvoiceNotFound,),
    summary_sv="Visa en faktura med rader, moms och betalningar",
    summary_en="Show an invoice with lines, VAT and payments",
)
def get_invoice(tx: Tx, invoice_id: UUID) -> Any:
    """One invoice, however old."""
    return usecases.get_invoice(tx, invoice_id)


@routes.get(
    "/costs",
    access=requires("billing:read"),
    query=schemas.CostQuery,
    answer=schemas.Costs,
    summary_sv="Kostnad under ett år, per månad och tjänst",
    summary_en="Cost in a year, by month and service",
)
def get_costs(tx: Tx, query: dict[str, Any]) -> Any:
    """The cost of a year (T62)."""
    return usecases.costs(tx, query["year"])


@routes.get(
    "/agreements",
    access=requires("billing:read"),
    answer=Page(schemas.Agreement),
    summary_sv="Lista avtal",
    summary_en="List agreements",
)
def list_agreements(tx: Tx, query: dict[str, Any]) -> Any:
    """The account's agreements, newest first."""
    return usecases.list_agreements(tx, limit=query["limit"], page=query["page"])

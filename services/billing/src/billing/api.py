"""The routes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from billing import domain, schemas, usecases
from billing.usecases import Keys
from chassis.activity import unlogged
from chassis.http.access import authenticated, requires
from chassis.http.routes import Page, Reply, Routes, handed
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


@routes.post(
    "/invoices/<uuid:invoice_id>/shares",
    access=requires("members:invite"),
    activity=("Delade en faktura", "Shared an invoice"),
    body=schemas.ShareInvoice,
    answer=schemas.Share,
    status=201,
    idempotent=True,
    prepare=handed("keys"),
    errors=(
        domain.InvoiceNotFound,
        domain.InvoiceShareNotAllowed,
        domain.InvoiceShareAccountLimit,
        domain.InvoiceShareAddressLimit,
    ),
    summary_sv="Dela en faktura med någon utanför kontot",
    summary_en="Share an invoice with somebody outside the account",
)
def create_invoice_share(tx: Tx, invoice_id: UUID, body: usecases.ShareInvoice, prepared: Keys) -> Any:
    """Mail a link: who opens it first with BankID sees this invoice and nothing else, for the chosen time (FC22)."""
    return usecases.share_invoice(tx, invoice_id, body, prepared)


@routes.get(
    "/invoices/<uuid:invoice_id>/shares",
    access=requires("members:read"),
    answer=Page(schemas.Share),
    prepare=handed("keys"),
    errors=(domain.InvoiceNotFound,),
    summary_sv="Lista vem en faktura har delats med och vem som har öppnat den",
    summary_en="List with whom an invoice has been shared and who has opened it",
)
def list_invoice_shares(tx: Tx, invoice_id: UUID, query: dict[str, Any], prepared: Keys) -> Any:
    """My own; owners and signatories see all of the account. Those that are over stay for 90 days."""
    return usecases.list_shares(tx, invoice_id, prepared, limit=query["limit"], page=query["page"])


@routes.delete(
    "/invoice-shares/<uuid:share_id>",
    access=requires("members:invite"),
    activity=("Slutade dela en faktura", "Stopped sharing an invoice"),
    errors=(domain.InvoiceShareNotFound, domain.InvoiceShareOver),
    summary_sv="Sluta dela en faktura",
    summary_en="Stop sharing an invoice",
)
def end_invoice_share(tx: Tx, share_id: UUID) -> None:
    """From this instant its link and its page say that it is over."""
    usecases.end_share(tx, share_id)


@routes.post(
    "/invoice-share-openings",
    access=authenticated(claims=("name", "birth_year")),
    activity=unlogged("the use case tells the account of it, once a day and person"),
    rate="invitation",
    body=schemas.ShareLink,
    answer=schemas.OpenedShare,
    status=201,
    idempotent=True,
    prepare=handed("keys"),
    errors=(
        domain.InvoiceShareNotFound,
        domain.InvoiceShareExpired,
        domain.InvoiceShareEnded,
        domain.InvoiceShareUsedByOther,
        domain.InvoiceShareOwn,
        domain.RecipientNotVerified,
    ),
    summary_sv="Öppna länken till en delad faktura",
    summary_en="Open the link to a shared invoice",
)
def open_invoice_share(tx: Tx, body: usecases.OpenLink, prepared: Keys) -> Reply:
    """The first person who opens it with BankID is the only one who can (C12)."""
    opened = usecases.open_link(tx, body, prepared)
    return Reply(opened, headers={"Location": f"/api/billing/v1/shared-invoices/{opened.id}"})


@routes.get(
    "/shared-invoices",
    access=authenticated(),
    answer=Page(schemas.SharedInvoiceRow),
    summary_sv="Lista fakturor som andra delar med mig nu",
    summary_en="List invoices that others share with me now",
)
def list_shared_invoices(tx: Tx, query: dict[str, Any]) -> Any:
    """Whatever account is active, also without any."""
    return usecases.list_shared(tx, limit=query["limit"], page=query["page"])


@routes.get(
    "/shared-invoices/<uuid:share_id>",
    access=authenticated(),
    answer=schemas.SharedInvoice,
    leaves_trace=True,
    errors=(domain.InvoiceShareNotFound, domain.InvoiceShareExpired, domain.InvoiceShareEnded),
    summary_sv="Visa en faktura som någon delar med mig",
    summary_en="Show an invoice that somebody shares with me",
)
def get_shared_invoice(tx: Tx, share_id: UUID) -> Any:
    """What the invoice itself shows. The account sees that it was looked at."""
    return usecases.get_shared(tx, share_id)

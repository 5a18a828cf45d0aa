"""Events of billing."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from contracts.event import Event, event
from contracts.fields import InvoiceNumber, Ore


@event(
    "billing.invoice.available.v1",
    consumers=("notify",),
    aggregate="invoice",
    summary="An invoice can be read on Mina sidor.",
)
class InvoiceAvailableV1(Event, frozen=True, kw_only=True):
    """Sent when both the invoice and its account are known, whichever came first."""

    invoice_id: UUID
    account_id: UUID
    invoice_number: InvoiceNumber
    total_ore: Ore
    due_on: date


@event(
    "billing.invoice.paid.v1",
    consumers=("notify",),
    aggregate="invoice",
    summary="Nothing remains to pay on an invoice.",
)
class InvoicePaidV1(Event, frozen=True, kw_only=True):
    """Sent once per invoice."""

    invoice_id: UUID
    account_id: UUID
    invoice_number: InvoiceNumber
    paid_at: datetime

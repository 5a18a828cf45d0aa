"""Events of billing."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from contracts.event import Event, event
from contracts.fields import InvoiceNumber, Locale, Ore, Sealed


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


@event(
    "billing.invoice-share.created.v1",
    consumers=("notify",),
    aggregate="share",
    summary="One invoice is shared with somebody outside the account: send the mail with the link (FC22).",
)
class InvoiceShareCreatedV1(Event, frozen=True, kw_only=True):
    """``sealed_recipient`` opens to ``{"email": str, "link": str}``; the secret stands nowhere else."""

    share_id: UUID
    invoice_id: UUID
    account_id: UUID
    sharer_id: UUID
    sealed_recipient: Sealed
    locale: Locale
    """The sharer's language; nobody knows the recipient's."""
    expires_at: datetime

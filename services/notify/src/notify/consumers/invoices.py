"""Events about invoices that are shared."""

from __future__ import annotations

from chassis.subscriptions import Meta
from chassis.transaction import Tx
from contracts.billing import InvoiceShareCreatedV1
from notify.usecases import sharing


def invoice_share_created(tx: Tx, event: InvoiceShareCreatedV1, meta: Meta) -> None:
    """Mail the link, and tell those who answer for the account (FC22, B-07)."""
    sharing.share(
        tx,
        sharing.Share(
            event_id=meta.event_id,
            share_id=event.share_id,
            invoice_id=event.invoice_id,
            account_id=event.account_id,
            sharer_id=event.sharer_id,
            sealed_recipient=event.sealed_recipient,
            locale=event.locale,
            expires_at=event.expires_at,
        ),
    )

"""One invoice: what to pay and how, what it is for, what has been paid (T3, T58, D8), and whom it is shared with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import abort, redirect, request

from portal.pages import shares
from portal.pages.invoice_lines import lines_of
from portal.web import Area, Form, render, visit

area = Area("invoice", menu="invoices")


@area.page("/fakturor/<uuid:invoice_id>", methods=("GET", "POST"))
def show_invoice(invoice_id: UUID) -> Any:
    """The invoice with lines, VAT, payments and credit notes; its form shares it (FC22)."""
    present = visit()
    may_share = shares.may_share(present)
    form = Form.empty(days=str(shares.DAYS))
    if request.method == "POST":
        if not may_share:
            abort(403)
        form = Form.posted()
        if shares.share(invoice_id, form):
            return redirect(f"/fakturor/{invoice_id}", 303)
    invoice = present.get(f"/billing/v1/invoices/{invoice_id}")
    page = render(
        "invoice/show.html",
        invoice=invoice,
        lines=lines_of(invoice, present.formats),
        may_share=may_share,
        shared=shares.shares_of(present, invoice_id) if may_share else [],
        form=form,
    )
    return page, form.status

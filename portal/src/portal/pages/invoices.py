"""Invoices (T3, T58-T61, D8)."""

from __future__ import annotations

from flask import request

from portal.client import ApiError
from portal.web import Area, Form, render, visit

area = Area("invoices", menu="invoices")
PAGE_SIZE = 20
STATUSES = ("", "unpaid", "paid")
FIELDS = {"from_on": "fran", "to_on": "till"}


@area.page("/fakturor")
def list_invoices() -> str | tuple[str, int]:
    """The invoices of nine months and every unpaid one, filtered by status and period."""
    args = request.args
    form = Form.empty(status=args.get("status", ""), fran=args.get("fran", ""), till=args.get("till", ""))
    status = form["status"] if form["status"] in STATUSES else ""
    number = max(args.get("sida", 1, type=int), 1)
    listed = {"items": [], "total": 0, "page": 1, "limit": PAGE_SIZE}
    try:
        listed = visit().get(
            "/billing/v1/invoices",
            status=status,
            from_on=form["fran"],
            to_on=form["till"],
            page=number,
            limit=PAGE_SIZE,
        )
    except ApiError as error:
        form.refuse(error, **FIELDS)
    chosen = {"status": status, "fran": form["fran"], "till": form["till"]}
    return render("invoices/list.html", listed=listed, form=form, chosen=chosen), form.status

"""What an account may see: invoices, costs and agreements. Foreign ids answer as unknown ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from billing import domain, store
from chassis.errors import Forbidden
from chassis.transaction import Tx

MONTHS = range(1, 13)


@dataclass(frozen=True, kw_only=True)
class ListInvoices:
    """Which invoices (T58-T61). ``status``: ``unpaid`` while something remains to pay, else ``paid``."""

    status: Literal["paid", "unpaid"] | None
    from_on: date | None
    to_on: date | None
    limit: int
    page: int


def list_invoices(tx: Tx, query: ListInvoices) -> tuple[list[dict[str, Any]], int]:
    """Invoices of the last nine months and every unpaid one (T59, D8), newest first.

    Raises ``PeriodBackwards``.
    """
    account_id, areas = _seeing(tx)
    if query.from_on is not None and query.to_on is not None and query.from_on > query.to_on:
        raise domain.PeriodBackwards(field="to_on")
    today = domain.local_date(tx.now)
    wanted = store.Wanted(
        account_id=account_id,
        areas=areas,
        shown_from=domain.shown_from(today),
        status=query.status,
        from_on=query.from_on,
        to_on=query.to_on,
    )
    rows, total = store.invoices_page(tx, wanted, limit=query.limit, offset=(query.page - 1) * query.limit)
    return [with_states(row, today) for row in rows], total


def get_invoice(tx: Tx, invoice_id: UUID) -> dict[str, Any]:
    """One invoice with everything on it, however old; raises ``InvoiceNotFound``."""
    account_id, areas = _seeing(tx)
    row = store.one_invoice(tx, account_id, areas, invoice_id)
    if row is None:
        raise domain.InvoiceNotFound
    return with_states(row, domain.local_date(tx.now)) | {
        "lines": store.lines(tx, row.id),
        "vat": store.vat(tx, row.id),
        "payments": [] if row.kind == domain.Kind.CREDIT.value else store.payments(tx, row.ocr),
        "credited_by": store.credits_of(tx, account_id, row.invoice_number),
    }


def with_states(row: Any, today: date) -> dict[str, Any]:
    """The invoice with its two axes, and whether it is overdue."""
    known = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    known["document_status"] = domain.document_status(total_ore=row.total_ore, credited_ore=row.credited_ore).value
    known["payment_status"] = domain.payment_status(remaining_ore=row.remaining_ore, paid_ore=row.paid_ore).value
    known["overdue"] = domain.overdue(remaining_ore=row.remaining_ore, due_on=row.due_on, today=today)
    return known


def costs(tx: Tx, year: int) -> dict[str, Any]:
    """Cost in a year by month of issue and service area, with VAT (T62). Credits count as less."""
    account_id, areas = _seeing(tx)
    amounts: dict[tuple[int, str], int] = {}
    for row in store.costs(tx, account_id, areas, year):
        key = (row.month, row.service_area)
        amounts[key] = amounts.get(key, 0) + row.amount_ore
    months = [{"month": month, **_summed({a: n for (m, a), n in amounts.items() if m == month})} for month in MONTHS]
    whole: dict[str, int] = {}
    for (_, area), amount in amounts.items():
        whole[area] = whole.get(area, 0) + amount
    return {"year": year, **_summed(whole), "months": months}


def _summed(by_area: dict[str, int]) -> dict[str, Any]:
    return {
        "total_ore": sum(by_area.values()),
        "areas": [{"service_area": area, "amount_ore": by_area[area]} for area in sorted(by_area)],
    }


def list_agreements(tx: Tx, *, limit: int, page: int) -> tuple[list[dict[str, Any]], int]:
    """The account's agreements, newest first, also those that have ended."""
    account_id, areas = _seeing(tx)
    today = domain.local_date(tx.now)
    rows, total = store.agreements_page(tx, account_id, areas, limit=limit, offset=(page - 1) * limit)
    return [
        {
            "agreement_number": row.agreement_number,
            "service_area": row.service_area,
            "starts_on": row.starts_on,
            "ends_on": row.ends_on,
            "active": row.starts_on <= today and (row.ends_on is None or today <= row.ends_on),
            "facility_id": row.facility_id,
            "address": {"street": row.street, "postal_code": row.postal_code, "city": row.city},
        }
        for row in rows
    ], total


def _seeing(tx: Tx) -> tuple[UUID, frozenset[str] | None]:
    if tx.principal is None or tx.principal.account_id is None:
        raise Forbidden
    return tx.principal.account_id, tx.principal.services

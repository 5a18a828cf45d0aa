"""What an account sees: list page with count in one statement, one invoice, the costs of a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text

from chassis.transaction import Tx

COLUMNS = """
    i.id, i.invoice_number, i.kind, i.issued_on, i.due_on, i.period_from, i.period_to, i.ocr, i.bankgiro, i.net_ore,
    i.vat_ore, i.rounding_ore, i.total_ore, i.credited_ore, i.paid_ore, i.remaining_ore, i.credits_invoice_number,
    i.reading_id, i.service_areas
"""
CONDITIONS = {
    "unpaid": "i.remaining_ore > 0",
    "paid": "i.remaining_ore <= 0",
    "from_on": "i.issued_on >= :from_on",
    "to_on": "i.issued_on <= :to_on",
    "areas": "i.service_areas <@ CAST(:areas AS text[])",
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which invoices. ``shown_from`` is the nine months' rule; unpaid ones are shown however old (D8)."""

    account_id: UUID
    areas: frozenset[str] | None
    shown_from: date
    status: str | None = None
    from_on: date | None = None
    to_on: date | None = None


@lru_cache(maxsize=64)
def _statement(conditions: tuple[str, ...]) -> TextClause:
    # A statement per set of filters: each has a plan of its own, and none is parsed twice.
    extra = "".join(f" AND {CONDITIONS[name]}" for name in conditions)
    return text(
        f"SELECT {COLUMNS}, count(*) OVER () AS total FROM invoice i WHERE i.account_id = :account_id"  # noqa: S608 - own text
        f" AND (i.issued_on >= :shown_from OR i.remaining_ore > 0){extra}"
        " ORDER BY i.issued_on DESC, i.invoice_number DESC LIMIT :limit OFFSET :offset"
    )


def invoices_page(tx: Tx, wanted: Wanted, *, limit: int, offset: int) -> tuple[Sequence[Any], int]:
    """One page, newest first, and how many there are."""
    parameters: dict[str, Any] = {"account_id": wanted.account_id, "shown_from": wanted.shown_from, "limit": limit}
    conditions = []
    if wanted.status is not None:
        conditions.append(wanted.status)
    for name in ("from_on", "to_on"):
        if (day := getattr(wanted, name)) is not None:
            conditions.append(name)
            parameters[name] = day
    if wanted.areas is not None:
        conditions.append("areas")
        parameters["areas"] = sorted(wanted.areas)
    statement = _statement(tuple(conditions))
    rows = tx.session.execute(statement, parameters | {"offset": offset}).all()
    if not rows and offset:
        first = tx.session.execute(statement, parameters | {"limit": 1, "offset": 0}).first()
        return [], first.total if first else 0
    return rows, rows[0].total if rows else 0


ONE = text(
    f"SELECT {COLUMNS} FROM invoice i WHERE i.id = :invoice_id AND i.account_id = :account_id"  # noqa: S608 - own text
    " AND (CAST(:areas AS text[]) IS NULL OR i.service_areas <@ CAST(:areas AS text[]))"
)
CREDITS = text(
    "SELECT i.id, i.invoice_number, i.issued_on, i.total_ore FROM invoice i WHERE i.account_id = :account_id"
    " AND i.credits_invoice_number = :invoice_number ORDER BY i.issued_on, i.invoice_number"
)
COSTS = text(
    """
    SELECT extract(month FROM i.issued_on)::int AS month, coalesce(l.service_area, 'other') AS service_area,
           sum(l.net_ore + l.vat_ore)::bigint AS amount_ore
    FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id
    WHERE i.account_id = :account_id AND i.issued_on BETWEEN :first AND :last
      AND (CAST(:areas AS text[]) IS NULL OR l.service_area = ANY (CAST(:areas AS text[])))
    GROUP BY 1, 2
    UNION ALL
    SELECT extract(month FROM i.issued_on)::int, 'other', sum(i.rounding_ore)::bigint
    FROM invoice i
    WHERE i.account_id = :account_id AND i.issued_on BETWEEN :first AND :last AND CAST(:areas AS text[]) IS NULL
    GROUP BY 1
    """
)


def _areas(areas: frozenset[str] | None) -> list[str] | None:
    return None if areas is None else sorted(areas)


def one_invoice(tx: Tx, account_id: UUID, areas: frozenset[str] | None, invoice_id: UUID) -> Any:
    """An invoice of the account, or None."""
    parameters = {"invoice_id": invoice_id, "account_id": account_id, "areas": _areas(areas)}
    return tx.session.execute(ONE, parameters).one_or_none()


def credits_of(tx: Tx, account_id: UUID, invoice_number: str) -> Sequence[Any]:
    """The credits that point to an invoice of the account."""
    return tx.session.execute(CREDITS, {"account_id": account_id, "invoice_number": invoice_number}).all()


def costs(tx: Tx, account_id: UUID, areas: frozenset[str] | None, year: int) -> Sequence[Any]:
    """Öre with VAT by month of issue and service area; fees and rounding are ``other``."""
    parameters = {"account_id": account_id, "areas": _areas(areas)}
    return tx.session.execute(COSTS, parameters | {"first": date(year, 1, 1), "last": date(year, 12, 31)}).all()

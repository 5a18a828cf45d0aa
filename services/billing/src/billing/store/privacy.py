"""What is kept of the customers of some accounts, and how it goes (B-21, J10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, cast, delete, exists, func, literal, or_, select

from billing.domain import Kind
from billing.store.tables import account, account_link, agreement, invoice, invoice_line, invoice_vat, payment
from chassis.privacy import BOOKKEEPING_YEARS, rows
from chassis.transaction import Tx

TODAY = cast(func.timezone("Europe/Stockholm", func.now()), Date)
"""The Swedish date by the database's clock."""
BOOKED_TOO_LONG_AGO = func.extract("year", invoice.c.issued_on) < func.extract("year", TODAY) - BOOKKEEPING_YEARS
NOT_OVER = or_(agreement.c.ends_on.is_(None), agreement.c.ends_on >= TODAY)


def customers_of_accounts(tx: Tx, account_ids: Sequence[UUID]) -> list[str]:
    """The customer numbers of the accounts."""
    found = select(account_link.c.customer_number).where(account_link.c.account_id.in_(account_ids))
    return list(tx.session.scalars(found.order_by(account_link.c.customer_number)))


def accounts(tx: Tx, account_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The accounts and their customer numbers."""
    found = (
        select(account_link.c.account_id, account_link.c.customer_number, account.c.opened_at)
        .outerjoin(account, account.c.account_id == account_link.c.account_id)
        .where(account_link.c.account_id.in_(account_ids))
    )
    return rows(tx.session.execute(found.order_by(account_link.c.customer_number)))


def agreements(tx: Tx, numbers: Sequence[str]) -> list[dict[str, Any]]:
    """All agreements, whole."""
    shown = [column for column in agreement.c if not column.name.endswith("_version")]
    found = select(*shown).where(agreement.c.customer_number.in_(numbers)).order_by(agreement.c.agreement_number)
    return rows(tx.session.execute(found))


def invoices(tx: Tx, numbers: Sequence[str]) -> list[dict[str, Any]]:
    """All invoices with lines and VAT, however old."""
    heads = rows(
        tx.session.execute(
            select(*[column for column in invoice.c if column.name != "told"])
            .where(invoice.c.customer_number.in_(numbers))
            .order_by(invoice.c.issued_on, invoice.c.invoice_number)
        )
    )
    of = {head["id"]: head | {"lines": [], "vat": []} for head in heads}
    for name, table, order in (("lines", invoice_line, "position"), ("vat", invoice_vat, "rate")):
        parts = rows(
            tx.session.execute(
                select(table).where(table.c.invoice_id.in_(of)).order_by(table.c.invoice_id, table.c[order])
            )
        )
        for part in parts:
            of[part.pop("invoice_id")][name].append(part)
    return list(of.values())


def payments_of(tx: Tx, numbers: Sequence[str]) -> list[dict[str, Any]]:
    """What has been paid to the references of the customers' invoices."""
    references = select(invoice.c.ocr).where(invoice.c.customer_number.in_(numbers))
    found = select(payment).where(payment.c.ocr.in_(references)).order_by(payment.c.received_on, payment.c.payment_id)
    return rows(tx.session.execute(found))


def has_unpaid(tx: Tx, numbers: Sequence[str]) -> bool:
    """Whether anything remains to be paid."""
    found = exists().where(
        invoice.c.customer_number.in_(numbers), invoice.c.kind != Kind.CREDIT.value, invoice.c.remaining_ore > 0
    )
    return bool(tx.session.execute(select(found)).scalar_one())


def last_issued_on(tx: Tx, numbers: Sequence[str]) -> date | None:
    """The day of the newest invoice."""
    found = select(func.max(invoice.c.issued_on)).where(invoice.c.customer_number.in_(numbers))
    return tx.session.execute(found).scalar()


def forget_ended_agreements(tx: Tx, numbers: Sequence[str]) -> tuple[int, int]:
    """Delete the agreements that are over; returns how many, and how many are not."""
    gone = tx.session.execute(
        delete(agreement)
        .where(agreement.c.customer_number.in_(numbers), ~NOT_OVER)
        .returning(agreement.c.agreement_number)
    ).all()
    left = select(func.count()).select_from(agreement).where(agreement.c.customer_number.in_(numbers))
    return len(gone), tx.session.execute(left).scalar_one()


def forget_old_invoices(tx: Tx, numbers: Sequence[str] | None = None) -> int:
    """Delete what the Bookkeeping Act lets go and nobody owes, with its payments; of everybody where none are named."""
    mine = literal(value=True) if numbers is None else invoice.c.customer_number.in_(numbers)
    references = list(
        tx.session.scalars(
            delete(invoice).where(mine, BOOKED_TOO_LONG_AGO, invoice.c.remaining_ore <= 0).returning(invoice.c.ocr)
        )
    )
    tx.session.execute(
        delete(payment).where(payment.c.ocr.in_(references), ~exists().where(invoice.c.ocr == payment.c.ocr))
    )
    return len(references)


def forget_empty_accounts(tx: Tx, account_ids: Sequence[UUID], numbers: Sequence[str]) -> bool:
    """Delete the links and the accounts where nothing hangs on them any more; whether they went."""
    for table in (invoice, agreement):
        if tx.session.execute(select(exists().where(table.c.customer_number.in_(numbers)))).scalar_one():
            return False
    tx.session.execute(delete(account_link).where(account_link.c.customer_number.in_(numbers)))
    tx.session.execute(delete(account).where(account.c.account_id.in_(account_ids)))
    return True

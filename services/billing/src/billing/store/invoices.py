"""Writing invoices and payments, and keeping what remains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from billing.domain import Document, Kind, Line, VatSum, allocate
from billing.store.tables import invoice, invoice_line, invoice_vat, payment
from chassis.transaction import Tx

LINE_FIELDS = (
    "description",
    "quantity",
    "unit",
    "unit_price_ore",
    "net_ore",
    "vat_rate",
    "service_area",
    "facility_id",
    "period_from",
    "period_to",
)
HEAD_FIELDS = (
    "invoice_number",
    "customer_number",
    "issued_on",
    "due_on",
    "period_from",
    "period_to",
    "ocr",
    "bankgiro",
    "rounding_ore",
    "total_ore",
    "credits_invoice_number",
    "reading_id",
)


def add(tx: Tx, invoice_id: UUID, document: Document, account_id: UUID | None, line_vat: Sequence[int]) -> None:
    """Keep a document that was not known."""
    tx.session.execute(
        insert(invoice).values(
            id=invoice_id,
            account_id=account_id,
            kind=document.kind.value,
            net_ore=document.net_ore,
            vat_ore=document.vat_ore,
            credited_ore=0,
            paid_ore=0,
            service_areas=document.service_areas,
            told=0,
            **{name: getattr(document, name) for name in HEAD_FIELDS},
        )
    )
    tx.session.execute(
        insert(invoice_line),
        [
            {"invoice_id": invoice_id, "position": place, "vat_ore": vat} | asdict(line)
            for place, (line, vat) in enumerate(zip(document.lines, line_vat, strict=True), 1)
        ],
    )
    tx.session.execute(insert(invoice_vat), [{"invoice_id": invoice_id} | asdict(part) for part in document.vat])


def document(tx: Tx, invoice_number: str) -> Document | None:
    """A stored document as it was issued, to compare with what comes under the same number."""
    head = tx.session.execute(select(invoice).where(invoice.c.invoice_number == invoice_number)).one_or_none()
    if head is None:
        return None
    return Document(
        kind=Kind(head.kind),
        lines=tuple(Line(**{name: getattr(row, name) for name in LINE_FIELDS}) for row in lines(tx, head.id)),
        vat=tuple(VatSum(rate=row.rate, net_ore=row.net_ore, vat_ore=row.vat_ore) for row in vat(tx, head.id)),
        **{name: getattr(head, name) for name in HEAD_FIELDS},
    )


def lines(tx: Tx, invoice_id: UUID) -> Sequence[Any]:
    """The lines of an invoice, in order."""
    return tx.session.execute(
        select(invoice_line).where(invoice_line.c.invoice_id == invoice_id).order_by(invoice_line.c.position)
    ).all()


def vat(tx: Tx, invoice_id: UUID) -> Sequence[Any]:
    """The sums per VAT rate of an invoice."""
    return tx.session.execute(
        select(invoice_vat).where(invoice_vat.c.invoice_id == invoice_id).order_by(invoice_vat.c.rate)
    ).all()


def ocr_of_another(tx: Tx, ocr: str, customer_number: str) -> bool:
    """Whether the payment reference stands on another customer's invoice."""
    found = select(invoice.c.id).where(invoice.c.ocr == ocr, invoice.c.customer_number != customer_number).limit(1)
    return tx.session.execute(found).first() is not None


def ocr_of(tx: Tx, invoice_number: str, customer_number: str) -> str | None:
    """The payment reference of a customer's invoice, if it has come."""
    return tx.session.execute(
        select(invoice.c.ocr).where(
            invoice.c.invoice_number == invoice_number, invoice.c.customer_number == customer_number
        )
    ).scalar()


def count_credits(tx: Tx, invoice_number: str, customer_number: str) -> None:
    """Set what credits of the same customer have taken back of an invoice."""
    credit = invoice.alias("credit")
    taken = (
        select(func.coalesce(-func.sum(credit.c.total_ore), 0))
        .where(credit.c.credits_invoice_number == invoice_number, credit.c.customer_number == customer_number)
        .scalar_subquery()
    )
    tx.session.execute(
        update(invoice)
        .where(
            invoice.c.invoice_number == invoice_number,
            invoice.c.customer_number == customer_number,
            invoice.c.kind != Kind.CREDIT.value,
        )
        .values(credited_ore=taken)
    )


def put_payment(tx: Tx, payment_id: UUID, ocr: str, amount_ore: int, received_on: date) -> bool:
    """Keep a payment; False where the same one is known."""
    row = tx.session.execute(
        insert(payment)
        .values(payment_id=payment_id, ocr=ocr, amount_ore=amount_ore, received_on=received_on)
        .on_conflict_do_nothing(constraint="pk_payment")
        .returning(payment.c.payment_id)
    ).one_or_none()
    return row is not None


def get_payment(tx: Tx, payment_id: UUID) -> tuple[str, int, date]:
    """Reference, amount in öre and day of a known payment."""
    row = tx.session.execute(select(payment).where(payment.c.payment_id == payment_id)).one()
    return row.ocr, row.amount_ore, row.received_on


def payments(tx: Tx, ocr: str) -> Sequence[Any]:
    """What has come in for a payment reference."""
    return tx.session.execute(
        select(payment.c.amount_ore, payment.c.received_on)
        .where(payment.c.ocr == ocr)
        .order_by(payment.c.received_on, payment.c.payment_id)
    ).all()


def settle(tx: Tx, ocr: str) -> list[UUID]:
    """Share the money of one payment reference among its invoices; returns their ids. Lock the reference first."""
    rows = tx.session.execute(
        select(invoice.c.id, invoice.c.total_ore, invoice.c.credited_ore, invoice.c.paid_ore)
        .where(invoice.c.ocr == ocr, invoice.c.kind != Kind.CREDIT.value)
        .order_by(invoice.c.issued_on, invoice.c.invoice_number)
        .with_for_update()
    ).all()
    paid = sum(row.amount_ore for row in payments(tx, ocr))
    shares = allocate([row.total_ore - row.credited_ore for row in rows], paid)
    for row, share in zip(rows, shares, strict=True):
        if row.paid_ore != share:
            tx.session.execute(update(invoice).where(invoice.c.id == row.id).values(paid_ore=share))
    return [row.id for row in rows]


AVAILABLE = text(
    """
    UPDATE invoice SET available_at = now(), told = told + 1
    WHERE customer_number = :customer_number AND available_at IS NULL
      AND EXISTS (SELECT 1 FROM account WHERE account.account_id = invoice.account_id)
    RETURNING id, account_id, invoice_number, total_ore, due_on, told
    """
)
PAID = text(
    """
    UPDATE invoice SET paid_told_at = now(), told = told + 1
    WHERE id = ANY (:ids) AND paid_told_at IS NULL AND available_at IS NOT NULL AND account_id IS NOT NULL
      AND kind <> 'credit' AND paid_ore > 0 AND remaining_ore <= 0
    RETURNING id, account_id, invoice_number, told
    """
)


def make_available(tx: Tx, customer_number: str) -> Sequence[Any]:
    """Mark and return a customer's invoices whose account is open and which were not told of yet."""
    rows = tx.session.execute(AVAILABLE, {"customer_number": customer_number}).all()
    return sorted(rows, key=lambda row: row.id)


def note_paid(tx: Tx, ids: Sequence[UUID]) -> Sequence[Any]:
    """Mark and return those among ``ids`` of which nothing remains, once each, and only when they can be read."""
    return tx.session.execute(PAID, {"ids": list(ids)}).all() if ids else []

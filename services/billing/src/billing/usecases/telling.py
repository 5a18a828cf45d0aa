"""What the billing system and the registers tell. Any order, twice and late: the same end state.

Facts that need each other are joined when the later one comes. Each takes a lock on what they share (an account, a
customer number, a payment reference), so that two that come at once cannot both miss the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from billing import domain, store
from billing.domain import Document, Kind
from chassis.ids import new_id
from chassis.transaction import Tx
from contracts import billing as told

LARGEST_PAYMENT_ORE = 10**13


@dataclass(frozen=True, kw_only=True)
class OpenAccount:
    """An account can be chosen at login."""

    account_id: UUID
    opened_at: datetime


@dataclass(frozen=True, kw_only=True)
class LinkAccount:
    """A customer number belongs to an account."""

    customer_number: str
    account_id: UUID
    version: int


@dataclass(frozen=True, kw_only=True)
class UnlinkAccount:
    """A customer number belongs to no account any more."""

    customer_number: str
    version: int


@dataclass(frozen=True, kw_only=True)
class StartAgreement:
    """An agreement has started."""

    agreement_number: str
    customer_number: str
    service_area: str
    starts_on: date
    facility_id: str | None
    street: str
    postal_code: str
    city: str
    version: int


@dataclass(frozen=True, kw_only=True)
class EndAgreement:
    """``ends_on`` is the agreement's last day."""

    agreement_number: str
    customer_number: str
    ends_on: date
    version: int


@dataclass(frozen=True, kw_only=True)
class IssueInvoice:
    """A document of the billing system."""

    document: Document


@dataclass(frozen=True, kw_only=True)
class ReceivePayment:
    """Money has come in for a payment reference."""

    payment_id: UUID
    ocr: str
    amount_ore: int
    received_on: date


def open_account(tx: Tx, cmd: OpenAccount) -> None:
    """From now the account's invoices are told of."""
    store.lock(tx, _account(cmd.account_id))
    store.put_account(tx, cmd.account_id, cmd.opened_at)
    customers = store.customers_of(tx, cmd.account_id)
    store.lock(tx, *map(_customer, customers))
    for customer in customers:
        _announce(tx, customer)


def link_account(tx: Tx, cmd: LinkAccount) -> None:
    """From now the account has the customer number's invoices."""
    store.lock(tx, _account(cmd.account_id), _customer(cmd.customer_number))
    store.put_link(tx, cmd.customer_number, cmd.account_id, cmd.version)
    _announce(tx, cmd.customer_number)


def unlink_account(tx: Tx, cmd: UnlinkAccount) -> None:
    """From now nobody sees the customer number's invoices, unless a newer link says whose they are."""
    store.lock(tx, _customer(cmd.customer_number))
    store.put_link(tx, cmd.customer_number, None, cmd.version)


def start_agreement(tx: Tx, cmd: StartAgreement) -> None:
    """Note the agreement."""
    values = {name: getattr(cmd, name) for name in cmd.__dataclass_fields__ if name != "version"}
    store.put_agreement(tx, values, cmd.version)


def end_agreement(tx: Tx, cmd: EndAgreement) -> None:
    """Note the last day; the agreement itself may still be on its way."""
    store.put_end(tx, cmd.agreement_number, cmd.customer_number, cmd.ends_on, cmd.version)


def issue_invoice(tx: Tx, cmd: IssueInvoice) -> None:
    """Keep a document, join what waits for it, and tell.

    Raises an ``InvoiceRefused`` where its sums do not hold, and ``InvoiceChanged`` where the number is known with other
    content: both are dead letters whose code says the reason.
    """
    document = cmd.document
    domain.check(document)
    store.lock(tx, _customer(document.customer_number))
    known = store.document(tx, document.invoice_number)
    if known is not None:
        if known != document:
            raise domain.InvoiceChanged
        return
    credited_ocr = None
    if document.credits_invoice_number is not None:
        credited_ocr = store.ocr_of(tx, document.credits_invoice_number, document.customer_number)
    store.lock(tx, *map(_ocr, sorted({document.ocr, credited_ocr or document.ocr})))
    if store.ocr_of_another(tx, document.ocr, document.customer_number):
        raise domain.InvoiceOcrOfOther
    invoice_id = new_id()
    account_id = store.account_of(tx, document.customer_number)
    store.add(tx, invoice_id, document, account_id, domain.vat_of_lines(document.lines, document.vat))
    changed: list[UUID] = []
    if document.kind is Kind.CREDIT and document.credits_invoice_number is not None:
        store.count_credits(tx, document.credits_invoice_number, document.customer_number)
        changed += store.settle(tx, credited_ocr) if credited_ocr is not None else []
    else:
        store.count_credits(tx, document.invoice_number, document.customer_number)
        changed += store.settle(tx, document.ocr)
    _announce(tx, document.customer_number)
    _tell_paid(tx, changed)


def receive_payment(tx: Tx, cmd: ReceivePayment) -> None:
    """Keep the payment and share it among the invoices of its reference; an unknown reference waits for its invoice.

    Raises ``PaymentNotPositive``, and ``PaymentChanged`` where the payment is known with other content.
    """
    if not 0 < cmd.amount_ore <= LARGEST_PAYMENT_ORE:
        raise domain.PaymentNotPositive
    store.lock(tx, _ocr(cmd.ocr))
    if not store.put_payment(tx, cmd.payment_id, cmd.ocr, cmd.amount_ore, cmd.received_on):
        if store.get_payment(tx, cmd.payment_id) != (cmd.ocr, cmd.amount_ore, cmd.received_on):
            raise domain.PaymentChanged
        return
    _tell_paid(tx, store.settle(tx, cmd.ocr))


def _announce(tx: Tx, customer_number: str) -> None:
    made_available = store.make_available(tx, customer_number)
    for row in made_available:
        tx.emit(
            told.InvoiceAvailableV1(
                invoice_id=row.id,
                account_id=row.account_id,
                invoice_number=row.invoice_number,
                total_ore=row.total_ore,
                due_on=row.due_on,
            ),
            aggregate_id=row.id,
            version=row.told,
        )
    _tell_paid(tx, [row.id for row in made_available])


def _tell_paid(tx: Tx, ids: Sequence[UUID]) -> None:
    for row in store.note_paid(tx, ids):
        tx.emit(
            told.InvoicePaidV1(
                invoice_id=row.id, account_id=row.account_id, invoice_number=row.invoice_number, paid_at=tx.now
            ),
            aggregate_id=row.id,
            version=row.told,
        )


def _account(account_id: UUID) -> str:
    return f"account:{account_id}"


def _customer(customer_number: str) -> str:
    return f"customer:{customer_number}"


def _ocr(ocr: str) -> str:
    return f"ocr:{ocr}"

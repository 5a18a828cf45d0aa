"""Tables and named queries of billing."""

from billing.store.facts import (
    account_of,
    agreements_page,
    customers_of,
    lock,
    put_account,
    put_agreement,
    put_end,
    put_link,
)
from billing.store.invoices import (
    add,
    count_credits,
    document,
    get_payment,
    lines,
    make_available,
    note_paid,
    ocr_of,
    ocr_of_another,
    payments,
    put_payment,
    settle,
    vat,
)
from billing.store.pages import Wanted, costs, credits_of, invoices_page, one_invoice
from billing.store.tables import METADATA

__all__ = [
    "METADATA",
    "Wanted",
    "account_of",
    "add",
    "agreements_page",
    "costs",
    "count_credits",
    "credits_of",
    "customers_of",
    "document",
    "get_payment",
    "invoices_page",
    "lines",
    "lock",
    "make_available",
    "note_paid",
    "ocr_of",
    "ocr_of_another",
    "one_invoice",
    "payments",
    "put_account",
    "put_agreement",
    "put_end",
    "put_link",
    "put_payment",
    "settle",
    "vat",
]

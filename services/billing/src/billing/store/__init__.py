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
from billing.store.members import hold_member, put_member, put_removal, put_suspension
from billing.store.pages import Wanted, costs, credits_of, invoices_page, one_invoice
from billing.store.shares import add as add_share
from billing.store.shares import by_link as share_by_link
from billing.store.shares import claim as claim_share
from billing.store.shares import end as end_share
from billing.store.shares import end_of_membership as end_shares_of_membership
from billing.store.shares import forget as forget_shares
from billing.store.shares import hide_name as hide_recipient_name
from billing.store.shares import lock as lock_share
from billing.store.shares import note_seen as note_share_seen
from billing.store.shares import nth_newest_mail
from billing.store.shares import of_invoice as shares_of_invoice
from billing.store.shares import open_to as shares_open_to
from billing.store.tables import METADATA

__all__ = [
    "METADATA",
    "Wanted",
    "account_of",
    "add",
    "add_share",
    "agreements_page",
    "claim_share",
    "costs",
    "count_credits",
    "credits_of",
    "customers_of",
    "document",
    "end_share",
    "end_shares_of_membership",
    "forget_shares",
    "get_payment",
    "hide_recipient_name",
    "hold_member",
    "invoices_page",
    "lines",
    "lock",
    "lock_share",
    "make_available",
    "note_paid",
    "note_share_seen",
    "nth_newest_mail",
    "ocr_of",
    "ocr_of_another",
    "one_invoice",
    "payments",
    "put_account",
    "put_agreement",
    "put_end",
    "put_link",
    "put_member",
    "put_payment",
    "put_removal",
    "put_suspension",
    "settle",
    "share_by_link",
    "shares_of_invoice",
    "shares_open_to",
    "vat",
]

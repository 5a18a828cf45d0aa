"""What can be done in billing, one function per verb."""

from billing.usecases.telling import (
    EndAgreement,
    IssueInvoice,
    LinkAccount,
    OpenAccount,
    ReceivePayment,
    StartAgreement,
    UnlinkAccount,
    end_agreement,
    issue_invoice,
    link_account,
    open_account,
    receive_payment,
    start_agreement,
    unlink_account,
)
from billing.usecases.viewing import ListInvoices, costs, get_invoice, list_agreements, list_invoices

__all__ = [
    "EndAgreement",
    "IssueInvoice",
    "LinkAccount",
    "ListInvoices",
    "OpenAccount",
    "ReceivePayment",
    "StartAgreement",
    "UnlinkAccount",
    "costs",
    "end_agreement",
    "get_invoice",
    "issue_invoice",
    "link_account",
    "list_agreements",
    "list_invoices",
    "open_account",
    "receive_payment",
    "start_agreement",
    "unlink_account",
]

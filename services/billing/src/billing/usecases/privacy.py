"""A person's part of billing: what is kept, handed out, erased (B-21, J10). The Bookkeeping Act decides most of it."""

from __future__ import annotations

from typing import Any

from billing.store import privacy as store
from billing.store import privacy_of_shares as shares
from chassis.privacy import (
    BOOKKEEPING_ACT,
    OPEN_AGREEMENT,
    UNPAID_INVOICE,
    Both,
    Erased,
    Holding,
    Holdings,
    Kept,
    Objection,
    Privacy,
    Subject,
    bookkeeping_until,
)
from chassis.telemetry import logger
from chassis.transaction import Tx

log = logger(__name__)

INVOICES = Both(sv="Fakturor med rader och moms", en="Invoices with lines and VAT")
PAYMENTS = Both(sv="Betalningar", en="Payments")
SHARES = Both(sv="Fakturor som har delats", en="Invoices that have been shared")
MEMBERSHIPS = Both(sv="Behörigheter som du kan dela fakturor med", en="Rights that you can share invoices by")
TO_SHARE = Both(sv="För att en faktura ska kunna delas", en="So that an invoice can be shared")
AGREEMENTS = Both(sv="Avtal, kundnummer och konto", en="Agreements, customer numbers and account")
OF_OTHERS = Both(
    sv="Hör till ett annat konto; du är borttagen ur dem och de har upphört.",
    en="Belong to another account; you have been removed from them and they have ended.",
)
SEVEN_YEARS = Both(
    sv="Sju år efter utgången av kalenderåret; obetalda tills de är betalda",
    en="Seven years after the end of the calendar year; unpaid ones until they are paid",
)

HOLDINGS = Holdings(
    (
        Holding(
            what=INVOICES,
            tables=("invoice", "invoice_line", "invoice_vat"),
            kept_for=SEVEN_YEARS,
            why=BOOKKEEPING_ACT,
            file="invoices",
        ),
        Holding(what=PAYMENTS, tables=("payment",), kept_for=SEVEN_YEARS, why=BOOKKEEPING_ACT, file="payments"),
        Holding(
            what=AGREEMENTS,
            tables=("agreement", "account", "account_link"),
            kept_for=Both(
                sv="Så länge avtalet gäller, eller fakturor finns kvar",
                en="As long as the agreement is in force, or invoices are kept",
            ),
            why=Both(sv="För att kunna uppfylla avtalet", en="To perform the agreement"),
            file="agreements",
        ),
        Holding(
            what=SHARES,
            tables=("invoice_share",),
            kept_for=Both(
                sv="90 dagar efter att delningen upphörde; vilken e-postadress det var sparas bara maskerad",
                en="90 days after the sharing has ended; of the e-mail address only a masked form is kept",
            ),
            why=TO_SHARE,
            file="shared-invoices",
        ),
        Holding(
            what=MEMBERSHIPS,
            tables=("membership", "suspension"),
            kept_for=Both(sv="Så länge kontot finns", en="As long as the account exists"),
            why=TO_SHARE,
            file="memberships",
        ),
    )
)
"""What is kept of people, for the export, the erasure and the table of retention."""


def export_person(tx: Tx, subject: Subject) -> dict[str, Any]:
    """Agreements, invoices and payments of the own accounts; amounts in öre."""
    numbers = store.customers_of_accounts(tx, subject.account_ids)
    return {
        "invoices": store.invoices(tx, numbers),
        "payments": store.payments_of(tx, numbers),
        "agreements": {
            "accounts": store.accounts(tx, subject.account_ids),
            "agreements": store.agreements(tx, numbers),
        },
        "shared-invoices": {
            "shares": shares.about(tx, subject.person_id, subject.account_ids),
            "shown_of_me_to_the_sharer": shares.shown_of_recipient(tx, subject.person_id),
        },
        "memberships": shares.memberships(tx, subject.person_id),
    }


def check_erasure(tx: Tx, subject: Subject) -> list[Objection]:
    """Who owes something stays known until it is paid."""
    if not store.has_unpaid(tx, store.customers_of_accounts(tx, subject.account_ids)):
        return []
    return [
        Objection(
            code="unpaid-invoice",
            text=Both(
                sv="Du har en faktura som inte är betald. Betala den först.",
                en="You have an invoice that is not paid. Pay it first.",
            ),
        )
    ]


def erase_person(tx: Tx, subject: Subject) -> Erased:
    """Erase agreements that are over and invoices that the law lets go; say what must stay, and until when."""
    numbers = store.customers_of_accounts(tx, subject.account_ids)
    erased, kept = [], []
    if store.forget_old_invoices(tx, numbers):
        erased.append(Both(sv="Fakturor äldre än sju år", en="Invoices older than seven years"))
    ended, open_ones = store.forget_ended_agreements(tx, numbers)
    if ended:
        erased.append(Both(sv="Avslutade avtal med adress", en="Ended agreements with their addresses"))
    if open_ones:
        kept.append(Kept(what=AGREEMENTS, why=OPEN_AGREEMENT))
    newest = store.last_issued_on(tx, numbers)
    if newest is not None:
        until = bookkeeping_until(newest)
        kept += [Kept(what=what, why=BOOKKEEPING_ACT, until=until) for what in (INVOICES, PAYMENTS)]
    if store.has_unpaid(tx, numbers):
        kept.append(Kept(what=INVOICES, why=UNPAID_INVOICE))
    gone = shares.forget(tx, subject.person_id, subject.account_ids)
    erased += [what for name, what in (("shares", SHARES), ("memberships", MEMBERSHIPS)) if gone[name]]
    if gone["opened"]:
        kept.append(Kept(what=SHARES, why=OF_OTHERS))
    if numbers and store.forget_empty_accounts(tx, subject.account_ids, numbers):
        erased.append(Both(sv="Konto och kundnummer", en="Account and customer numbers"))
    return Erased(erased=tuple(erased), kept=tuple(kept))


def forget_old_invoices(tx: Tx) -> int:
    """Delete what need not be kept any longer, of everybody; returns how many invoices."""
    count = store.forget_old_invoices(tx)
    log.info("old-invoices-forgotten", count=count)
    return count


PRIVACY = Privacy(HOLDINGS, export=export_person, erase=erase_person, check=check_erasure)

"""Events that billing takes. All are facts with versions or natural keys of their own, so any order will do."""

from __future__ import annotations

from decimal import Decimal

from billing import usecases
from billing.domain import Document, Kind, Line, VatSum
from billing.usecases.privacy import PRIVACY
from chassis.privacy import takes_part
from chassis.subscriptions import Meta, Subscriptions, on
from chassis.transaction import Tx
from contracts.batch_billing import AgreementEndedV1, AgreementStartedV1, InvoiceIssuedV1, PaymentReceivedV1
from contracts.identity import PersonNamedV1
from contracts.org_registry import (
    AccountLinkedV1,
    AccountOpenedV1,
    AccountResumedV1,
    AccountSuspendedV1,
    AccountUnlinkedV1,
    MembershipGrantedV1,
    MembershipRemovedV1,
)


def account_opened(tx: Tx, event: AccountOpenedV1, _meta: Meta) -> None:
    """The account's invoices can be read."""
    usecases.open_account(tx, usecases.OpenAccount(account_id=event.account_id, opened_at=event.opened_at))


def account_linked(tx: Tx, event: AccountLinkedV1, meta: Meta) -> None:
    """Join the customer number to its account."""
    usecases.link_account(
        tx,
        usecases.LinkAccount(customer_number=event.customer_number, account_id=event.account_id, version=meta.version),
    )


def account_unlinked(tx: Tx, event: AccountUnlinkedV1, meta: Meta) -> None:
    """Nobody sees the customer number's invoices any more."""
    usecases.unlink_account(tx, usecases.UnlinkAccount(customer_number=event.customer_number, version=meta.version))


def agreement_started(tx: Tx, event: AgreementStartedV1, meta: Meta) -> None:
    """Note the agreement."""
    usecases.start_agreement(
        tx,
        usecases.StartAgreement(
            agreement_number=event.agreement_number,
            customer_number=event.customer_number,
            service_area=event.service_area.value,
            starts_on=event.starts_on,
            facility_id=event.facility_id,
            street=event.address.street,
            postal_code=event.address.postal_code,
            city=event.address.city,
            version=meta.version,
        ),
    )


def agreement_ended(tx: Tx, event: AgreementEndedV1, meta: Meta) -> None:
    """Note the agreement's last day."""
    usecases.end_agreement(
        tx,
        usecases.EndAgreement(
            agreement_number=event.agreement_number,
            customer_number=event.customer_number,
            ends_on=event.ends_on,
            version=meta.version,
        ),
    )


def invoice_issued(tx: Tx, event: InvoiceIssuedV1, _meta: Meta) -> None:
    """Keep the invoice; one that does not add up becomes a dead letter."""
    usecases.issue_invoice(tx, usecases.IssueInvoice(document=_document(event)))


def payment_received(tx: Tx, event: PaymentReceivedV1, _meta: Meta) -> None:
    """Keep the payment, also for a reference that nobody knows yet."""
    usecases.receive_payment(
        tx,
        usecases.ReceivePayment(
            payment_id=event.payment_id, ocr=event.ocr, amount_ore=event.amount_ore, received_on=event.received_on
        ),
    )


def membership_granted(tx: Tx, event: MembershipGrantedV1, meta: Meta) -> None:
    """Somebody may act for an account, with these rights."""
    usecases.note_membership(
        tx,
        usecases.NoteMembership(
            membership_id=event.membership_id,
            account_id=event.account_id,
            person_id=event.person_id,
            read_only=event.read_only,
            services=frozenset(event.services) if event.services else None,
            ends_on=event.ends_on,
            version=meta.version,
        ),
    )


def membership_removed(tx: Tx, event: MembershipRemovedV1, _meta: Meta) -> None:
    """Somebody may not any longer: the invoices that he shared are not shared any more (D6)."""
    usecases.end_membership(
        tx,
        usecases.EndMembership(
            membership_id=event.membership_id,
            account_id=event.account_id,
            person_id=event.person_id,
            removed_at=event.removed_at,
        ),
    )


def account_suspended(tx: Tx, event: AccountSuspendedV1, meta: Meta) -> None:
    """Nobody sees what is the account's, whomever it was shared with (B12)."""
    usecases.note_suspension(
        tx, usecases.NoteSuspension(account_id=event.account_id, suspended=True, version=meta.version)
    )


def account_resumed(tx: Tx, event: AccountResumedV1, meta: Meta) -> None:
    """Everybody sees what he saw."""
    usecases.note_suspension(
        tx, usecases.NoteSuspension(account_id=event.account_id, suspended=False, version=meta.version)
    )


def person_named(tx: Tx, event: PersonNamedV1, _meta: Meta) -> None:
    """A person's identity has become protected: the name that was kept for the sharer goes (J9)."""
    if event.protected_identity:
        usecases.hide_name(tx, event.person_id)


def _document(event: InvoiceIssuedV1) -> Document:
    return Document(
        invoice_number=event.invoice_number,
        customer_number=event.customer_number,
        kind=Kind(event.kind.value),
        issued_on=event.issued_on,
        due_on=event.due_on,
        period_from=event.period_from,
        period_to=event.period_to,
        ocr=event.ocr,
        bankgiro=event.bankgiro,
        lines=tuple(
            Line(
                description=line.description,
                quantity=Decimal(line.quantity),
                unit=line.unit,
                unit_price_ore=Decimal(line.unit_price_ore),
                net_ore=line.net_ore,
                vat_rate=line.vat_rate,
                service_area=line.service_area.value if line.service_area else None,
                facility_id=line.facility_id,
                period_from=line.period_from,
                period_to=line.period_to,
            )
            for line in event.lines
        ),
        vat=tuple(
            VatSum(rate=part.rate, net_ore=part.net_ore, vat_ore=part.vat_ore)
            for part in sorted(event.vat, key=lambda part: part.rate)
        ),
        rounding_ore=event.rounding_ore,
        total_ore=event.total_ore,
        credits_invoice_number=event.credits_invoice_number,
        reading_id=event.reading_id,
    )


SUBSCRIPTIONS = Subscriptions(
    on(AccountOpenedV1, account_opened),
    on(AccountLinkedV1, account_linked),
    on(AccountUnlinkedV1, account_unlinked),
    on(AgreementStartedV1, agreement_started),
    on(AgreementEndedV1, agreement_ended),
    on(InvoiceIssuedV1, invoice_issued),
    on(PaymentReceivedV1, payment_received),
    on(MembershipGrantedV1, membership_granted),
    on(MembershipRemovedV1, membership_removed),
    on(AccountSuspendedV1, account_suspended),
    on(AccountResumedV1, account_resumed),
    on(PersonNamedV1, person_named),
    takes_part(PRIVACY),
    service="billing",
)

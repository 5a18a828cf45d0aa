from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import msgspec
import pytest
from sqlalchemy import text

from billing.consumers import SUBSCRIPTIONS
from billing.domain import local_date
from chassis.ids import new_id, utcnow
from chassis.testing import deliver, for_service, principal
from contracts.batch_billing import (
    Address,
    AgreementEndedV1,
    AgreementStartedV1,
    InvoiceIssuedV1,
    InvoiceKind,
    InvoiceLine,
    PaymentReceivedV1,
    ServiceArea,
    VatSum,
)
from contracts.org_registry import AccountKind, AccountLinkedV1, AccountOpenedV1, AccountUnlinkedV1, UnlinkReason

settings, database, app, client, tx = for_service("billing")


def with_check_digit(reference: str) -> str:
    """OCR by Bankgirot's own example: 12345 -> 123455 (domain facts 4.3)."""
    total = 0
    for place, digit in enumerate(reversed(reference)):
        value = int(digit) * (2 - place % 2)
        total += value // 10 + value % 10
    return reference + str(-total % 10)


class World:
    """The rest of the suite, as billing hears of it."""

    def __init__(self, database):
        self.database = database
        self.today = local_date(utcnow())

    def ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def deliver(self, event, version=1, **options):
        deliver(self.database, SUBSCRIPTIONS, event, version=version, **options)

    def rows(self, sql, **parameters):
        with self.database.read() as tx:
            return [tuple(row) for row in tx.session.execute(text(sql), parameters)]

    def line(self, net=80_000, *, rate=25, area=ServiceArea.WATER, quantity="1", price=None, **changes):
        base = {
            "description": "Vatten",
            "quantity": quantity,
            "unit": "st",
            "unit_price_ore": str(net) if price is None else price,
            "net_ore": net,
            "vat_rate": rate,
            "service_area": area,
        }
        return InvoiceLine(**(base | changes))

    def invoice(self, number="1001", customer="K1", lines=None, *, days_ago=30, issued_on=None, ocr=None, **changes):
        """An invoice whose sums hold; ``changes`` may break them."""
        lines = tuple(lines or (self.line(),))
        nets = {rate: sum(row.net_ore for row in lines if row.vat_rate == rate) for rate in {r.vat_rate for r in lines}}
        vat = tuple(
            VatSum(
                rate=rate,
                net_ore=net,
                vat_ore=int((Decimal(net * rate) / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)),
            )
            for rate, net in sorted(nets.items())
        )
        exact = sum(part.net_ore + part.vat_ore for part in vat)
        total = int((Decimal(exact) / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)) * 100
        issued = issued_on or self.ago(days_ago)
        base = {
            "invoice_number": number,
            "customer_number": customer,
            "kind": InvoiceKind.INVOICE,
            "issued_on": issued,
            "due_on": issued + timedelta(days=30),
            "period_from": issued - timedelta(days=90),
            "period_to": issued - timedelta(days=1),
            "ocr": ocr or with_check_digit(number),
            "bankgiro": "991-2346",
            "lines": lines,
            "vat": vat,
            "rounding_ore": total - exact,
            "total_ore": total,
        }
        return InvoiceIssuedV1(**(base | changes))

    def credit(self, number="9001", of="1001", net=-80_000, **changes):
        return self.invoice(
            number, lines=[self.line(net)], kind=InvoiceKind.CREDIT, credits_invoice_number=of, **changes
        )

    def payment(self, amount=100_000, *, ocr=None, number="1001", days_ago=0, payment_id=None):
        return PaymentReceivedV1(
            payment_id=payment_id or new_id(),
            ocr=ocr or with_check_digit(number),
            amount_ore=amount,
            received_on=self.ago(days_ago),
        )

    def opened(self, account_id):
        return AccountOpenedV1(
            account_id=account_id, kind=AccountKind.PRIVATE, display_name="Tolvan", opened_at=utcnow()
        )

    def linked(self, account_id, customer="K1"):
        return AccountLinkedV1(account_id=account_id, customer_number=customer)

    def unlinked(self, account_id, customer="K1"):
        return AccountUnlinkedV1(account_id=account_id, customer_number=customer, reason=UnlinkReason.MOVED)

    def started(self, number="A1", customer="K1", area=ServiceArea.WATER, *, days_ago=400):
        return AgreementStartedV1(
            agreement_number=number,
            customer_number=customer,
            service_area=area,
            starts_on=self.ago(days_ago),
            address=Address(street="Storgatan 1", postal_code="58222", city="Linköping"),
            facility_id="735999109151401011",
        )

    def ended(self, number="A1", customer="K1", *, days_ago):
        return AgreementEndedV1(agreement_number=number, customer_number=customer, ends_on=self.ago(days_ago))

    def customer(self, customer="K1"):
        """A person whose account has the customer number."""
        who = principal()
        self.deliver(self.opened(who.account_id))
        self.deliver(self.linked(who.account_id, customer))
        return who

    @staticmethod
    def changed(event, **changes):
        return msgspec.structs.replace(event, **changes)


@pytest.fixture
def world(database):
    return World(database)


@pytest.fixture
def me(world):
    return world.customer()

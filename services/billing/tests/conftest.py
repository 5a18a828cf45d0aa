import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import msgspec
import pytest
from sqlalchemy import text

from billing.app import make_keys
from billing.consumers import SUBSCRIPTIONS
from billing.domain import local_date
from chassis import scopes, sealing
from chassis.errors import DomainError
from chassis.ids import new_id, utcnow
from chassis.testing import NOTIFY_KEY, deliver, for_service, principal, told
from contracts.activities import ActivityRecorded
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
from contracts.billing import InvoiceShareCreatedV1
from contracts.identity import PersonNamedV1
from contracts.org_registry import (
    AccountKind,
    AccountLinkedV1,
    AccountOpenedV1,
    AccountResumedV1,
    AccountSuspendedV1,
    AccountUnlinkedV1,
    MembershipGrantedV1,
    MembershipRemovedV1,
    RemovalReason,
    Role,
    SuspensionReason,
    UnlinkReason,
)

KEY = base64.b64encode(bytes(range(32))).decode()
PEPPER = base64.b64encode(bytes(range(32, 64))).decode()

settings, database, app, client, tx = for_service("billing", address_key=KEY, address_pepper=PEPPER)


def with_check_digit(reference: str) -> str:
    """OCR by Bankgirot's own example: 12345 -> 123455 (domain facts 4.3)."""
    total = 0
    for place, digit in enumerate(reversed(reference)):
        value = int(digit) * (2 - place % 2)
        total += value // 10 + value % 10
    return reference + str(-total % 10)


class World:
    """The rest of the suite, as billing hears of it."""

    def __init__(self, database, settings):
        self.database = database
        self.keys = make_keys(settings)
        self.unsealer = sealing.Unsealer(json.dumps({"keys": [NOTIFY_KEY]}))
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

    # -- who may act for an account, and for what is shared ------------------------------------------------------------
    def issue(self, number, customer="K1", lines=None, **changes):
        """An invoice that is there; returns its id."""
        self.deliver(self.invoice(number, customer, lines, **changes))
        return str(self.rows("SELECT id FROM invoice WHERE invoice_number = :number", number=number)[0][0])

    def delegate(self, owner, *, read_only=False, **changes):
        """Somebody who may act for the owner's account, by the gateway's word; no event of it has come."""
        held = {"read_only": read_only, "scopes": scopes.held(read_only=read_only)}
        return principal(account_id=owner.account_id, role="delegate", **(held | changes))

    def member(self, who, *, version=1, read_only=None, services=None, days_left=None):
        """Org-registry tells what ``who`` may; returns ``who``."""
        event = MembershipGrantedV1(
            membership_id=who.membership_id,
            account_id=who.account_id,
            person_id=who.person_id,
            role=Role(who.role),
            read_only=who.read_only if read_only is None else read_only,
            services=tuple(sorted(services or who.services or ())),
            ends_on=None if days_left is None else self.today + timedelta(days=days_left),
            granted_by=None,
            invitation_id=None,
            granted_at=utcnow(),
        )
        self.deliver(event, version)
        return who

    def remove(self, who):
        self.deliver(
            MembershipRemovedV1(
                membership_id=who.membership_id,
                account_id=who.account_id,
                person_id=who.person_id,
                role=Role(who.role),
                removed_by=None,
                reason=RemovalReason.REMOVED,
                removed_at=utcnow(),
            ),
            version=9,
        )

    def suspend(self, who, *, version):
        reason = SuspensionReason.SUSPECTED_MISUSE
        event = AccountSuspendedV1(account_id=who.account_id, reason=reason, suspended_at=utcnow())
        self.deliver(event, version)

    def resume(self, who, *, version):
        self.deliver(AccountResumedV1(account_id=who.account_id, resumed_at=utcnow()), version)

    def name(self, who, *, protected):
        """Identity tells what a person is called, or that nobody may know."""
        name = None if protected else "a.b.c.d.e"
        event = PersonNamedV1(person_id=who.person_id, sealed_name=name, protected_identity=protected)
        self.deliver(event, subject=str(who.person_id))

    def visitor(self, name="Erik Exempel", birth_year=1990, person_id=None):
        """Somebody who is logged in and acts for no account, with the claims of the opening route."""
        nowhere = {"account_id": None, "membership_id": None, "role": None, "scopes": frozenset()}
        return principal(person_id=person_id or new_id(), name=name, birth_year=birth_year, **nowhere)

    def links(self):
        """(address, secret) of each share's mail, oldest first, as notify reads them."""
        letters = [self.unsealer.unseal(event.sealed_recipient) for event in told(self.database, InvoiceShareCreatedV1)]
        start = "http://localhost:8080/delad-faktura#"
        assert all(letter["link"].startswith(start) for letter in letters)
        return [(letter["email"], letter["link"].removeprefix(start)) for letter in letters]

    def token(self):
        """The secret of the newest link, as it stands in the mail."""
        return self.links()[-1][1]

    def open(self, client, who, token=None):
        return client.as_(who).post("/v1/invoice-share-openings", {"token": token or self.token()})

    def shares(self, client, who, invoice_id):
        return client.as_(who).get(f"/v1/invoices/{invoice_id}/shares").json["items"]

    def acts(self, action):
        """What the activity log is told of it."""
        return [act for act in told(self.database, ActivityRecorded) if act.action == action]

    def run(self, sql, **parameters):
        with self.database.transaction() as tx:
            tx.session.execute(text(sql), parameters)

    def age(self, by):
        """Make every share older."""
        moved = ("created_at", "expires_at", "ended_at", "first_opened_at", "last_seen_at")
        sets = ", ".join(f"{name} = {name} - CAST(:by AS interval)" for name in moved)
        self.run(f"UPDATE invoice_share SET {sets}", by=by)  # noqa: S608 - our own names

    def at_once(self, number, act, *people):
        """Run ``act(tx)`` so many times at once, each as somebody of ``people``; "ok" or the refusal's code of each."""
        barrier = threading.Barrier(number)

        def one(who):
            barrier.wait()
            try:
                with self.database.transaction(principal=who) as tx:
                    act(tx)
            except DomainError as error:
                return error.code
            return "ok"

        with ThreadPoolExecutor(number) as pool:
            return list(pool.map(one, [people[place % len(people)] for place in range(number)]))

    @staticmethod
    def changed(event, **changes):
        return msgspec.structs.replace(event, **changes)


@pytest.fixture
def world(database, settings):
    return World(database, settings)


@pytest.fixture
def me(world):
    return world.customer()


@pytest.fixture
def invoice_id(world, me):
    """Invoice 1001 of an account whose owner may share it."""
    world.member(me)
    return world.issue("1001")


@pytest.fixture
def share(client, me, invoice_id):
    """A share of it, as the sharer sees it."""
    answer = client.as_(me).post(f"/v1/invoices/{invoice_id}/shares", {"email": "son@exempel.se"})
    assert answer.status_code == 201, answer.json
    return answer.json

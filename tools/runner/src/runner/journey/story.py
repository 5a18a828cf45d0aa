"""The main job, end to end: what ``./minasidor demo`` runs and prints, and ends with what the customer sees."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from runner.journey.gateway_client import Refused, until
from runner.journey.people import Citizen, World

T28 = "Det gick bra att uppdatera organisationen. Nu kan du logga in på ditt företagskonto på Mina sidor."
T31 = "Ej tillåtet att göra företagskoppling. Du behöver vara firmatecknare."
FORBIDDEN = 403


class Story:
    """Runs the journey; ``say`` prints a step when it has succeeded, with the time that it took."""

    def __init__(self, world: World, say: Callable[[str], None]) -> None:
        self.world = world
        self._say = say
        self.seen: dict[str, Any] = {}
        self._mark = world.postbox.mark()

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Say the step with its time; a step that fails says so before the error goes on."""
        started = time.monotonic()
        try:
            yield
        except Exception as error:
            self._say(f"  ✗ {text}: {error}")
            raise
        self._say(f"  ✓ {text} ({(time.monotonic() - started) * 1000:.0f} ms)")

    def chapter(self, title: str) -> None:
        """Begin a part."""
        self._say(f"\n{title}")

    def run(self) -> dict[str, Any]:
        """Run everything; returns what the customer sees at the end."""
        owner = self.become_customer()
        self.report_and_pay(owner)
        self.link_company()
        self.delegate(owner)
        return self.seen

    def become_customer(self) -> Citizen:
        """T6, T12-T20: the billing system knows the person, who logs in, registers and chooses an account."""
        self.chapter("1. Customer and login (T6, T12-T20)")
        system = self.world.billing_system
        owner = Citizen(self.world, "199107172380", email="asa@exempel.se")
        with self.step("she logs in with BankID on another device: animated QR, identify, collect"):
            owner.log_in()
        with self.step("first login: she reads the terms and confirms the registration"):
            if not owner.session["registered"]:
                owner.register()
        before = {item["id"] for item in owner.accounts()["items"]}
        with self.step("the billing system sends a customer and a water agreement, as events"):
            number = system.customer(owner.personal_number, name="Åsa Test Öberg", email=owner.email)
            self.seen["customer_number"] = number
            system.agreement(
                number,
                street="Exempelgatan 1",
                postal_code="58115",
                city="Exempelstad",
                starts_on=str(date.today() - timedelta(days=200)),  # noqa: DTZ011 - a calendar day of the demo
                meter_number=f"VM-{number}",
                digits=5,
                start_value=1301,
                expected_yearly_use=75,
            )
        with self.step("the agreement has given her the account"):
            accounts = until(
                "the account", lambda: [item for item in owner.accounts()["items"] if item["id"] not in before]
            )
            self.seen["account"] = accounts[0]["display_name"]
        with self.step("she chooses it; the session gets a new id"):
            owner.choose(accounts[0]["id"])
        return owner

    def report_and_pay(self, owner: Citizen) -> None:
        """T5, T58: a reading becomes an invoice, the invoice a mail, the payment a paid invoice."""
        self.chapter("2. Water meter reading, invoice, payment (T5, T58-T61)")
        system, browser = self.world.billing_system, owner.browser
        with self.step("her metering point has come with the agreement"):
            points = until("the metering point", lambda: browser.get("/metering/v1/metering-points")["items"])
        point = next(p for p in points if self.seen["customer_number"] in p["meter"]["meter_number"])
        with self.step("she reports the reading through the gateway"):
            reading = browser.post(
                "/metering/v1/readings",
                {
                    "metering_point_id": point["id"],
                    "value_m3": point["last_reading"]["value_m3"] + 41,
                    "read_on": str(date.today()),  # noqa: DTZ011
                },
            )
        with self.step("the billing system takes it in its batch, prices it and issues an invoice"):
            issued = until("the batch to find the reading", lambda: system.run_batch()["invoices"])
            self.seen["invoice_number"] = issued[0]["invoice_number"]
        with self.step("billing shows the invoice with lines, VAT, OCR and due date"):
            invoice = until("the invoice", lambda: self._invoice(owner, issued[0]["invoice_number"]))
            if (
                sum(line["net_ore"] for line in invoice["lines"])
                + sum(vat["vat_ore"] for vat in invoice["vat"])
                + invoice["rounding_ore"]
                != invoice["total_ore"]
            ):
                message = "the lines do not add up to the total"
                raise AssertionError(message)
        with self.step("metering shows that the reading is billed"):
            until(
                "the reading to be billed",
                lambda: browser.get(f"/metering/v1/readings/{reading['id']}")["status"] == "billed",
            )
        with self.step("notify has mailed her: a title and a link, no amount"):
            mail = self.world.postbox.wait_for_mail(
                "asa@exempel.se", subject_contains="faktura", since=self._mark, timeout=20
            )
            self.seen["mail"] = mail["subject"]
        with self.step("she pays in her bank; the payment makes it paid"):
            system.pay(issued[0]["ocr"], issued[0]["total_ore"])
            until("the invoice to be paid", lambda: self._invoice(owner, self.seen["invoice_number"], "paid"))
        self.seen["invoice"] = self._invoice(owner, self.seen["invoice_number"])

    @staticmethod
    def _invoice(owner: Citizen, number: str, status: str | None = None) -> Any:
        query = f"?status={status}" if status else ""
        for row in owner.browser.get(f"/billing/v1/invoices{query}")["items"]:
            if row["invoice_number"] == number:
                return owner.browser.get(f"/billing/v1/invoices/{row['id']}")
        return None

    def link_company(self) -> None:
        """T23-T31: the signatory opens the company's account, somebody else is refused, in the exact words."""
        self.chapter("3. Company account by signatory (T23-T31)")
        from sim_bolagsverket.companies import ALONE

        signatory = Citizen(self.world, "191212121212", email="tolvan@exempel.se")
        with self.step("the signatory logs in and opens the company's account: T28"):
            signatory.log_in()
            if not signatory.session["registered"]:
                signatory.register()
            answer = signatory.browser.post("/org-registry/v1/company-accounts", {"organisation_number": ALONE})
            _same(answer["message"], T28)
        with self.step("he finds it among his accounts"):
            if answer["account_id"] not in {item["id"] for item in signatory.accounts()["items"]}:
                message = "the company account is not among the accounts"
                raise AssertionError(message)
        other = Citizen(self.world, "194408139089")
        with self.step("the deputy is listed in the register but may not sign: T31"):
            other.log_in()
            try:
                other.browser.post("/org-registry/v1/company-accounts", {"organisation_number": ALONE})
            except Refused as refusal:
                _same(refusal.detail, T31)
            else:
                message = "the deputy got an account"
                raise AssertionError(message)

    def delegate(self, owner: Citizen) -> None:
        """T41-T56: invite, accept, approve, see the same account, remove."""
        self.chapter("4. Giving access (T41-T56)")
        friend = Citizen(self.world, "199312172381", email=f"marta-{self.seen['customer_number']}@exempel.se")
        with self.step("she invites by e-mail; the mail has a link that works for 72 hours"):
            invited = owner.browser.post("/invitations/v1/invitations", {"email": friend.email})
            token = friend.invitation_token(since=self._mark)
        with self.step("the invited person logs in with an own BankID and accepts; no access yet"):
            friend.log_in()
            if not friend.session["registered"]:
                friend.register()
            friend.browser.post("/invitations/v1/acceptances", {"token": token})
            account_id = owner.browser.account_id
            if account_id in {item["id"] for item in friend.accounts()["items"]}:
                message = "access before approval"
                raise AssertionError(message)
        with self.step("the inviter gets a mail and approves the verified name"):
            self.world.postbox.wait_for_mail("asa@exempel.se", subject_contains="godkänn", since=self._mark, timeout=20)
            owner.browser.post(f"/invitations/v1/invitations/{invited['id']}/approvals")
        with self.step("the newcomer gets a mail, sees the same account and the same invoice"):
            own = friend.browser.get("/identity/v1/me")["email"]
            self.world.postbox.wait_for_mail(own, subject_contains="godkänd", since=self._mark, timeout=20)
            until("the membership", lambda: account_id in {item["id"] for item in friend.accounts()["items"]})
            friend.choose(str(account_id))
            if self._invoice(friend, self.seen["invoice_number"]) is None:
                message = "the newcomer does not see the invoice"
                raise AssertionError(message)
        with self.step("she removes the access; within a second nothing is to be seen"):
            members = owner.browser.get("/org-registry/v1/memberships")["items"]
            given = next(row for row in members if row["invitation_id"] == invited["id"])
            owner.browser.delete(f"/org-registry/v1/memberships/{given['id']}")
            until("the access to end", lambda: self._is_out(friend), timeout=1.5)

    @staticmethod
    def _is_out(friend: Citizen) -> bool:
        try:
            friend.browser.get("/billing/v1/invoices")
        except Refused as refusal:
            return refusal.status == FORBIDDEN
        return False


def _same(found: Any, expected: str) -> None:
    text = found.get("text") if isinstance(found, dict) else found
    if text != expected:
        message = f"expected {expected!r}, got {text!r}"
        raise AssertionError(message)

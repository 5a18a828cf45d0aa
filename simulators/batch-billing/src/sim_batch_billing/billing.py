"""What the billing system does: keeps customers and agreements, bills readings in a batch, books payments."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sim_batch_billing.broker import Broker, Incoming, Sender
from sim_batch_billing.invoicing import Use, invoice, reminder
from sim_batch_billing.ledger import Ledger

SUBMITTED = "metering.reading.submitted.v1"
CORRECTED = "metering.reading.corrected.v1"
REFUSED_LOWER = (
    "Mätarställningen är lägre än den förra. Kontrollera ställningen och mätarnumret.",
    "The reading is lower than the last one. Check the reading and the meter number.",
)
REFUSED_UNKNOWN = (
    "Anläggningen finns inte i vårt register. Kontakta kundservice.",
    "The metering point is not in our register. Contact customer service.",
)


class UnknownCustomer(LookupError):
    """There is no such customer."""


class UnknownInvoice(LookupError):
    """There is no such invoice."""


def now() -> str:
    """The system's clock, UTC."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def newest(batch: list[Incoming]) -> list[Incoming]:
    """Of several events about one reading in a batch, the latest state goes last and the older ones go."""
    latest: dict[str, Incoming] = {}
    others = []
    for event in batch:
        if event.type not in {SUBMITTED, CORRECTED}:
            others.append(event)
            continue
        key = str(json.loads(event.body)["reading_id"])
        if key not in latest or latest[key].version < event.version:
            latest[key] = event
    return [*others, *latest.values()]


class BillingSystem:
    """Somebody else's program. All its state is in the ledger."""

    def __init__(self, ledger: Ledger, broker: Broker) -> None:
        self.ledger = ledger
        self.broker = broker
        self.sender = Sender(broker)
        self.sender.start()

    def register_customer(self, body: dict[str, Any]) -> str:
        """Book a private customer and tell; returns the customer number."""
        return self._register("batch-billing.customer.registered.v1", body)

    def register_organisation(self, body: dict[str, Any]) -> str:
        """Book an organisation as a customer and tell; returns the customer number."""
        return self._register("batch-billing.organisation.registered.v1", body)

    def _register(self, type_: str, body: dict[str, Any]) -> str:
        with self.ledger.books() as db:
            number = body.get("customer_number") or str(self.ledger.next_number("customer", 100_200))
            body = body | {"customer_number": number}
            db.execute("INSERT OR REPLACE INTO customer VALUES (?, ?)", (number, json.dumps(body)))
            self.ledger.tell(type_, number, body)
        self.sender.wake()
        return str(number)

    def customer(self, number: str) -> dict[str, Any]:
        """What is booked of a customer; raises ``UnknownCustomer``."""
        with self.ledger.books() as db:
            row = db.execute("SELECT body FROM customer WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise UnknownCustomer(number)
        body: dict[str, Any] = json.loads(row["body"])
        return body

    def start_agreement(self, body: dict[str, Any]) -> str:
        """Book an agreement and tell; returns its number. Raises ``UnknownCustomer``."""
        with self.ledger.books() as db:
            customer = body["customer_number"]
            if db.execute("SELECT 1 FROM customer WHERE number = ?", (customer,)).fetchone() is None:
                raise UnknownCustomer(customer)
            running = self.ledger.next_number("agreement", 1)
            number = body.get("agreement_number") or f"A-{customer}-{running}"
            facility = body.get("facility_id") or (f"VA-{customer}-{running}" if body.get("meter") else None)
            body = body | {"agreement_number": number, "facility_id": facility}
            db.execute(
                "INSERT OR REPLACE INTO agreement VALUES (?, ?, ?, ?)", (number, customer, facility, json.dumps(body))
            )
            self.ledger.tell("batch-billing.agreement.started.v1", number, body)
        self.sender.wake()
        return str(number)

    def end_agreement(self, number: str, ends_on: str) -> None:
        """Book the end of an agreement and tell."""
        with self.ledger.books() as db:
            row = db.execute("SELECT customer_number FROM agreement WHERE number = ?", (number,)).fetchone()
            if row is None:
                raise UnknownCustomer(number)
            body = {"agreement_number": number, "customer_number": row["customer_number"], "ends_on": ends_on}
            self.ledger.tell("batch-billing.agreement.ended.v1", number, body)
        self.sender.wake()

    def replace_meter(self, body: dict[str, Any]) -> None:
        """Book that a meter has been replaced and tell."""
        with self.ledger.books():
            self.ledger.tell("batch-billing.meter.replaced.v1", body["facility_id"], body)
        self.sender.wake()

    def run_batch(self, days_after_reading: int | None = None) -> dict[str, Any]:
        """The nightly run: take every waiting reading, price it, issue invoices, send the answers.

        Args:
            days_after_reading: date each invoice this many days after its reading, as if there had been a run each
                night (for bringing a history); without it they are of today.

        """
        result: dict[str, Any] = {"readings": 0, "invoices": []}

        def book(batch: list[Incoming]) -> None:
            with self.ledger.books() as db:
                for event in newest(batch):
                    if db.execute("INSERT OR IGNORE INTO taken VALUES (?)", (event.id,)).rowcount:
                        self._take(event, result, days_after_reading)

        self.broker.drain(book)
        self.sender.wake()
        return result

    def _take(self, event: Incoming, result: dict[str, Any], days_after_reading: int | None) -> None:
        if event.type not in {SUBMITTED, CORRECTED}:
            return
        reading = json.loads(event.body)
        db = self.ledger._db  # noqa: SLF001 - inside the transaction that run_batch opened
        known = db.execute(
            "SELECT version, invoice_number FROM reading WHERE id = ?", (reading["reading_id"],)
        ).fetchone()
        if known is not None and (known["invoice_number"] or known["version"] >= event.version):
            return
        db.execute(
            "INSERT INTO reading VALUES (?, ?, NULL) ON CONFLICT (id) DO UPDATE SET version = excluded.version",
            (reading["reading_id"], event.version),
        )
        result["readings"] += 1
        refusal = self._refusal(reading)
        if refusal is not None:
            answer = {
                "reading_id": reading["reading_id"],
                "rejected_at": now(),
                "text_sv": refusal[0],
                "text_en": refusal[1],
            }
            self.ledger.tell("batch-billing.reading.rejected.v1", reading["reading_id"], answer)
            return
        use = Use(
            customer_number=reading["customer_number"],
            facility_id=reading["facility_id"],
            first=date.fromisoformat(reading["previous_read_on"]) + timedelta(days=1),
            last=date.fromisoformat(reading["read_on"]),
            m3=reading["use_m3"],
        )
        today = datetime.now(UTC).date()
        issued_on = today if days_after_reading is None else min(today, use.last + timedelta(days=days_after_reading))
        body = self._issue(use, issued_on=issued_on, reading_id=reading["reading_id"])
        db.execute(
            "UPDATE reading SET invoice_number = ? WHERE id = ?", (body["invoice_number"], reading["reading_id"])
        )
        accepted = {
            "reading_id": reading["reading_id"],
            "accepted_at": now(),
            "invoice_number": body["invoice_number"],
        }
        self.ledger.tell("batch-billing.reading.accepted.v1", reading["reading_id"], accepted)
        result["invoices"].append(body)

    def _refusal(self, reading: dict[str, Any]) -> tuple[str, str] | None:
        row = self.ledger._db.execute(  # noqa: SLF001 - inside the transaction that run_batch opened
            "SELECT 1 FROM agreement WHERE customer_number = ? AND facility_id = ?",
            (reading["customer_number"], reading["facility_id"]),
        ).fetchone()
        if row is None:
            return REFUSED_UNKNOWN
        if reading["use_m3"] < 0 or (reading["value_m3"] < reading["previous_value_m3"] and not reading["rolled_over"]):
            return REFUSED_LOWER
        return None

    def _issue(self, use: Use, *, issued_on: date, **options: Any) -> dict[str, Any]:
        use = replace(use, waste=self._has_waste(use))
        return self._send(invoice(use, number=self._next_number(issued_on), issued_on=issued_on, **options))

    def _next_number(self, issued_on: date) -> str:
        return f"{issued_on.year}{self.ledger.next_number('invoice', 100_001):06}"

    def _send(self, body: dict[str, Any]) -> dict[str, Any]:
        number = body["invoice_number"]
        self.ledger._db.execute(  # noqa: SLF001 - always called inside books()
            "INSERT INTO invoice (number, body) VALUES (?, ?)", (number, json.dumps(body))
        )
        self.ledger.tell("batch-billing.invoice.issued.v1", number, body)
        return body

    def _has_waste(self, use: Use) -> bool:
        rows = self.ledger._db.execute(  # noqa: SLF001 - always called inside books()
            "SELECT body FROM agreement WHERE customer_number = ?", (use.customer_number,)
        )
        agreements = [json.loads(row["body"]) for row in rows]
        return any(a["service_area"] == "waste" and a["starts_on"] <= use.first.isoformat() for a in agreements)

    def remind(self, invoice_number: str, issued_on: date) -> dict[str, Any]:
        """Send the reminder of an unpaid invoice; raises ``UnknownInvoice``."""
        with self.ledger.books() as db:
            row = db.execute("SELECT body FROM invoice WHERE number = ?", (invoice_number,)).fetchone()
            if row is None:
                raise UnknownInvoice(invoice_number)
            body = self._send(
                reminder(json.loads(row["body"]), number=self._next_number(issued_on), issued_on=issued_on)
            )
        self.sender.wake()
        return body

    def issue(self, use: Use, *, issued_on: date, **options: Any) -> dict[str, Any]:
        """Issue one invoice outside the batch (history, credits)."""
        with self.ledger.books():
            body = self._issue(use, issued_on=issued_on, **options)
        self.sender.wake()
        return body

    def receive_payment(self, ocr: str, amount_ore: int, received_on: str) -> str:
        """Book incoming money and tell; returns the payment id. An unknown reference is told all the same."""
        payment_id = str(uuid.uuid4())
        with self.ledger.books() as db:
            db.execute(
                "UPDATE invoice SET paid_ore = paid_ore + ? WHERE json_extract(body, '$.ocr') = ?", (amount_ore, ocr)
            )
            body = {"payment_id": payment_id, "ocr": ocr, "amount_ore": amount_ore, "received_on": received_on}
            self.ledger.tell("batch-billing.payment.received.v1", payment_id, body)
        self.sender.wake()
        return payment_id

    def invoices(self) -> list[dict[str, Any]]:
        """Every invoice issued, oldest first."""
        with self.ledger.books() as db:
            return [json.loads(row["body"]) for row in db.execute("SELECT body FROM invoice ORDER BY number")]

    def paid(self) -> list[str]:
        """The payment references that money has come in for."""
        with self.ledger.books() as db:
            rows = db.execute("SELECT body FROM invoice WHERE paid_ore <> 0 ORDER BY number")
            return [json.loads(row["body"])["ocr"] for row in rows]

    def waiting(self) -> int:
        """How many events are still to be sent."""
        return len(self.ledger.outgoing())

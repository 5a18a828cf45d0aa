"""Client of the control API for journeys, failure tests and demonstrations. Standard library only."""

from __future__ import annotations

from typing import Any

from sim_common.client import ControlClient, ControlError

__all__ = ["Control", "ControlError"]

NOT_FOUND = 404


class Control(ControlClient):
    """``Control("http://127.0.0.1:8085")`` plays the billing department."""

    def __init__(self, base_url: str, *, timeout: float = 15.0) -> None:
        super().__init__(base_url, timeout=timeout)

    def customer(self, personal_number: str, **more: Any) -> str:
        """Register a private customer; returns the customer number. ``name`` is required."""
        body = {"personal_number": personal_number} | more
        return str(self.call("POST", "/control/customers", body)["customer_number"])

    def knows(self, customer_number: str) -> bool:
        """Whether this customer is booked already."""
        try:
            self.call("GET", f"/control/customers/{customer_number}")
        except ControlError as error:
            if error.args[0] == NOT_FOUND:
                return False
            raise
        return True

    def organisation(self, organisation_number: str, name: str, **more: Any) -> str:
        """Register an organisation; returns the customer number."""
        body = {"organisation_number": organisation_number, "name": name} | more
        return str(self.call("POST", "/control/organisations", body)["customer_number"])

    def agreement(self, customer_number: str, **more: Any) -> str:
        """Start an agreement; returns its number. With ``meter_number`` there is a metering point."""
        body = {"customer_number": customer_number, "service_area": more.pop("service_area", "water")}
        body["address"] = {key: more.pop(key) for key in ("street", "postal_code", "city")}
        if "meter_number" in more:
            body["meter"] = {key: more.pop(key) for key in ("meter_number", "digits", "start_value")}
        return str(self.call("POST", "/control/agreements", body | more)["agreement_number"])

    def end_agreement(self, number: str, ends_on: str) -> None:
        """End an agreement."""
        self.call("POST", f"/control/agreements/{number}/end", {"ends_on": ends_on})

    def replace_meter(self, facility_id: str, **more: Any) -> None:
        """Replace a meter: replaced_on, removed_meter_number, removed_value, installed (as in an agreement)."""
        self.call("POST", "/control/meter-replacements", {"facility_id": facility_id} | more)

    def run_batch(self, *, days_after_reading: int | None = None) -> dict[str, Any]:
        """Run the batch: ``{"readings": n, "invoices": [...]}``; invoices of today, or dated after their readings."""
        return self.call("POST", "/control/batches", {"days_after_reading": days_after_reading})

    def invoice(self, customer_number: str, **more: Any) -> dict[str, Any]:
        """Issue an invoice outside the batch.

        Needs issued_on, period_from, period_to and m3; may have facility_id, kind, credits_number, fixed_fees (false
        leaves them out, as when a leak is credited).
        """
        return self.call("POST", "/control/invoices", {"customer_number": customer_number} | more)

    def remind(self, invoice_number: str, issued_on: str) -> dict[str, Any]:
        """Send the reminder of an invoice: a document of its own with the fee."""
        return self.call("POST", "/control/reminders", {"invoice_number": invoice_number, "issued_on": issued_on})

    def pay(self, ocr: str, amount_ore: int, received_on: str | None = None) -> str:
        """Let money come in; returns the payment id."""
        body = {"ocr": ocr, "amount_ore": amount_ore, "received_on": received_on}
        return str(self.call("POST", "/control/payments", body)["payment_id"])

    def state(self) -> dict[str, Any]:
        """What is waiting to be sent, every invoice, and the payment references that money has come in for."""
        return self.call("GET", "/control/state")

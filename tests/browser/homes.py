"""Homes that only one test knows: a customer with water and a meter, billed as the test wants it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.conftest import Suite

from sim_bankid.persons import PERSONS

BEGAN = timedelta(days=400)


@dataclass(frozen=True)
class Home:
    """A private person's customer number, the agreement of the home, and its meter."""

    lived: Suite
    customer: str
    agreement: str
    meter: str
    street: str
    start_m3: int

    def bill(self, *, days_ago: int, m3: int = 12, **more: Any) -> dict[str, Any]:
        """An invoice of the three months before its date."""
        issued_on = date.today() - timedelta(days=days_ago)
        made: dict[str, Any] = self.lived.world.billing_system.invoice(
            self.customer,
            issued_on=str(issued_on),
            period_from=str(issued_on - timedelta(days=90)),
            period_to=str(issued_on - timedelta(days=1)),
            m3=m3,
            **more,
        )
        return made

    def pay(self, invoice: dict[str, Any], amount_ore: int | None = None) -> None:
        """The money comes in: all of it, unless an amount is given."""
        self.lived.world.billing_system.pay(invoice["ocr"], amount_ore or invoice["total_ore"])


def new_home(lived: Suite, owner: str, *, start_m3: int = 1000, yearly_m3: int = 120) -> Home:
    """The billing system gets a new customer with a meter that nobody has read."""
    system = lived.world.billing_system
    customer = system.customer(owner, name=PERSONS[owner].name, email="hemma@exempel.se")
    meter, street = f"VM-{customer}", f"Provgatan {customer}"
    agreement = system.agreement(
        customer,
        street=street,
        postal_code="58115",
        city="Exempelstad",
        starts_on=str(date.today() - BEGAN),
        meter_number=meter,
        digits=5,
        start_value=start_m3,
        expected_yearly_use=yearly_m3,
    )
    return Home(lived, customer, agreement, meter, street, start_m3)


__all__ = ["Home", "new_home"]

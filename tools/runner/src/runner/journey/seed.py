"""Demo data, brought the way real data comes: as events of the billing system, and by what people do themselves.

Asking twice changes nothing. With ``MINASIDOR_DEMO=0`` only the billing system's customers come; nobody has logged in.
"""

from __future__ import annotations

import os
import sys
from datetime import date, timedelta
from typing import Any

from runner.journey.people import World
from runner.journey.world import from_environment

TOLVAN, KARIN, ERIK, ASA, SARA, MARTA, EBBA, GUNVOR, LINNEA = (
    "191212121212",
    "199908072391",
    "199006022397",
    "199107172380",
    "199610202385",
    "199312172381",
    "200001052380",
    "194408139089",
    "200001012384",
)
HOME, SUMMER_HOUSE, MOVED_IN = "100001", "100002", "100003"
COMPANY, TWO_SIGN, ASSOCIATION = "100010", "100011", "100012"
HOME_START_M3, SUMMER_START_M3, TWO_SIGN_START_M3 = 1021, 402, 8_150
"""What the meters showed when the agreements began: 25, 18 and 15 months ago."""


def persons() -> list[tuple[str, str, str]]:
    """Personal number, name and what one finds there."""
    return [
        (KARIN, "Karin Test Persson", "two homes; two years with a leak, invoices in every state; somebody to approve"),
        (LINNEA, "Linnéa Test Åkerlund", "Karin's partner: may act for the home, by invitation"),
        (
            ERIK,
            "Erik Test Lindqvist",
            "Norrskogens Fastigheter AB, opened by him and Åsa together; somebody asks for access",
        ),
        (MARTA, "Märta Test Sjögren", "Björkdalens Redovisning AB, 552000-0034: Sara has asked, her yes is missing"),
        (TOLVAN, "Tolvan Tolvansson", "may open Granbackens Energi AB, 552000-0018, alone"),
        (EBBA, "Ebba Test Håkansson", "has just become a customer: not through yet"),
        (GUNVOR, "Gunvor Test Ahlström", "no services; an association not in the register: 892000-0018"),
    ]


def month_start(today: date, months_ago: int) -> date:
    """The first day of the month so many months ago."""
    month = today.year * 12 + today.month - 1 - months_ago
    return date(month // 12, month % 12 + 1, 1)


def bring(world: World, today: date) -> None:
    """Tell the billing system about the demo's customers, unless it knows them."""
    system = world.billing_system
    if system.knows(ASSOCIATION):
        return
    _homes(system, today)
    system.organisation("5520000018", "Granbackens Energi AB", customer_number=COMPANY)
    _water(system, COMPANY, "Industrivägen 3", "58273", today - timedelta(days=500), ("VM-77001", 6, 20_400, 900))
    for age, paid in ((370, True), (280, True), (190, True), (100, True), (10, False)):
        _quarter(system, COMPANY, today - timedelta(days=age), 225 + age % 7, paid=paid)
    system.organisation("5520000026", "Norrskogens Fastigheter AB", customer_number=TWO_SIGN)
    began = month_start(today, 15)
    _water(system, TWO_SIGN, "Skogsbacken 12", "58273", began, ("VM-77002", 6, TWO_SIGN_START_M3, 1400))
    _waste(system, TWO_SIGN, "Skogsbacken 12", "58273", began)
    system.organisation("8920000018", "Solgläntans Samfällighetsförening", customer_number=ASSOCIATION)
    _water(system, ASSOCIATION, "Solgläntan 1", "58115", today - timedelta(days=500), ("VM-77003", 6, 3_020, 2100))


def _homes(system: Any, today: date) -> None:
    homes = (
        (HOME, "Exempelgatan 1", month_start(today, 25), ("VM-48151623", 5, HOME_START_M3, 150)),
        (SUMMER_HOUSE, "Strandvägen 7", month_start(today, 18), ("VM-42108", 5, SUMMER_START_M3, 40)),
    )
    for number, street, starts_on, meter in homes:
        system.customer(KARIN, customer_number=number, name="Karin Test Persson", email="karin@exempel.se")
        _water(system, number, street, "58115", starts_on, meter)
        _waste(system, number, street, "58115", starts_on)


def _water(
    system: Any, customer: str, street: str, postal_code: str, starts_on: date, meter: tuple[str, int, int, int]
) -> None:
    number, digits, start_value, expected = meter
    system.agreement(
        customer,
        agreement_number=f"A-{customer}",
        facility_id=f"VA-{customer}",
        street=street,
        postal_code=postal_code,
        city="Exempelstad",
        starts_on=str(starts_on),
        meter_number=number,
        digits=digits,
        start_value=start_value,
        expected_yearly_use=expected,
    )


def _waste(system: Any, customer: str, street: str, postal_code: str, starts_on: date) -> None:
    system.agreement(
        customer,
        service_area="waste",
        agreement_number=f"R-{customer}",
        street=street,
        postal_code=postal_code,
        city="Exempelstad",
        starts_on=str(starts_on),
    )


def _quarter(system: Any, customer: str, issued: date, m3: int, *, paid: bool) -> None:
    """The invoice of a quarter, unless it was issued before; ``paid`` has the money come in 25 days later."""
    known = {(row["customer_number"], row["issued_on"]) for row in system.state()["invoices"]}
    if (customer, str(issued)) in known:
        return
    invoice = system.invoice(
        customer,
        facility_id=f"VA-{customer}",
        issued_on=str(issued),
        period_from=str(issued - timedelta(days=90)),
        period_to=str(issued - timedelta(days=1)),
        m3=m3,
    )
    if paid:
        system.pay(invoice["ocr"], invoice["total_ore"], str(issued + timedelta(days=25)))


def main() -> int:
    """Bring it."""
    from runner.journey.lived import live

    world, today = from_environment(), date.today()  # noqa: DTZ011 - calendar days of the demo
    bring(world, today)
    if os.environ.get("MINASIDOR_DEMO") != "0":
        live(world, today)
    return 0


if __name__ == "__main__":
    sys.exit(main())

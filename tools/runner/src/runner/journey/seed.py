"""Demo data, brought the way real data comes: as events of the billing system. Asking twice changes nothing."""

from __future__ import annotations

import sys
from datetime import date, timedelta

from runner.journey.people import World
from runner.journey.world import from_environment

KARIN, TOLVAN, ERIK, ASA, EBBA, GUNVOR = (
    "199908072391",
    "191212121212",
    "199006022397",
    "199107172380",
    "200001052380",
    "194408139089",
)
HOME, SUMMER_HOUSE = "100001", "100002"
MOVED_IN, COMPANY = "100003", "100010"


def persons() -> list[tuple[str, str, str]]:
    """Personal number, name and what one finds there."""
    return [
        (KARIN, "Karin Test Persson", "two homes, so two accounts; invoices paid, unpaid and overdue"),
        (TOLVAN, "Tolvan Tolvansson", "may sign alone for 552000-0018, which is a customer"),
        (ERIK, "Erik Test Lindqvist", "signs for 552000-0026 together with Åsa"),
        (EBBA, "Ebba Test Håkansson", "has just become a customer: not through yet"),
        (GUNVOR, "Gunvor Test Ahlström", "no services"),
    ]


def bring(world: World, today: date) -> None:
    """Tell the billing system about the demo's customers, unless it knows them."""
    system = world.billing_system
    if system.knows(HOME):
        return
    for number, street, meter, start in (
        (HOME, "Exempelgatan 1", "VM-48151623", 1180),
        (SUMMER_HOUSE, "Strandvägen 7", "VM-42108", 402),
    ):
        system.customer(KARIN, customer_number=number, name="Karin Test Persson", email="karin@exempel.se")
        system.agreement(
            number,
            agreement_number=f"A-{number}",
            facility_id=f"VA-{number}",
            street=street,
            postal_code="58115",
            city="Exempelstad",
            starts_on=str(today - timedelta(days=400)),
            meter_number=meter,
            digits=5,
            start_value=start,
            expected_yearly_use=150 if number == HOME else 40,
        )
    for age, use, paid in ((370, 38, True), (280, 35, True), (190, 36, True), (100, 71, False), (12, 41, False)):
        issued = today - timedelta(days=age)
        invoice = system.invoice(
            HOME,
            facility_id=f"VA-{HOME}",
            issued_on=str(issued),
            period_from=str(issued - timedelta(days=90)),
            period_to=str(issued - timedelta(days=1)),
            m3=use,
        )
        if paid:
            system.pay(invoice["ocr"], invoice["total_ore"], str(issued + timedelta(days=25)))
    system.organisation("5520000018", "Granbackens Energi AB", customer_number=COMPANY)
    system.agreement(
        COMPANY,
        agreement_number=f"A-{COMPANY}",
        facility_id=f"VA-{COMPANY}",
        street="Industrivägen 3",
        postal_code="58273",
        city="Exempelstad",
        starts_on=str(today - timedelta(days=300)),
        meter_number="VM-77001",
        digits=6,
        start_value=20_400,
        expected_yearly_use=900,
    )
    system.customer(EBBA, customer_number=MOVED_IN, name="Ebba Test Håkansson", email="ebba@exempel.se")


def main() -> int:
    """Bring it."""
    bring(from_environment(), date.today())  # noqa: DTZ011 - calendar days of the demo
    return 0


if __name__ == "__main__":
    sys.exit(main())

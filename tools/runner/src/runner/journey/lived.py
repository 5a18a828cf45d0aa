"""The part of the demo data that people bring about themselves, through the gateway as they would.

Karin has read her meter for two years, with a leak in the summer, and shares her homes; Erik and Åsa have opened their
company's account together; Sara waits for Märta. Each step looks first whether it has been taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any

from runner.journey import seed
from runner.journey.gateway_client import Refused, until
from runner.journey.people import Citizen, World
from runner.journey.seed import ASA, EBBA, ERIK, KARIN, LINNEA, MOVED_IN, SARA
from runner.journey.seed import month_start as month

DAYS_TO_INVOICE, DAYS_TO_PAYMENT = 3, 25
TWO_TOGETHER, BOOKKEEPERS = "5520000026", "5520000034"
USUAL_M3 = 13
"""What a month costs in the home when nothing leaks."""


class Fate(Enum):
    """What became of an invoice that was not simply paid."""

    UNPAID = "not due yet"
    REMINDED = "not paid, and the reminder has been sent"
    PART_PAID = "half of it paid"
    LEAK = "the leak's water was let off by a credit note, the rest paid"
    TWICE = "issued twice by mistake; the second was credited whole"


@dataclass(frozen=True)
class Place:
    """A place whose meter somebody has read on the first of months. Keys are months ago, the oldest first."""

    account: str
    """Part of the account's name."""
    customer_number: str
    start_m3: int
    uses_m3: Mapping[int, int]
    fates: Mapping[int, Fate]


YEAR_BEFORE = (12, 13, 12, 13, 14, 13, 12, 16, 15, 14, 13, 12)
"""To compare with: 24 to 13 months ago."""
YEAR = (12, 13, 14, 13, 12, 12, 13, 14, 31, 47, 13, 12, 12)
"""12 months ago to now. The toilet ran for six weeks before a reading told of it."""
HOME = Place(
    seed.HOME,
    seed.HOME,
    seed.HOME_START_M3,
    dict(zip(range(24, -1, -1), (*YEAR_BEFORE, *YEAR), strict=True)),
    {5: Fate.TWICE, 3: Fate.LEAK, 2: Fate.PART_PAID, 1: Fate.REMINDED, 0: Fate.UNPAID},
)
SUMMER_HOUSE = Place(
    seed.SUMMER_HOUSE, seed.SUMMER_HOUSE, seed.SUMMER_START_M3, {15: 14, 12: 4, 9: 1, 6: 9, 3: 17}, {15: Fate.REMINDED}
)
OFFICES = Place(
    "Norrskogens", seed.TWO_SIGN, seed.TWO_SIGN_START_M3, {12: 342, 9: 351, 6: 338, 3: 329, 0: 347}, {0: Fate.UNPAID}
)


def live(world: World, today: date) -> None:
    """Do it all, unless it has been done."""
    system = world.billing_system
    if system.knows(MOVED_IN):
        return
    people = {
        number: Citizen(world, number, email=f"{name}@exempel.se")
        for number, name in ((KARIN, "karin"), (LINNEA, "linnea"), (ERIK, "erik"), (ASA, "asa"), (SARA, "sara"))
    }
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(_arrive, people.values()))
    _open_companies(people)
    _spend_the_time(people[ERIK], OFFICES, today)
    _spend_the_time(people[KARIN], SUMMER_HOUSE, today)
    _offer_summer_house(people[KARIN], people[SARA])
    _spend_the_time(people[KARIN], HOME, today)
    _share_home(people[KARIN], people[LINNEA])
    _ask_for_company(people[LINNEA])
    # Booked last: it tells the next start that everything above has been done.
    system.customer(EBBA, customer_number=MOVED_IN, name="Ebba Test Håkansson", email="ebba@exempel.se")


def _arrive(person: Citizen) -> None:
    if not person.log_in()["registered"]:
        person.register()


def _open_companies(people: dict[str, Citizen]) -> None:
    for number, company in ((ERIK, TWO_TOGETHER), (ASA, TWO_TOGETHER), (SARA, BOOKKEEPERS)):
        people[number].browser.post("/org-registry/v1/company-accounts", {"organisation_number": company})


def _choose(person: Citizen, name: str) -> None:
    def account() -> Any:
        return next((a for a in person.accounts()["items"] if name in a["display_name"]), None)

    person.choose(until(f"the account {name}", account)["id"])


def _spend_the_time(person: Citizen, place: Place, today: date) -> None:
    _choose(person, place.account)
    _read_meter(person, place, today)
    issued = _billed(person, place, today)
    for months_ago in place.uses_m3:
        _meet_its_fate(person.world.billing_system, issued[months_ago], place.fates.get(months_ago), today)


def _read_meter(person: Citizen, place: Place, today: date) -> None:
    """Readings on the first of months; the leak's is asked about (D24), and she is sure."""
    points = until("the metering point", lambda: person.browser.get("/metering/v1/metering-points")["items"])
    known = {row["read_on"] for row in person.browser.get("/metering/v1/readings?limit=100")["items"]}
    value = place.start_m3
    for months_ago, use in place.uses_m3.items():
        value += use
        read_on = str(month(today, months_ago))
        if read_on in known:
            continue
        body = {"metering_point_id": points[0]["id"], "value_m3": value, "read_on": read_on}
        try:
            person.browser.post("/metering/v1/readings", body)
        except Refused as refused:
            if refused.code != "reading-needs-confirmation":
                raise
            person.browser.post("/metering/v1/readings", body | {"confirmed": True})


def _billed(person: Citizen, place: Place, today: date) -> dict[int, dict[str, Any]]:
    """The billing system bills each reading as if in its month; its invoices by months ago, once they can be seen."""
    system = person.world.billing_system

    def invoices() -> Any:
        system.run_batch(days_after_reading=DAYS_TO_INVOICE)
        rows = {row["period_to"]: row for row in _documents(system, place.customer_number) if row["reading_id"]}
        found = {months_ago: rows.get(str(month(today, months_ago))) for months_ago in place.uses_m3}
        return found if all(found.values()) else None

    issued: dict[int, dict[str, Any]] = until("the readings to be billed", invoices)
    newest = issued[min(issued)]["invoice_number"]

    def seen() -> bool:
        rows = person.browser.get("/billing/v1/invoices?limit=100")["items"]
        return newest in {row["invoice_number"] for row in rows}

    until("the invoices in billing", seen)
    return issued


def _documents(system: Any, customer_number: str) -> list[dict[str, Any]]:
    return [row for row in system.state()["invoices"] if row["customer_number"] == customer_number]


def _meet_its_fate(system: Any, invoice: dict[str, Any], fate: Fate | None, today: date) -> None:
    """Money, a credit note or a reminder, unless it has had its due already."""
    issued_on, amount = date.fromisoformat(invoice["issued_on"]), invoice["total_ore"]
    if fate in {Fate.UNPAID, Fate.REMINDED}:
        if fate is Fate.REMINDED and not _has(system, invoice, "reminder"):
            system.remind(invoice["invoice_number"], str(min(today, issued_on + timedelta(days=45))))
        return
    if invoice["ocr"] in system.state()["paid"]:
        return
    if fate is Fate.TWICE:
        wrong = _again(system, invoice, issued_on)
        _again(system, wrong, issued_on + timedelta(days=4), kind="credit", credits_number=wrong["invoice_number"])
    if fate is Fate.LEAK:
        credit = _again(
            system,
            invoice,
            min(today, issued_on + timedelta(days=20)),
            less_m3=USUAL_M3,
            kind="credit",
            credits_number=invoice["invoice_number"],
            fixed_fees=False,
        )
        amount += credit["total_ore"]
    received_on = str(min(today, issued_on + timedelta(days=DAYS_TO_PAYMENT)))
    system.pay(invoice["ocr"], amount // 2 if fate is Fate.PART_PAID else amount, received_on)


def _has(system: Any, invoice: dict[str, Any], kind: str) -> bool:
    rows = _documents(system, invoice["customer_number"])
    return any(row["kind"] == kind and row["period_to"] == invoice["period_to"] for row in rows)


def _again(system: Any, invoice: dict[str, Any], issued_on: date, *, less_m3: int = 0, **more: Any) -> dict[str, Any]:
    """Another document about the same use."""
    m3 = [float(line["quantity"]) for line in invoice["lines"] if line["unit"] == "m³"]
    body: dict[str, Any] = system.invoice(
        invoice["customer_number"],
        facility_id=invoice["lines"][0]["facility_id"],
        issued_on=str(issued_on),
        period_from=invoice["period_from"],
        period_to=invoice["period_to"],
        m3=round(sum(m3)) - less_m3,
        **more,
    )
    return body


def _share_home(karin: Citizen, linnea: Citizen) -> None:
    """Karin invites her partner to the home and approves her: she sees and does what Karin does (D22)."""
    mark = karin.world.postbox.mark()
    rows = karin.browser.get("/invitations/v1/invitations")["items"]
    if not rows:
        invited = karin.browser.post("/invitations/v1/invitations", {"email": linnea.email})
        linnea.browser.post("/invitations/v1/acceptances", {"token": linnea.invitation_token(since=mark)})
        rows = [invited]
    until("the acceptance", lambda: _approved(karin, rows[0]["id"]))


def _approved(karin: Citizen, invitation_id: str) -> bool:
    row = karin.browser.get(f"/invitations/v1/invitations/{invitation_id}")
    if row["may_decide"]:
        karin.browser.post(f"/invitations/v1/invitations/{invitation_id}/approvals")
    return bool(row["status"] == "approved")


def _ask_for_company(linnea: Citizen) -> None:
    """Ask to be let in to the company of Erik and Åsa: it waits for one of them (FC16)."""
    path = "/org-registry/v1/access-requests"
    if linnea.browser.get(path)["items"]:
        return
    message = "Hej! Jag tar hand om era fakturor från och med nästa månad."
    linnea.browser.post(path, {"organisation_number": TWO_TOGETHER, "message": message})


def _offer_summer_house(karin: Citizen, sara: Citizen) -> None:
    """One has accepted and waits for Karin's approval, with less than she has; one has not answered."""
    if karin.browser.get("/invitations/v1/invitations")["items"]:
        return
    mark = karin.world.postbox.mark()
    karin.browser.post("/invitations/v1/invitations", {"email": sara.email, "read_only": True, "services": ["water"]})
    sara.browser.post("/invitations/v1/acceptances", {"token": sara.invitation_token(since=mark)})
    karin.browser.post("/invitations/v1/invitations", {"email": "granne@exempel.se"})

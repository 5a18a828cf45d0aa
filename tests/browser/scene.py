"""What several journeys begin with: companies of their own, people who act behind the scenes, the account to be in."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

from tests.browser.conftest import Visitor
from tests.conftest import Suite

from runner.journey.gateway_client import until
from runner.journey.people import Citizen

SERIES = "5520"
"""Bolagsverket hands out 556 and 559 to limited companies: these numbers belong to nobody."""


@dataclass(frozen=True)
class Company:
    """A company that only one test knows."""

    number: str
    name: str

    @property
    def written(self) -> str:
        """As people write the number."""
        return f"{self.number[:6]}-{self.number[6:]}"


def account_names(visitor: Visitor) -> list[str]:
    """The accounts that the visitor may choose."""
    visitor.go("/konto")
    return visitor.page.locator(".choice-name").all_inner_texts()


def unused_number(start: str, taken: set[str], first: int = 1000) -> str:
    """An organisation number that begins with ``start`` and is not taken; ``first``: where to begin looking."""
    for serial in count(first):
        digits = f"{start}{serial:0{9 - len(start)}}"
        doubled = "".join(str(int(digit) * (2 - place % 2)) for place, digit in enumerate(digits))
        number = f"{digits}{-sum(map(int, doubled)) % 10}"
        if number not in taken:
            return number
    raise AssertionError


def new_company(lived: Suite, *signatories: str, alone: bool = False) -> Company:
    """Put a company into the register. Several sign together, unless each may ``alone``."""
    register = lived.world.bolagsverket
    number = unused_number(SERIES, {row["number"] for row in register.companies()})
    company = Company(number, f"Provbolaget {number[4:9]} AB")
    rules = [{"alternative": "ENSAM", "persons": list(signatories), "count": 1}] if alone else []
    officers = [{"person": person, "roles": ["LE"]} for person in signatories]
    register.put_company(number, name=company.name, form="AB", officers=officers, rules=rules)
    an_hour_passes(lived)
    return company


def an_hour_passes(lived: Suite) -> None:
    """Forget the tries to open company accounts and the uploads: both are limited by the hour (C26, C30)."""
    for table in ("company_attempt", "company_attempt_network", "power_upload"):
        lived.query("org-registry", f"DELETE FROM {table} RETURNING 1")  # noqa: S608 - names of ours


def run_job(lived: Suite, service: str, job: str) -> None:
    """Run a service's job now, as its operator does."""
    told = lived.planner.environment | lived.planner._told(service)
    command = [sys.executable, "-m", "chassis", service, "jobs", "run", job]
    subprocess.run(command, env=os.environ | told, check=True, capture_output=True, timeout=60)


@dataclass
class Crew:
    """People who do behind the scenes, through the API, what a test needs done before it begins."""

    lived: Suite
    present: dict[str, Citizen] = field(default_factory=dict)

    def __getitem__(self, number: str) -> Citizen:
        """Somebody, logged in and registered."""
        if number not in self.present:
            citizen = self.lived.citizen(number)
            citizen.log_in()
            if not citizen.session["registered"]:
                citizen.register()
            self.present[number] = citizen
        return self.present[number]

    def company(self, owner: str, *others: str) -> tuple[Company, str]:
        """A company's open account, with its owner in it; returns the company and the account's id."""
        company = new_company(self.lived, owner, *others, alone=bool(others))
        opened = self[owner].browser.post("/org-registry/v1/company-accounts", {"organisation_number": company.number})
        return company, opened["account_id"]

    def invite(self, inviter: str, account_id: str, address: str, **extent: Any) -> str:
        """Somebody lets an address in; returns the link of the mail."""
        mark = self.lived.world.postbox.mark()
        person = self[inviter]
        if person.browser.account_id != account_id:
            person.choose(account_id)
        body = {"email": address} | extent
        sent = until(
            "invitations to know the account",
            lambda: person.browser.send("POST", "/api/invitations/v1/invitations", body).status == 201,
        )
        assert sent
        return mailed_link(self.lived, address, mark)

    def accept(self, guest: str, link: str) -> None:
        """Whom the mail came to says yes."""
        self[guest].browser.post("/invitations/v1/acceptances", {"token": link.partition("#")[2]})

    def let_in(self, inviter: str, account_id: str, guest: str, **extent: Any) -> None:
        """Invited, accepted, approved, and there."""
        address = f"{guest}-{self.lived.world.postbox.mark()}@exempel.se"
        self.accept(guest, self.invite(inviter, account_id, address, **extent))
        browser = self[inviter].browser
        rows = browser.get("/invitations/v1/invitations?limit=100")["items"]
        waiting = next(row["id"] for row in rows if row["status"] == "accepted" and row["may_decide"])
        browser.post(f"/invitations/v1/invitations/{waiting}/approvals")
        until("the access", lambda: account_id in {row["id"] for row in self[guest].accounts()["items"]})


def mailed_link(lived: Suite, address: str, since: int, part: str = "/inbjudan#") -> str:
    """The link with ``part`` in a mail that came after the mark ``since``."""
    box = lived.world.postbox

    def found() -> str:
        texts = [mail["text"] for mail in box.messages(address, since=since, kind="mail")]
        links = [word for text in texts for word in text.split() if word.startswith("http") and part in word]
        return links[-1] if links else ""

    return until(f"a mail to {address} with {part}", found, timeout=20)


def supply(lived: Suite, company: Company, street: str = "Provgatan 3") -> str:
    """The company buys water and has its waste collected; returns the number of the water meter."""
    system = lived.world.billing_system
    customer = system.organisation(company.number, company.name)
    place = {"street": street, "postal_code": "58273", "city": "Exempelstad"}
    place["starts_on"] = str(date.today() - timedelta(days=400))
    meter = f"VM-{customer}"
    system.agreement(customer, meter_number=meter, digits=6, start_value=100, expected_yearly_use=900, **place)
    system.agreement(customer, service_area="waste", **place)
    return meter


def open_link(guest: Visitor, link: str) -> None:
    """Open the mail's link; without script one pastes it."""
    guest.page.goto("about:blank")
    guest.page.goto(link)
    if not guest.look.script:
        guest.page.get_by_label(guest.words("Länken i mejlet", "The link in the e-mail")).fill(link)
        guest.press(guest.words("Öppna inbjudan", "Open the invitation"))
    guest.page.wait_for_url("**/inbjudan/svar")


def unfold(visitor: Visitor, text: str) -> None:
    """Open what asks before something is done: a dialog, without script what folds out."""
    visitor.page.locator("main summary, main button").filter(has_text=text).first.click()

"""Customer service stops an account, and corrects a wrong link: through the gateway, in every service it concerns."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.security.stage import home

from runner.journey.gateway_client import until
from runner.journey.staff import STAFF

pytestmark = pytest.mark.journey

LINNEA = "200001012384"
INVOICES, POINTS = "/api/billing/v1/invoices", "/api/metering/v1/metering-points"


@pytest.fixture(scope="module")
def customer_number(suite):
    return home(suite, LINNEA)


@pytest.fixture(scope="module")
def owner(suite, customer_number):
    """The owner of a home of its own in this file, with an invoice."""
    someone = suite.citizen(LINNEA, email="linnea.koppling@exempel.se")
    someone.log_in()
    if not someone.session["registered"]:
        someone.register()
    name = f"Privatkonto {customer_number}"
    account = until(
        "the account", lambda: [item for item in someone.accounts()["items"] if item["display_name"] == name]
    )[0]
    someone.choose(account["id"])
    today = date.today()
    suite.world.billing_system.invoice(
        customer_number,
        issued_on=str(today),
        period_from=str(today - timedelta(days=31)),
        period_to=str(today - timedelta(days=1)),
        m3=12,
    )
    until("the invoice", lambda: total(someone, INVOICES) == (200, 1))
    until("the metering point", lambda: total(someone, POINTS) == (200, 1))
    return someone


@pytest.fixture(scope="module")
def desk(suite):
    """Somebody at customer service."""
    someone = suite.citizen(STAFF)
    someone.log_in()
    if not someone.session["registered"]:
        someone.register()
    return someone


def total(person, path):
    answer = person.browser.send("GET", path)
    return answer.status, answer.body["total"] if answer.status == 200 else answer.body["code"]


def test_FB12_a_suspended_account_is_closed_at_once_and_says_why(suite, owner, desk):
    account = owner.browser.account_id
    body = {"account_id": account, "reason": "authority-unclear", "note": "Ärende 4711"}
    made = desk.browser.post("/org-registry/v1/staff/account-suspensions", body)
    until("the reads of this second to be over", lambda: total(owner, INVOICES) == (403, "account-suspended"), 2)
    assert total(owner, POINTS) == (403, "account-suspended")
    [item] = [item for item in owner.accounts()["items"] if item["id"] == account]
    assert "utreder vem som får företräda det" in item["notice"]
    choosing = owner.browser.send("PUT", "/api/identity/v1/session/account", {}, account=account)
    assert (choosing.status, choosing.body["code"]) == (403, "account-suspended")
    desk.browser.post(f"/org-registry/v1/staff/account-suspensions/{made['id']}/resumptions", {"note": "Utrett"})
    until("the account to be open again", lambda: total(owner, INVOICES) == (200, 1), 5)


def test_FK16_a_wrong_link_is_parted_and_can_be_joined_again(suite, owner, desk, customer_number):
    body = {"customer_number": customer_number, "reason": "Fel person i kundregistret"}
    made = desk.browser.post("/org-registry/v1/staff/link-corrections", body)
    until("the owner to be out", lambda: total(owner, INVOICES) == (403, "no-access"), 2)
    lifts = f"/org-registry/v1/staff/link-corrections/{made['id']}/lifts"
    desk.browser.post(lifts, {"reason": "Det var rätt person"})
    until("the owner to be in again", lambda: total(owner, INVOICES) == (200, 1))
    until("the metering point", lambda: total(owner, POINTS) == (200, 1))

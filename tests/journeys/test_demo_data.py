"""What ``up`` brings to look at: it comes through the front doors, once, and leaves the demo room."""

from __future__ import annotations

from datetime import date

import pytest
from tests.conftest import running_suite

from runner.journey.gateway_client import until
from runner.journey.lived import HOME, live
from runner.journey.seed import ERIK, GUNVOR, KARIN, LINNEA, MARTA, SARA, bring, month_start
from runner.journey.story import Story
from sim_bolagsverket.companies import MANAGING_DIRECTOR

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A suite with all of the demo data."""
    with running_suite(tmp_path_factory.mktemp("told"), MINASIDOR_DEMO="1") as started:
        yield started


def entered(suite, number, account):
    person = suite.citizen(number)
    person.log_in()
    chosen = until(account, lambda: [a for a in person.accounts()["items"] if account in a["display_name"]])[0]
    person.choose(chosen["id"])
    return person.browser, chosen


def invoices(browser):
    return browser.get("/billing/v1/invoices?limit=100")["items"]


def test_B_17_a_year_of_readings_shows_the_leak_and_every_month_between_is_measured(told):
    browser, _ = entered(told, KARIN, "100001")
    point = browser.get("/metering/v1/metering-points")["items"][0]
    today = date.today()
    for months_ago, use in list(HOME.uses_m3.items())[1:]:
        began = month_start(today, months_ago + 1)
        found = browser.get(f"/metering/v1/consumption?metering_point_id={point['id']}&year={began.year}")
        month = found["months"][began.month - 1]
        assert (month["use_litres"], month["quality"]) == (use * 1000, "measured"), began
    readings = browser.get("/metering/v1/readings?limit=100")["items"]
    assert {row["check_reason"] for row in readings} == {None, "high"}


def test_D8_invoices_of_every_state_are_there_and_an_old_unpaid_one(told):
    browser, _ = entered(told, KARIN, "100001")
    shown = {(row["kind"], row["document_status"], row["payment_status"], row["overdue"]) for row in invoices(browser)}
    assert shown >= {
        ("invoice", "issued", "paid", False),
        ("invoice", "issued", "unpaid", False),
        ("invoice", "issued", "unpaid", True),
        ("invoice", "issued", "part-paid", True),
        ("invoice", "credited", "nothing-due", False),
        ("credit", "issued", "nothing-due", False),
        ("reminder", "issued", "unpaid", False),
    }
    browser, _ = entered(told, KARIN, "100002")
    oldest = min(invoices(browser), key=lambda row: row["issued_on"])
    assert (oldest["payment_status"], oldest["overdue"]) == ("unpaid", True)
    assert oldest["issued_on"] < str(month_start(date.today(), 12))


def test_D22_the_partner_sees_the_same_and_T49_others_stand_with_their_status(told):
    own, _ = entered(told, KARIN, "100001")
    partners, account = entered(told, LINNEA, "100001")
    assert account["role"] == "delegate"
    assert invoices(own) == invoices(partners)
    own, _ = entered(told, KARIN, "100002")
    statuses = {row["status"]: row for row in own.get("/invitations/v1/invitations")["items"]}
    assert set(statuses) == {"sent", "accepted"}
    assert statuses["accepted"]["may_decide"] is True
    assert statuses["accepted"]["read_only"] is True


def test_D10_one_company_is_opened_by_two_and_one_waits_for_the_second(told):
    _, account = entered(told, ERIK, "Norrskogens")
    assert account["role"] == "signatory"
    sara, marta, gunvor = (told.citizen(number) for number in (SARA, MARTA, GUNVOR))
    for person in (sara, marta, gunvor):
        person.log_in()
    assert sara.accounts()["status"] == "pending"
    assert gunvor.accounts()["status"] == "none"
    opened = marta.browser.post("/org-registry/v1/company-accounts", {"organisation_number": MANAGING_DIRECTOR})
    assert opened["status"] == "opened"


def test_FC16_somebody_waits_to_be_let_in_to_the_company(told):
    browser, _ = entered(told, ERIK, "Norrskogens")
    path = "/org-registry/v1/account-access-requests"
    [row] = until("the request to be looked up", lambda: browser.get(path)["items"], 30)
    assert row["name"] == "Linnéa Test Åkerlund"
    assert "fakturor" in row["message"]


def test_bringing_it_again_changes_nothing_and_the_demo_still_works(told):
    before = told.world.billing_system.state()
    for step in (bring, live):
        step(told.world, date.today())
    assert told.world.billing_system.state() == before
    assert Story(told.world, lambda _: None).run()["invoice"]["payment_status"] == "paid"


def test_what_was_cut_short_is_taken_up_where_it_ended(told, monkeypatch):
    browser, _ = entered(told, KARIN, "100001")
    before = invoices(browser), browser.get("/metering/v1/readings?limit=100")["total"]
    state = told.world.billing_system.state()
    knows = type(told.world.billing_system).knows
    monkeypatch.setattr(
        type(told.world.billing_system), "knows", lambda self, number: number != "100003" and knows(self, number)
    )
    live(told.world, date.today())
    assert (invoices(browser), browser.get("/metering/v1/readings?limit=100")["total"]) == before
    assert len(told.world.billing_system.state()["invoices"]) == len(state["invoices"])

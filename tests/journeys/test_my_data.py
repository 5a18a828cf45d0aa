"""My data, through the gateway alone: an export over all services, an erasure as far as the law allows (B-21, J8)."""

from __future__ import annotations

import io
import json
import signal
import zipfile
from contextlib import contextmanager
from datetime import date, timedelta

import pytest

from contracts.catalogue import SERVICES
from runner.journey.gateway_client import Browser, Refused, until
from sim_bankid.persons import PERSONS

pytestmark = pytest.mark.journey

MARTA, MOA = "199312172381", "201001192382"
INVITED = "en.annan.person@exempel.se"
EXPORTS, ERASURES = "/identity/v1/data-exports", "/identity/v1/erasures"


def a_home(suite, number, email):
    """A customer with water; returns customer number and agreement number."""
    system = suite.world.billing_system
    customer = system.customer(number, name=PERSONS[number].name, email=email)
    agreement = system.agreement(
        customer,
        street="Dataskyddsgatan 5",
        postal_code="58115",
        city="Exempelstad",
        starts_on=str(date.today() - timedelta(days=200)),
        meter_number=f"VM-{customer}",
        digits=5,
        start_value=1000,
        expected_yearly_use=75,
    )
    return customer, agreement


def enter(suite, number, customer, email):
    """Log in and choose the account of this customer."""
    person = suite.citizen(number, email=email)
    person.log_in()
    if not person.session["registered"]:
        person.register()
    name = f"Privatkonto {customer}"
    account = until(
        "the account", lambda: next((one for one in person.accounts()["items"] if one["display_name"] == name), None)
    )
    person.choose(account["id"])
    return person


def invoiced(suite, person, customer):
    """An invoice that the person can see; returns it as the billing system knows it."""
    today = date.today()
    made = suite.world.billing_system.invoice(
        customer,
        issued_on=str(today),
        period_from=str(today - timedelta(days=90)),
        period_to=str(today - timedelta(days=1)),
        m3=12,
    )
    until("the invoice", lambda: invoice_of(person, made["invoice_number"]))
    return made


def invoice_of(person, number):
    items = person.browser.get("/billing/v1/invoices?limit=100")["items"]
    return next((one for one in items if one["invoice_number"] == number), None)


def finished(person, path, made, timeout=30):
    """The request once nobody is awaited any more."""
    return until(
        f"{path} to be finished",
        lambda: (now := person.browser.get(f"{path}/{made['id']}"))["status"] != "collecting" and now,
        timeout,
    )


@contextmanager
def standing_still(suite, name):
    """A worker that does nothing for a while, as one on a machine that is away."""
    suite.kill(name, signal.SIGSTOP)
    try:
        yield
    finally:
        suite.kill(name, signal.SIGCONT)


@pytest.fixture
def marta(suite):
    customer, _ = a_home(suite, MARTA, "marta.data@exempel.se")
    person = enter(suite, MARTA, customer, "marta.data@exempel.se")
    person.customer = customer
    return person


def test_B_21_FJ8_one_file_holds_what_every_service_has_of_me_and_nobody_elses_data(suite, marta):
    browser = marta.browser
    invoice = invoiced(suite, marta, marta.customer)
    suite.world.billing_system.pay(invoice["ocr"], invoice["total_ore"])
    point = until("the place", lambda: browser.get("/metering/v1/metering-points")["items"])[0]
    browser.post(
        "/metering/v1/readings",
        {"metering_point_id": point["id"], "value_m3": 1020, "read_on": str(date.today())},
    )
    until("to be allowed to invite", lambda: _invites(browser))
    until("the payment", lambda: invoice_of(marta, invoice["invoice_number"])["payment_status"] == "paid")
    until("the log of it", lambda: "submit_reading" in str(browser.get("/activity/v1/activities")["items"]))
    address = browser.get("/identity/v1/me")["email"]
    before = suite.world.postbox.mark()

    made = browser.post(EXPORTS)
    with pytest.raises(Refused) as refused:
        browser.post(EXPORTS)
    assert (refused.value.status, refused.value.code) == (409, "data-export-under-way")
    ready = finished(marta, EXPORTS, made)
    assert (ready["status"], ready["missing"]) == ("ready", [])
    assert {part["service"] for part in ready["parts"]} == set(SERVICES)
    mail = suite.world.postbox.wait_for_mail(address, subject_contains="klara att hämta", since=before, timeout=20)
    assert any(link.endswith("/installningar/mina-uppgifter") for link in mail["links"])

    answer = browser.send("GET", f"/api{EXPORTS}/{made['id']}/file")
    assert answer.status == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer.headers["Cache-Control"]
    archive = zipfile.ZipFile(io.BytesIO(answer.body))
    assert {name.split("/")[0] for name in archive.namelist()} == {*SERVICES, "index.html", "README.txt"}

    def content(name):
        return json.loads(archive.read(f"{name}.json"))

    assert content("identity/person")["person"]["personal_number"] == MARTA
    assert content("identity/logins")
    assert content("identity/terms")
    bill = next(one for one in content("billing/invoices") if one["invoice_number"] == invoice["invoice_number"])
    assert (bill["total_ore"], bill["remaining_ore"]) == (invoice["total_ore"], 0)
    assert bill["lines"]
    assert content("billing/payments")
    assert any(one["value_m3"] == 1020 and one["submitted_by_me"] for one in content("metering/readings"))
    assert any(row["role"] == "owner" for row in content("org-registry/memberships")["my_memberships"])
    assert content("notify/notices")
    assert any(
        one["address_masked"].endswith("@exempel.se") for one in content("invitations/invitations")["invitations"]
    )
    assert any(one["action"] == "submit_reading" and one["by"] == "me" for one in content("activity/activities"))
    whole = b"".join(archive.read(name) for name in archive.namelist())
    assert INVITED.encode() not in whole
    assert b"<script" not in archive.read("index.html").lower()
    stranger = suite.citizen("199908072391")
    stranger.log_in()
    assert stranger.browser.send("GET", f"/api{EXPORTS}/{made['id']}/file").status == 404
    assert Browser(suite.world.gateway_url).send("GET", f"/api{EXPORTS}/{made['id']}/file").status == 401


def _invites(browser):
    try:
        return browser.post("/invitations/v1/invitations", {"email": INVITED})
    except Refused as refused:
        if refused.status == 503:  # the right has not been told of yet
            return None
        raise


def test_FJ8_a_service_that_is_away_is_waited_for_by_name_and_then_it_completes(suite, marta):
    with standing_still(suite, "metering.worker"):
        made = marta.browser.post(EXPORTS)
        waiting = until(
            "the others to have answered",
            lambda: (now := marta.browser.get(f"{EXPORTS}/{made['id']}"))["waiting_for"] == ["metering"] and now,
            30,
        )
        assert waiting["status"] == "collecting"
        assert marta.browser.send("GET", f"/api{EXPORTS}/{made['id']}/file").body["code"] == "data-export-not-ready"
    ready = finished(marta, EXPORTS, made, 60)
    assert (ready["status"], ready["missing"], ready["waiting_for"]) == ("ready", [], [])


def test_FJ8_FJ10_who_may_not_be_erased_reads_why_then_it_is_done_and_the_receipt_says_what_is_kept(suite):
    email = "moa.radera@exempel.se"
    customer, agreement = a_home(suite, MOA, email)
    moa = enter(suite, MOA, customer, email)
    invoice = invoiced(suite, moa, customer)
    address = moa.browser.get("/identity/v1/me")["email"]
    person_id = moa.browser.get("/identity/v1/me")["person_id"]

    refused = finished(moa, ERASURES, moa.browser.post(ERASURES, {"confirm": True}))
    assert refused["status"] == "refused"
    assert {reason["code"] for reason in refused["reasons"]} == {"active-agreement", "unpaid-invoice"}
    assert moa.browser.get("/identity/v1/me")["person_id"] == person_id

    suite.world.billing_system.end_agreement(agreement, str(date.today() - timedelta(days=1)))
    suite.world.billing_system.pay(invoice["ocr"], invoice["total_ore"])
    until("the payment", lambda: invoice_of(moa, invoice["invoice_number"])["payment_status"] == "paid")
    until("the end of the agreement", lambda: moa.accounts()["status"] == "none")
    before = suite.world.postbox.mark()
    made = moa.browser.post(ERASURES, {"confirm": True})
    receipts = f"/api/identity/v1/erasure-receipts/{made['id']}"
    anybody = Browser(suite.world.gateway_url)
    receipt = until(
        "the erasure to be done",
        lambda: (now := anybody.send("GET", receipts)).status == 200 and now.body["status"] == "done" and now.body,
        30,
    )
    until("the session to be out", lambda: moa.browser.send("GET", "/api/identity/v1/me").status == 401, 3)
    reports = {report["service"]: report for report in receipt["reports"]}
    assert set(reports) == set(SERVICES)
    kept = {one["what"]: one for one in reports["billing"]["kept"]}
    assert kept["Fakturor med rader och moms"]["until"] == f"{date.today().year + 7}-12-31"
    assert "okföringslagen" in kept["Fakturor med rader och moms"]["why"]
    assert any("personnummer" in what for what in reports["identity"]["erased"])
    mail = suite.world.postbox.wait_for_mail(address, subject_contains="är raderade", since=before, timeout=20)
    assert any(made["id"] in link for link in mail["links"])
    english = anybody.send("GET", receipts, headers={"Accept-Language": "en"}).body
    assert any("Bookkeeping" in one["why"] for report in english["reports"] for one in report["kept"])

    again = suite.citizen(MOA)
    again.log_in()
    assert again.session["registered"] is False
    assert again.browser.get("/identity/v1/me")["person_id"] != person_id
    assert again.accounts()["items"] == []


def test_FJ10_what_is_kept_how_long_and_why_can_be_read_by_anybody(suite):
    items = Browser(suite.world.gateway_url).get("/identity/v1/retention")["items"]
    assert {item["service"] for item in items} == set(SERVICES)
    assert any("Sju år" in item["kept_for"] for item in items)

"""The activity log and customer service's view, through the gateway alone; the verifier as an operator runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date

import pytest
from tests.security.stage import home

from runner.journey.gateway_client import Browser, Refused, until
from runner.journey.staff import STAFF
from sim_bankid.persons import PERSONS

pytestmark = pytest.mark.journey

OWNER, DELEGATE = "199312172381", "199610202385"
OWNERS_MAIL, DELEGATES_MAIL = "agare.logg@exempel.se", "ombud.logg@exempel.se"
WHY = "Kunden ringde om sin faktura"
LOG, MINE = "/activity/v1/account-activities?limit=100", "/activity/v1/activities?limit=100"
READING = "Skickade in en mätarställning"


def acts(person, path=LOG, **wanted):
    """The items of a log that have these values; ``kind`` is the actor's."""
    items = person.browser.get(path)["items"]
    flat = [item | {"kind": item["actor"]["kind"], "name": item["actor"]["name"]} for item in items]
    return [item for item in flat if all(item[name] == value for name, value in wanted.items())]


@pytest.fixture(scope="module")
def customer_number(suite):
    return home(suite, OWNER)


@pytest.fixture(scope="module")
def owner(suite, customer_number):
    """The owner of a home of its own in this file, acting for it."""
    someone = suite.citizen(OWNER, email=OWNERS_MAIL)
    someone.log_in()
    if not someone.session["registered"]:
        someone.register()
    name = f"Privatkonto {customer_number}"
    account = until(
        "the account", lambda: [item for item in someone.accounts()["items"] if item["display_name"] == name]
    )[0]
    someone.choose(account["id"])
    return someone


@pytest.fixture(scope="module")
def delegate(suite, owner):
    """Somebody whom the owner has let in."""
    someone = suite.citizen(DELEGATE, email=DELEGATES_MAIL)
    someone.log_in()
    if not someone.session["registered"]:
        someone.register()
    mark = suite.world.postbox.mark()
    invited = until("the right to invite", lambda: _invite(owner))
    token = someone.invitation_token(since=mark)
    someone.browser.post("/invitations/v1/acceptances", {"token": token})
    owner.browser.post(f"/invitations/v1/invitations/{invited['id']}/approvals")
    account_id = str(owner.browser.account_id)
    until("the access", lambda: account_id in {item["id"] for item in someone.accounts()["items"]})
    someone.choose(account_id)
    return someone


def _invite(owner):
    try:
        return owner.browser.post("/invitations/v1/invitations", {"email": DELEGATES_MAIL})
    except Refused as refused:
        if refused.status not in {403, 409}:
            raise
        return None


@pytest.fixture
def staff(suite):
    """A member of customer service who has logged in just now, in a browser of her own."""
    someone = suite.citizen(STAFF)
    until("the role", lambda: "customer-service" in someone.log_in()["staff"], timeout=30)
    return someone


def test_FC19_FJ6_the_owner_sees_what_the_delegate_has_done_and_the_delegate_only_his_own(owner, delegate):
    point = until("the metering point", lambda: delegate.browser.get("/metering/v1/metering-points")["items"])[0]
    reading = {
        "metering_point_id": point["id"],
        "value_m3": point["last_reading"]["value_m3"] + 20,
        "read_on": str(date.today()),
    }
    made = delegate.browser.post("/metering/v1/readings", reading)
    name = PERSONS[DELEGATE].name
    [seen] = until("the owner to see it, with the name", lambda: acts(owner, text=READING, kind="member", name=name))
    assert (seen["service"], seen["action"], seen["account_id"]) == (
        "metering",
        "submit_reading",
        str(owner.browser.account_id),
    )
    assert acts(owner, kind="me", action="create_invitation")
    assert acts(owner, kind="me", action="approve_invitation")
    assert until("the grant", lambda: acts(owner, kind="system", action="grant_membership"))
    assert {item["kind"] for item in acts(delegate)} == {"me"}
    assert len(acts(delegate, MINE, text=READING)) == 1
    assert not acts(owner, MINE, text=READING), "what somebody else has done for the account is not one's own"
    assert made["id"]


def test_B_22_FK9_FK10_customer_service_looks_by_consent_is_seen_doing_so_and_changes_nothing(
    suite, owner, staff, customer_number
):
    desk, account_id = staff.browser, str(owner.browser.account_id)
    [found] = desk.post(
        "/org-registry/v1/staff/customer-searches", {"customer_number": customer_number, "reason": WHY}
    )["items"]
    assert (found["account_id"], found["support_access_until"]) == (account_id, None)
    view = {"account_id": account_id, "reason": WHY}
    with pytest.raises(Refused) as refused:
        desk.post("/org-registry/v1/staff/support-views", view)
    assert refused.value.code == "support-access-missing"

    mark = suite.world.postbox.mark()
    consent = owner.browser.post("/org-registry/v1/support-accesses", {"hours": 2})
    with pytest.raises(Refused) as refused:
        staff.choose(account_id)
    assert refused.value.code == "no-access", "consent without a view and its reason opens nothing"
    desk.post("/org-registry/v1/staff/support-views", view)
    staff.choose(account_id)
    session = desk.get("/identity/v1/session")
    assert (session["account_id"], session["account_role"]) == (account_id, "support")
    desk.get("/billing/v1/invoices")
    for method, path, body in (
        ("POST", "/org-registry/v1/support-accesses", {"hours": 1}),
        ("POST", "/invitations/v1/invitations", {"email": "x@exempel.se"}),
        ("POST", "/metering/v1/readings", {}),
    ):
        with pytest.raises(Refused) as refused:
            desk.call(method, path, body)
        assert (refused.value.status, refused.value.code) == (403, "forbidden"), path

    page = until("the page in the owner's log", lambda: acts(owner, kind="support", service="billing"))[0]
    assert (page["text"].split(":")[0], page["name"]) == ("Tittade på", "Kundservice")
    for action in ("search_customer", "open_support_view"):
        [seen] = until(f"{action} in the owner's log", lambda action=action: acts(owner, kind="support", action=action))
        assert seen["reason"] == WHY
    [listed] = owner.browser.get("/org-registry/v1/support-accesses")["items"]
    [look] = listed["views"]
    assert (listed["id"], look["reason"]) == (consent["id"], WHY)
    assert look["staff_name"].endswith(", kundservice")
    mail = suite.world.postbox.wait_for_mail(OWNERS_MAIL, subject_contains="Kundservice tittar", since=mark, timeout=20)
    assert WHY not in mail["text"]
    assert acts(staff, MINE, kind="me", action="open_support_view"), "who works there sees the own acts, too"

    customers_page = desk.cookies["__Host-sid"]
    staff.leave()
    assert desk.get("/identity/v1/session")["account_id"] is None
    with pytest.raises(Refused) as refused:
        desk.get("/billing/v1/invoices")
    assert refused.value.code == "account-not-chosen", "out of the customer's page at once"
    left = Browser(desk.base_url)
    left.cookies["__Host-sid"] = customers_page
    until(
        "the page that was left to be shut",
        lambda: left.send("GET", "/api/billing/v1/invoices").status == 401,
        timeout=2,
    )
    assert until("the leaving in the own log", lambda: acts(staff, MINE, kind="me", action="leave_account"))
    staff.choose(account_id)  # the view is open for its hour

    owner.browser.delete(f"/org-registry/v1/support-accesses/{consent['id']}")
    until("the view to end", lambda: desk.send("GET", "/api/billing/v1/invoices").status == 403, timeout=2)
    with pytest.raises(Refused) as refused:
        desk.post("/org-registry/v1/staff/support-views", view)
    assert refused.value.code == "support-access-missing"


def test_FK10_with_the_broker_stopped_an_ended_consent_ends_the_view_all_the_same(suite, owner, staff):
    desk, account_id = staff.browser, str(owner.browser.account_id)
    consent = owner.browser.post("/org-registry/v1/support-accesses", {"hours": 2})
    desk.post("/org-registry/v1/staff/support-views", {"account_id": account_id, "reason": WHY})
    staff.choose(account_id)
    assert desk.send("GET", "/api/billing/v1/invoices").status == 200
    suite.broker.stop_app()
    try:
        owner.browser.delete(f"/org-registry/v1/support-accesses/{consent['id']}")
        until("the view to end", lambda: desk.send("GET", "/api/billing/v1/invoices").status == 403, timeout=2)
    finally:
        suite.broker.start_app()
        until("the broker to be back", lambda: not suite.troubled(), timeout=60)
    until("what happened meanwhile in the log", lambda: acts(owner, kind="me", action="end_support_access"), timeout=60)


def test_C37_an_operator_verifies_every_chain_against_the_anchors_of_the_other_service(suite, owner, tmp_path):
    file = tmp_path / "anchors.jsonl"

    def run(*arguments):
        told = suite.planner.environment | suite.planner._told(arguments[0])
        command = [sys.executable, "-m", "chassis", *arguments]
        return subprocess.run(command, env=os.environ | told, capture_output=True, text=True, timeout=60, check=False)

    chain_id = owner.browser.account_id
    assert run("activity", "jobs", "run", "anchor-chains").returncode == 0

    def exported():
        assert run("org-registry", "admin", "export-activity-anchors", "--to", str(file)).returncode == 0
        return str(chain_id) in file.read_text()

    until("the anchor in the other service", exported, timeout=30)
    verified = run("activity", "admin", "verify-chains", "--anchors", str(file))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    report = json.loads(verified.stdout)
    assert report["differences"] == 0
    assert report["anchors"] >= 1
    assert report["entries"] > report["chains"] > 1

    lines = [json.loads(line) for line in file.read_text().splitlines()]
    mine = next(line for line in lines if line["chain_id"] == str(chain_id))
    mine["hash"] = "0" * 64  # as if the log had been written anew since
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = run("activity", "admin", "verify-chains", "--anchors", str(file))
    assert found.returncode == 1
    assert [finding["what"] for finding in json.loads(found.stdout)["findings"]] == ["differs-from-its-anchor"]

"""The broker is stopped, restarted, killed, full: people notice nothing, and everything arrives once."""

from __future__ import annotations

import threading
import time
from datetime import date, timedelta

import pytest
from tests.failures.prover import whole

from runner.journey.gateway_client import Browser, Refused, until
from runner.journey.story import T28
from sim_bolagsverket.companies import ALONE

pytestmark = pytest.mark.failure

SARA, MARTA, EBBA, LINNEA, TOLVAN = "199610202385", "199312172381", "200001052380", "200001012384", "191212121212"
GUEST = "gast@exempel.se"
LOOP_SECONDS = 0.05
REVOKED_SECONDS = 1.0
REFUSED = {403, 404}
RECONNECT_SECONDS = 5.0
BLOCKED_SECONDS = 25.0


def enter(suite, number, **more):
    """Logged in and registered."""
    citizen = suite.citizen(number, **more)
    citizen.log_in()
    if not citizen.session["registered"]:
        citizen.register()
    return citizen


def a_customer(prover, number):
    """An owner with an account, chosen, and a metering point."""
    owner = enter(prover.suite, number, email=f"o{number[-4:]}@exempel.se")
    before = {item["id"] for item in owner.accounts()["items"]}
    prover.new_customer(number, starts_on=date.today() - timedelta(days=200))
    new = until("the account", lambda: [row for row in owner.accounts()["items"] if row["id"] not in before], 60)
    owner.choose(new[0]["id"])
    until("the metering point", lambda: owner.browser.get("/metering/v1/metering-points")["items"], 60)
    return owner


def invited(prover, owner, friend):
    """The token that the friend got by mail, and the invitation's id."""
    mark = prover.suite.world.postbox.mark()

    def invite():
        try:
            return owner.browser.post("/invitations/v1/invitations", {"email": friend.email})
        except Refused:  # the service does not know the new account yet
            return None

    invitation = until("the invitation to be taken", invite, 60)
    return friend.invitation_token(since=mark), invitation["id"]


def given_access(prover, owner, friend):
    """The friend is a member; returns the membership's id."""
    token, invitation_id = invited(prover, owner, friend)
    friend.browser.post("/invitations/v1/acceptances", {"token": token})
    owner.browser.post(f"/invitations/v1/invitations/{invitation_id}/approvals")
    account = owner.browser.account_id
    until("the membership", lambda: account in {row["id"] for row in friend.accounts()["items"]}, 60)
    friend.choose(account)
    members = owner.browser.get("/org-registry/v1/memberships")["items"]
    return next(row["id"] for row in members if row["invitation_id"] == invitation_id)


class Reader(threading.Thread):
    """Somebody whose access is taken away goes on asking, twenty times a second (C8)."""

    def __init__(self, citizen):
        super().__init__(daemon=True)
        self.citizen = citizen
        self.answers = []
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(LOOP_SECONDS):
            try:
                status = self.citizen.browser.send("GET", "/api/billing/v1/invoices").status
            except OSError:
                status = 0
            self.answers.append((time.monotonic(), status))

    def last_allowed(self):
        return max((at for at, status in self.answers if status == 200), default=0.0)


class Day:
    """What people do through the gateway, one step after the other; nothing of it may need the broker."""

    def __init__(self, prover):
        """All that has to have arrived before: an owner, a member, somebody with an invitation in the mailbox."""
        self.suite = prover.suite
        self.owner = a_customer(prover, SARA)
        self.account = self.owner.browser.account_id
        self.member = enter(self.suite, MARTA, email="marta@exempel.se")
        self.membership = given_access(prover, self.owner, self.member)
        self.invited = enter(self.suite, EBBA, email="ebba@exempel.se")
        self.token, self.invitation = invited(prover, self.owner, self.invited)
        self.reader = Reader(self.member)
        self.mark = self.suite.world.postbox.mark()
        self.reading = None
        self.refused_after = None

    def live(self):
        """Everything."""
        newcomer = self.log_in_and_register()
        self.owner = enter(self.suite, SARA)
        self.owner.choose(self.account)
        self.report_a_reading()
        self.open_a_company()
        self.invite_accept_approve()
        self.remove_access()
        self.log_out(newcomer)

    def log_in_and_register(self):
        newcomer = self.suite.citizen(LINNEA, email="linnea@exempel.se")
        newcomer.log_in()
        assert newcomer.session["registered"] is False
        newcomer.register()
        assert newcomer.browser.get("/identity/v1/session")["registered"] is True
        return newcomer

    def report_a_reading(self):
        point = self.owner.browser.get("/metering/v1/metering-points")["items"][0]
        body = {
            "metering_point_id": point["id"],
            "value_m3": point["last_reading"]["value_m3"] + 190,
            "read_on": str(date.today()),
        }
        self.reading = self.owner.browser.post("/metering/v1/readings", body)["id"]

    def open_a_company(self):
        signatory = enter(self.suite, TOLVAN)
        opened = signatory.browser.post("/org-registry/v1/company-accounts", {"organisation_number": ALONE})
        assert T28 in str(opened["message"])
        assert opened["account_id"] in {row["id"] for row in signatory.accounts()["items"]}

    def invite_accept_approve(self):
        self.owner.browser.post("/invitations/v1/invitations", {"email": GUEST})
        self.invited.browser.post("/invitations/v1/acceptances", {"token": self.token})
        self.owner.browser.post(f"/invitations/v1/invitations/{self.invitation}/approvals")

    def remove_access(self):
        """C8: the removed one goes on asking all the while."""
        self.reader.start()
        until("the reader to be at it", self.reader.last_allowed, 10)
        self.owner.browser.delete(f"/org-registry/v1/memberships/{self.membership}")
        removed = time.monotonic()
        until("the removed one to be refused", lambda: self.reader.answers[-1][1] in REFUSED, 5)
        self.refused_after = max(0.0, self.reader.last_allowed() - removed)

    def log_out(self, newcomer):
        kept = dict(newcomer.browser.cookies)
        newcomer.browser.delete("/identity/v1/session")
        thief = Browser(self.suite.world.gateway_url, cookies=kept)
        until("the session to be gone", lambda: thief.send("GET", "/api/identity/v1/session").status == 401, 1.0)

    def end(self):
        """The removed one gives up; returns what he was answered after the first refusal."""
        self.reader.over.set()
        if self.reader.is_alive():
            self.reader.join(10)
        last = self.reader.last_allowed()
        return {status for at, status in self.reader.answers if at > last}


def test_with_the_broker_stopped_every_command_of_the_journey_succeeds_and_arrives_once(prover, suite, judged, request):
    day = Day(prover)
    request.addfinalizer(day.end)
    with prover.round("done-when-3") as going:
        suite.broker.stop_app()
        stopped = time.monotonic()
        day.live()
        going.more(8)
        going.notes["broker_stopped_seconds"] = round(time.monotonic() - stopped, 1)
        waiting = suite.query("metering", "SELECT count(*) FROM outbox WHERE published_at IS NULL")[0][0]
        suite.broker.start_app()
        going.more(4)
    going.notes["events_that_waited"] = waiting
    going.notes["access_ended_after_seconds"] = round(day.refused_after, 2)

    verdict = judged(going)
    assert verdict.http_errors == {}
    assert waiting > 0, "nothing waited for the broker: it was not stopped"
    assert day.refused_after <= REVOKED_SECONDS
    assert day.end() <= REFUSED
    assert day.owner.browser.get(f"/metering/v1/readings/{day.reading}")["status"] == "billed"
    assert day.account in {row["id"] for row in day.invited.accounts()["items"]}, "the approval did not arrive"
    mails = [mail for mail in suite.world.postbox.messages(GUEST, since=day.mark) if "nbjud" in mail["subject"]]
    assert len(mails) == 1
    welcomed = suite.query("notify", "SELECT count(*) FROM notification WHERE template = 'registration-welcome'")
    registered = suite.query("identity", "SELECT count(*) FROM outbox WHERE type = 'identity.user.registered.v1'")
    assert welcomed == registered


def test_A6_a_graceful_restart_of_the_broker_costs_nobody_anything(prover, suite, judged):
    pids = suite.pids()
    with prover.round("A6") as going:
        suite.broker.stop_app()
        going.more(8)
        suite.broker.start_app()
        back = time.monotonic()
        whole(suite, 30)
        going.notes["in_touch_after_seconds"] = round(time.monotonic() - back, 1)
        going.more(8)
    verdict = judged(going)
    assert verdict.http_errors == {}
    assert going.notes["in_touch_after_seconds"] <= RECONNECT_SECONDS
    assert suite.pids() == pids


def test_A7_a_killed_broker_has_forgotten_nothing_that_it_confirmed(prover, suite, judged):
    # Queues whose list RabbitMQ has not written yet are forgotten by 3.10: these were declared long ago.
    suite.broker.tool("eval", "[dets:sync(Table) || Table <- dets:all()].")
    pids = suite.pids()
    with prover.round("A7") as going:
        suite.kill("rabbitmq")
        killed = time.monotonic()
        old = {None, pids["rabbitmq"]}
        until("the broker to be started again", lambda: suite.pids().get("rabbitmq") not in old, 60)
        whole(suite, 90)
        going.notes["in_touch_after_seconds"] = round(time.monotonic() - killed, 1)
        going.more(8)
    verdict = judged(going)
    assert verdict.http_errors == {}
    now = suite.pids()
    assert {name for name in pids if now[name] != pids[name]} == {"rabbitmq"}


def test_A13_a_full_disk_at_the_broker_stops_publishing_and_nothing_else(prover, suite, judged):
    pids = suite.pids()
    with prover.round("A13") as going:
        suite.broker.set_disk_free_limit("1000000GB")
        try:
            until(
                "a relay to give up the blocked connection and to go on trying",
                lambda: "ConnectionBlockedTimeout" in suite.log("metering.worker"),
                BLOCKED_SECONDS,
            )
            going.notes["readiness_in_alarm"] = suite.ask("metering.worker")[1].strip()
            going.more(8)
            waiting = suite.query("metering", "SELECT count(*) FROM outbox WHERE published_at IS NULL")[0][0]
        finally:
            suite.broker.set_disk_free_limit("50MB")
        going.more(4)
    going.notes["events_that_waited"] = waiting
    verdict = judged(going)
    assert verdict.http_errors == {}
    assert waiting > 0, "nothing waited: there was no alarm"
    assert suite.ask("metering.worker")[0] == 200
    assert suite.pids() == pids

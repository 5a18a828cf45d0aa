"""The personas of the authorization matrix on the running suite, and an operator's look at what has changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import psycopg
from tests.conftest import Suite

from chassis.testing import wait_for
from runner.journey.gateway_client import Browser, Refused, until
from runner.journey.people import Citizen
from runner.journey.staff import STAFF
from runner.journey.story import Story
from sim_bankid.persons import PERSONS

SARA, MARTA, LINNEA, KARIN = "199610202385", "199312172381", "200001012384", "199908072391"
ERIK, MOA, EBBA, GUNVOR = "199006022397", "201001192382", "200001052380", "194408139089"
NUMBERS = {"A1": SARA, "A2": MARTA, "A3": LINNEA, "B1": KARIN, "M": ERIK, "R": MOA, "read-only": EBBA, "S": STAFF}
CANARY_EMAIL, CANARY_PHONE = "kanarie.sara@exempel.se", "+46701740605"
STREET = "Exempelgatan 1"
NOT_YET = {"invitation-not-allowed", "invitation-membership-pending", "forbidden", "no-access"}
"""What is said while an event about a new membership is on its way."""
SPECIAL = (
    "activity_anchor",
    "anchored",
    "outbox",
    "inbox",
    "inbox_attempt",
    "relay_state",
    "aggregate_seen",
    "dead_letter",
    "idempotency_key",
    "person_name",
)
OK = 200
TOLD_BY_TIME = ("activity.chain.anchored.v1", "identity.person.named.v1")
"""Events that jobs tell by themselves."""
MOVING = {"identity", "notify", "activity"}
"""Services whose rows change by themselves: idle times, deliveries. There the rows are counted, not compared."""


@dataclass
class Stage:
    """Everybody logged in, each with an account active."""

    suite: Suite
    people: dict[str, Citizen] = field(default_factory=dict)
    account_a: str = ""
    account_b: str = ""
    memberships: dict[str, str] = field(default_factory=dict)
    """Persona -> membership id in account A."""
    invitation_tokens: list[str] = field(default_factory=list)
    objects: dict[str, Any] = field(default_factory=dict)
    """Real things of account A, made once."""
    _spare: dict[str, Citizen] = field(default_factory=dict)

    def browser(self, persona: str) -> Browser:
        """The persona's browser; a new empty one for nobody."""
        return Browser(self.suite.world.gateway_url) if persona == "anonymous" else self.people[persona].browser

    def spares(self) -> dict[str, Browser]:
        """A second session of each persona, for what ends or replaces the session; new where the last has ended."""
        missing = {name: self.suite.citizen(NUMBERS[name]) for name in NUMBERS if not self._alive(name)}
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(Citizen.log_in, missing.values()))
        self._spare |= missing
        return {name: citizen.browser for name, citizen in self._spare.items()} | {
            "anonymous": self.browser("anonymous")
        }

    def _alive(self, persona: str) -> bool:
        if persona not in self._spare:
            return False
        browser = self._spare[persona].browser
        return browser.send("GET", "/api/identity/v1/session").status == OK

    def enter_again(self) -> None:
        """New sessions for all whose session has ended, with the same accounts active."""
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self._enter_again, self.people.items()))

    @staticmethod
    def _enter_again(person: tuple[str, Citizen]) -> None:
        name, citizen = person
        if citizen.browser.send("GET", "/api/identity/v1/session").status == OK:
            return
        account, citizen.browser = citizen.browser.account_id, Browser(citizen.browser.base_url)
        citizen.log_in()
        if name != "R":
            citizen.choose(str(account))

    def admit(self, inviter: Citizen, newcomer: Citizen, address: str, **narrowing: Any) -> str:
        """Invite, accept, approve; returns the membership's id as the inviter sees it."""
        invited, token = self.invite(inviter, newcomer, address, **narrowing)
        newcomer.browser.post("/invitations/v1/acceptances", {"token": token})
        inviter.browser.post(f"/invitations/v1/invitations/{invited['id']}/approvals")

        def granted() -> Any:
            rows = inviter.browser.get("/org-registry/v1/memberships?limit=100")["items"]
            return next((row["id"] for row in rows if row["invitation_id"] == invited["id"]), None)

        membership: str = until("the membership", granted)
        newcomer.choose(str(inviter.browser.account_id))
        return membership

    def invite(self, inviter: Citizen, newcomer: Citizen, address: str, **narrowing: Any) -> tuple[Any, str]:
        """Invite and read the mail: the invitation and its token."""
        mark = self.suite.world.postbox.mark()

        def sent() -> Any:
            try:
                return inviter.browser.post("/invitations/v1/invitations", {"email": address, **narrowing})
            except Refused as refused:
                if refused.code not in NOT_YET:
                    raise
                return None

        invited = until("the right to invite", sent)
        newcomer.email = address
        token = newcomer.invitation_token(since=mark)
        self.invitation_tokens.append(token)
        return invited, token

    def execute(self, service: str, sql: str) -> None:
        """Change a service's database by the operator's hands."""
        with psycopg.connect(self.suite.planner.servers.database_url(service), autocommit=True) as connection:
            connection.execute(sql)

    def rows(self, service: str) -> dict[str, Any]:
        """What a service's tables hold, by the operator's hands: per table the number of rows and their hash."""
        tables = self.suite.query(
            service,
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT relispartition ORDER BY relname",
        )
        names = [name for (name,) in tables if name not in SPECIAL and not name.startswith(("alembic", "job_run"))]
        content = "''" if service in MOVING else "md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), ''))"
        parts = [f"SELECT '{name}', count(*), {content} FROM \"{name}\" t" for name in names]  # noqa: S608 - our own
        parts.append(f"SELECT 'outbox', count(*), '' FROM outbox WHERE type NOT IN {TOLD_BY_TIME}")  # noqa: S608
        return {name: (number, digest) for name, number, digest in self.suite.query(service, " UNION ALL ".join(parts))}

    def settled(self, service: str) -> dict[str, Any]:
        """The rows, once nothing moves any more."""
        looks: list[Any] = [None]

        def still() -> Any:
            looks.append(self.rows(service))
            return looks[-1] if looks[-1] == looks[-2] else None

        return wait_for(still, timeout=20, interval=0.1)


def home(suite: Suite, number: str, **more: Any) -> str:
    """A customer with water, as the billing system tells of one; returns the customer number."""
    customer = suite.world.billing_system.customer(number, name=PERSONS[number].name, **more)
    suite.world.billing_system.agreement(
        customer,
        facility_id=f"VA-{customer}",
        street=STREET,
        postal_code="58115",
        city="Exempelstad",
        starts_on=str(date.today() - timedelta(days=200)),
        meter_number=f"VM-{customer}",
        digits=5,
        start_value=1301,
        expected_yearly_use=75,
    )
    return str(customer)


def _log_in(citizen: Citizen) -> None:
    citizen.log_in()
    if citizen.session["registered"]:
        return
    terms = citizen.browser.get("/identity/v1/terms")
    body = {"accept_terms": True, "terms_version": terms["version"]}
    contact = {"email": CANARY_EMAIL, "phone": CANARY_PHONE} if citizen.personal_number == SARA else {}
    citizen.browser.post("/identity/v1/registrations", body | contact)


def _let_customer_service_look(stage: Stage) -> None:
    """A1 consents, S opens a view and goes in."""
    owner, desk = stage.people["A1"], stage.people["S"]
    ended, _ = (owner.browser.post("/org-registry/v1/support-accesses", {"hours": 24}) for _ in range(2))
    stage.objects["ended support access"] = ended["id"]  # the second has replaced it
    view = {"account_id": stage.account_a, "reason": "Kunden ringde"}
    desk.browser.post("/org-registry/v1/staff/support-views", view)
    desk.choose(stage.account_a)


def prepare(suite: Suite) -> Stage:
    """The whole story first, as the demo tells it; then the personas."""
    Story(suite.world, lambda _: None).run()
    stage = Stage(suite)
    customer = home(suite, SARA)
    stage.people = {name: suite.citizen(number) for name, number in NUMBERS.items()}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(_log_in, stage.people.values()))
    people = stage.people
    for owner in (people["A1"], people["B1"]):
        accounts = until("the account", lambda owner=owner: owner.accounts()["items"])
        owner.choose(accounts[0]["id"])
    stage.account_a, stage.account_b = str(people["A1"].browser.account_id), str(people["B1"].browser.account_id)
    suite.world.billing_system.invoice(
        customer,
        facility_id=f"VA-{customer}",
        issued_on=str(date.today() - timedelta(days=9)),
        period_from=str(date.today() - timedelta(days=99)),
        period_to=str(date.today() - timedelta(days=10)),
        m3=30,
    )
    stage.memberships = {
        "A2": stage.admit(people["A1"], people["A2"], "a2@exempel.se"),
        "read-only": stage.admit(people["A1"], people["read-only"], "laser@exempel.se", read_only=True),
        "R": stage.admit(people["A1"], people["R"], "r@exempel.se"),
        "M": stage.admit(people["A1"], people["M"], "m@exempel.se"),
    }
    stage.memberships["A3"] = stage.admit(people["A2"], people["A3"], "a3@exempel.se")
    stage.admit(people["B1"], people["M"], "m@exempel.se")
    people["A1"].browser.delete(f"/org-registry/v1/memberships/{stage.memberships['R']}")
    _let_customer_service_look(stage)
    members = people["A1"].browser.get("/org-registry/v1/memberships?limit=100")["items"]
    stage.memberships["A1"] = next(row["id"] for row in members if row["role"] == "owner")
    return stage


__all__ = ["CANARY_EMAIL", "CANARY_PHONE", "GUNVOR", "NUMBERS", "STREET", "Stage", "home", "prepare"]

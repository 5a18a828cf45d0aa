"""Fixtures: a database of its own, Bolagsverket's stand-in as a real process, and a world of people and accounts."""

import base64
import dataclasses
import io
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from flask import Flask
from sqlalchemy import text

from chassis import sealing
from chassis.ids import new_id, utcnow
from chassis.jobs import JobContext
from chassis.testing import Client, assembled_once, deliver, for_service, told
from chassis.transaction import Database, Principal
from contracts.batch_billing import Address, AgreementEndedV1, AgreementStartedV1, OrganisationRegisteredV1, ServiceArea
from contracts.event import Event
from contracts.identity import CustomerIdentifiedV1
from contracts.invitations import InvitationApprovedV1
from org_registry import app as composition
from org_registry.consumers import subscriptions as make_subscriptions
from org_registry.domain.powers import CHECKLIST
from sim_bolagsverket.companies import ASSOCIATION_NOT_IN_REGISTER
from sim_bolagsverket.control import Control

SEAL_KEY = sealing.generate_key("test-seal")
CLIENT_ID, CLIENT_SECRET = "test-client", "test-client-secret"

settings, database, _app, client, tx = for_service(
    "org-registry",
    organisation_number_key=base64.b64encode(b"k" * 32).decode(),
    organisation_number_pepper=base64.b64encode(b"p" * 32).decode(),
    seal_private_jwks=json.dumps({"keys": [SEAL_KEY]}),
    document_key=base64.b64encode(b"d" * 32).decode(),
    operator_email="kundservice@exempelverken.example",
    operator_address="Exempelverken|Att: Kundservice|Box 1500|581 15 Linköping",
    bolagsverket_url="http://127.0.0.1:9/foretagsinformation/v4",
    bolagsverket_token_url="http://127.0.0.1:9/oauth2/token",
    bolagsverket_client_id=CLIENT_ID,
    bolagsverket_client_secret=CLIENT_SECRET,
)


@pytest.fixture(scope="session")
def register_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The stand-in's address; it stops with the tests."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{probe.getsockname()[1]}"
    environ = {
        **os.environ,
        "SIM_BOLAGSVERKET_BIND": bind,
        "SIM_BOLAGSVERKET_CLIENT_ID": CLIENT_ID,
        "SIM_BOLAGSVERKET_CLIENT_SECRET": CLIENT_SECRET,
    }
    with (tmp_path_factory.mktemp("bolagsverket") / "log").open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "sim_bolagsverket"], env=environ, stdout=out, stderr=out)
    try:
        Control(f"http://{bind}").wait_ready()
        yield f"http://{bind}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def register(register_url: str) -> Iterator[Control]:
    """Its control, with the data set as it was."""
    control = Control(register_url)
    control.reset()
    yield control
    control.reset()


@pytest.fixture
def company_settings(settings: Any, register_url: str) -> Any:
    """The settings that point at the stand-in."""
    return dataclasses.replace(
        settings,
        bolagsverket_url=f"{register_url}/foretagsinformation/v4",
        bolagsverket_token_url=f"{register_url}/oauth2/token",
        bolagsverket_timeout_ms=2000,
    )


def _application(settings: Any, database: Database) -> Flask:
    made = composition.create_app(settings)
    made.extensions["chassis"].make_database = lambda _settings: database
    return made


@pytest.fixture
def app(company_settings: Any, database: Database, register: Control) -> Iterator[Flask]:
    with assembled_once():
        made = _application(company_settings, database)
    yield made
    made.extensions["chassis"].extensions["register"].close()


@pytest.fixture
def strict_client(company_settings: Any, database: Database, register: Control) -> Iterator[Client]:
    """The same service where a managing director may not open an account alone."""
    made = _application(dataclasses.replace(company_settings, allow_day_to_day_signatory=False), database)
    yield Client(made, "org-registry")
    made.extensions["chassis"].extensions["register"].close()


@pytest.fixture
def vault(settings: Any) -> Any:
    return composition.make_vault(settings)


class World:
    """What tests do: let events come, act as somebody, look into the tables."""

    HEADER = "X-Sealed-Personal-Number"

    def __init__(self, database: Database, client: Client | None, vault: Any) -> None:
        self.database = database
        self.client = client
        self.subscriptions = make_subscriptions(vault, sealing.Unsealer(json.dumps({"keys": [SEAL_KEY]})))

    # events
    def deliver(self, event: Event, **options: Any) -> None:
        deliver(self.database, self.subscriptions, event, **options)

    def told(self, kind: type[Event]) -> list[Any]:
        return told(self.database, kind)

    def identified(self, customer: str, person_id: UUID) -> CustomerIdentifiedV1:
        return CustomerIdentifiedV1(person_id=person_id, customer_number=customer, protected_identity=False)

    def started(self, customer: str, agreement: str = "A-1") -> AgreementStartedV1:
        return AgreementStartedV1(
            agreement_number=agreement,
            customer_number=customer,
            service_area=ServiceArea.WATER,
            starts_on=date(2026, 1, 1),
            address=Address(street="Storgatan 1", postal_code="58102", city="Linköping"),
        )

    def ended(self, customer: str, ends_on: date, agreement: str = "A-1") -> AgreementEndedV1:
        return AgreementEndedV1(agreement_number=agreement, customer_number=customer, ends_on=ends_on)

    def organisation(self, customer: str, number: str) -> OrganisationRegisteredV1:
        return OrganisationRegisteredV1(customer_number=customer, organisation_number=number, name="Bolaget")

    def approved(
        self, inviter: Principal, acceptor: UUID, *, approver: Principal | None = None, **fields: Any
    ) -> InvitationApprovedV1:
        given: dict[str, Any] = {
            "invitation_id": new_id(),
            "account_id": inviter.account_id,
            "read_only": False,
            "services": (),
            "ends_on": None,
        } | fields
        return InvitationApprovedV1(
            inviter_id=inviter.person_id,
            approver_id=(approver or inviter).person_id,
            acceptor_id=acceptor,
            approved_at=utcnow(),
            **given,
        )

    # tables
    def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        with self.database.read() as tx:
            return [dict(row) for row in tx.session.execute(text(statement), parameters).mappings()]

    def change(self, statement: str, **parameters: Any) -> None:
        """Change the past: what a test cannot wait for."""
        with self.database.transaction() as tx:
            tx.session.execute(text(statement), parameters)

    # people
    def person(self) -> Principal:
        """Somebody who is logged in and in no account."""
        return Principal(person_id=new_id(), session_id=new_id())

    def acting_for_nothing(self, person_id: UUID | None) -> Principal:
        """Somebody known, logged in and in no account."""
        return Principal(person_id=person_id, session_id=new_id())

    def private_account(self, customer: str = "K-1", person_id: UUID | None = None) -> Principal:
        """Open a private account; returns its owner, acting for it."""
        owner = person_id or new_id()
        self.deliver(self.identified(customer, owner))
        self.deliver(self.started(customer, f"A-{customer}"))
        [account] = self.rows("SELECT id FROM account WHERE customer_number = :customer", customer=customer)
        return self.acting(owner, account["id"])

    def let_in(self, inviter: Principal, *, approver: Principal | None = None, **narrowed: Any) -> Principal:
        """A newcomer, approved through the event; returns him, acting for the account."""
        newcomer = new_id()
        self.deliver(self.approved(inviter, newcomer, approver=approver, **narrowed))
        return self.acting(newcomer, inviter.account_id)

    def acting(self, person_id: UUID | None, account_id: UUID | None) -> Principal:
        """The principal that the gateway would make of the person's grant."""
        answer = self.grant(person_id, account_id)
        assert answer.status_code == 200, answer.json
        grant = answer.json
        return Principal(
            person_id=person_id,
            account_id=account_id,
            membership_id=UUID(grant["membership_id"]),
            session_id=new_id(),
            role=grant["role"],
            scopes=frozenset(grant["scopes"]),
            read_only=grant["read_only"],
            services=None if grant["services"] is None else frozenset(grant["services"]),
        )

    # requests
    def grant(self, person_id: UUID | None, account_id: UUID | None) -> Any:
        return self.client.as_(Principal(service="gateway")).post(
            "/v1/internal/grants", {"person_id": str(person_id), "account_id": str(account_id)}
        )

    def accounts(self, who: Principal, locale: str | None = None) -> dict[str, Any]:
        answer = self.client.as_(who, locale=locale).get("/v1/accounts")
        assert answer.status_code == 200, answer.json
        return dict(answer.json)

    def members(self, who: Principal) -> set[UUID]:
        answer = self.client.as_(who).get("/v1/memberships?limit=100")
        assert answer.status_code == 200, answer.json
        return {UUID(item["person_id"]) for item in answer.json["items"]}

    def remove(self, who: Principal, whom: Principal, body: Any = None) -> Any:
        options = {} if body is None else {"json": body}
        return self.client.as_(who).delete(f"/v1/memberships/{whom.membership_id}", **options)

    def seal(self, personal_number: str, **more: str) -> str:
        """What identity makes and the gateway hands on."""
        sealer = sealing.Sealer(json.dumps(sealing.public_key(SEAL_KEY)))
        return sealer.seal({"personal_number": personal_number, **more})

    def link(
        self, who: Principal, personal_number: str, number: str, *, by: Client | None = None, **options: Any
    ) -> Any:
        """POST /company-accounts as ``who``."""
        client = (by or self.client).as_(who, locale=options.pop("locale", None))
        headers = {self.HEADER: self.seal(personal_number)} | options.pop("headers", {})
        return client.post("/v1/company-accounts", {"organisation_number": number}, headers=headers, **options)

    @staticmethod
    def together(*actions: Callable[[], Any]) -> list[Any]:
        """Run all at the same moment; returns answers (or what was raised) in order."""
        barrier = threading.Barrier(len(actions))
        results: list[Any] = [None] * len(actions)

        def go(place: int, action: Callable[[], Any]) -> None:
            barrier.wait()
            try:
                results[place] = action()
            except Exception as error:  # noqa: BLE001 - the test looks at it
                results[place] = error

        threads = [threading.Thread(target=go, args=pair) for pair in enumerate(actions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        return results


@pytest.fixture
def world(database: Database, client: Client, vault: Any) -> World:
    return World(database, client, vault)


class Powers:
    """What tests do with powers of attorney."""

    MINE, STAFF = "/v1/powers-of-attorney", "/v1/staff/powers-of-attorney"

    def __init__(self, client: Client, pdf: bytes) -> None:
        self.client = client
        self.pdf = pdf

    def as_(self, who: Principal | None, *, locale: str | None = None) -> Client:
        return self.client.as_(who, locale=locale)

    @staticmethod
    def now() -> Any:
        return utcnow()

    def named(self, person_id: UUID | None, name: str = "Karin Kassör") -> Principal:
        """Somebody who is logged in, as the gateway tells it on a route that asks for the name."""
        return Principal(person_id=person_id, session_id=new_id(), name=name)

    def person(self, name: str = "Karin Kassör") -> Principal:
        return self.named(new_id(), name)

    def staff(self) -> Principal:
        return dataclasses.replace(self.person("Kim Kundservice"), staff=frozenset({"customer-service"}))

    def create(self, who: Principal, *, locale: str | None = None, **fields: Any) -> Any:
        body = {
            "organisation_number": ASSOCIATION_NOT_IN_REGISTER,
            "organisation_name": "Sjöstadens IF",
            "email": "karin.kassor@exempel.se",
        }
        return self.as_(who, locale=locale).post(self.MINE, body | fields)

    def send(self, who: Principal, path: str, data: bytes, media_type: str = "application/pdf") -> Any:
        return self.as_(who).request("PUT", path, data=data, headers={"Content-Type": media_type})

    def do(self, who: Principal, power: str, what: str) -> Any:
        path = f"{self.MINE}/{power}"
        match what:
            case "get":
                return self.as_(who).get(path)
            case "document":
                return self.send(who, f"{path}/document", self.pdf)
            case "withdraw":
                return self.as_(who).delete(path)
            case _:
                return self.as_(who).post(f"{path}/{what}")

    def submitted(self, who: Principal, **fields: Any) -> str:
        """One that is in the queue; returns its id."""
        power = self.create(who, **fields).json["id"]
        for what in ("document", "submissions"):
            answer = self.do(who, power, what)
            assert answer.status_code == 200, answer.json
        return str(power)

    def register(self, staff: Principal, named: Principal) -> Any:
        body = {
            "organisation_number": ASSOCIATION_NOT_IN_REGISTER,
            "organisation_name": "Sjöstadens IF",
            "email": "karin.kassor@exempel.se",
            "administrator_person_id": str(named.person_id),
            "administrator_name": "Karin på Papper",
        }
        return self.as_(staff).post(self.STAFF, body)

    def add_paper(self, staff: Principal, power: str) -> Any:
        return self.send(staff, f"{self.STAFF}/{power}/document", self.pdf)

    def review(self, staff: Principal, power: str) -> Any:
        return self.as_(staff).post(f"{self.STAFF}/{power}/reviews")

    def approve(self, staff: Principal, power: str, **body: Any) -> Any:
        checklist = dict.fromkeys(CHECKLIST, True)
        return self.as_(staff).post(f"{self.STAFF}/{power}/approvals", {"checklist": checklist} | body)

    def reject(self, staff: Principal, power: str, reason: str = "Underskrift saknas.") -> Any:
        return self.as_(staff).post(f"{self.STAFF}/{power}/rejections", {"reason": reason})

    def ask(self, staff: Principal, power: str) -> Any:
        return self.as_(staff).post(f"{self.STAFF}/{power}/completion-requests", {"message": "Bifoga protokollet."})

    def revoke(self, staff: Principal, power: str) -> Any:
        return self.as_(staff).post(f"{self.STAFF}/{power}/revocations", {"reason": "Föreningen har bytt kassör."})


@pytest.fixture(scope="session")
def pdf() -> bytes:
    """A plain document."""
    made = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(made)
    return made.getvalue()


@pytest.fixture
def powers(client: Client, pdf: bytes) -> Powers:
    return Powers(client, pdf)


class Asking:
    """What tests do with requests for access (FC16)."""

    MINE, THEIRS = "/v1/access-requests", "/v1/account-access-requests"
    NAME, YEAR, MESSAGE = "Nils Nyfiken", 1991, "Hej! Jag sköter era fakturor."

    def __init__(self, world: World, settings: Any) -> None:
        self.world, self.settings = world, settings

    def as_(self, who: Principal | None, locale: str | None = None) -> Client:
        assert self.world.client is not None
        return self.world.client.as_(who, locale=locale)

    def person(self, name: str = NAME) -> Principal:
        """Somebody who is logged in, as the gateway tells it on this route."""
        return Principal(person_id=new_id(), session_id=new_id(), name=name, birth_year=self.YEAR)

    def send(self, who: Principal | None, key: str = "", **body: Any) -> Any:
        """Ask for the account of K-1, where ``body`` names no other."""
        named = body.keys() & {"customer_number", "organisation_number"}
        return self.as_(who).post(self.MINE, body if named else {"customer_number": "K-1", **body}, key=key)

    def sent(self, who: Principal | None = None, **body: Any) -> tuple[Principal, str]:
        """A request that was taken; returns who asked and its id."""
        who = who or self.person()
        answer = self.send(who, **body)
        assert answer.status_code == 201, answer.json
        return who, answer.json["id"]

    def work(self, name: str = "see-to-access-requests") -> None:
        """Run the job that looks up, settles and expires."""
        composition.JOBS.get(name).run(JobContext(database=self.world.database, settings=self.settings))

    def mine(self, who: Principal) -> Any:
        answer = self.as_(who).get(self.MINE)
        assert answer.status_code == 200, answer.json
        return answer.json["items"]

    def received(self, holder: Principal, locale: str | None = None) -> Any:
        answer = self.as_(holder, locale).get(self.THEIRS)
        assert answer.status_code == 200, answer.json
        return answer.json["items"]

    def withdraw(self, who: Principal, request: str) -> Any:
        return self.as_(who).delete(f"{self.MINE}/{request}")

    def grant(self, holder: Principal, request: Any, body: Any = None) -> Any:
        return self.as_(holder).post(f"{self.THEIRS}/{request}/grants", body or {})

    def deny(self, holder: Principal, request: Any) -> Any:
        return self.as_(holder).post(f"{self.THEIRS}/{request}/denials")

    def late(self, days: int = 31) -> None:
        """So many days pass."""
        self.world.change(
            "UPDATE access_request SET created_at = created_at - :age, expires_at = expires_at - :age,"
            " told_at = told_at - :age, ended_at = ended_at - :age",
            age=timedelta(days=days),
        )


@pytest.fixture
def asking(world: World, settings: Any) -> Asking:
    return Asking(world, settings)
